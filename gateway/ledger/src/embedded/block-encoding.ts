import { encodeCanonicalJson, hashCanonicalJson, sha256Hex } from '@veilsum/crypto';
import {
  VeilsumError,
  blockSchema,
  hashSchema,
  type Block,
  type Genesis,
  type Hash,
} from '@veilsum/protocol';

/** What stands before the first block. */
const NO_BLOCK = hashSchema.parse('0'.repeat(64));

/** A block with its canonical JSON, which is what is stored and sent. */
export interface EncodedBlock {
  readonly block: Block;
  readonly text: string;
}

/** Hashes and encodes a block (docs/ledger.md, blocks). */
export function sealBlock(body: Omit<Block, 'hash'>): EncodedBlock {
  const bodyText = encodeCanonicalJson(body);
  const hash = sha256Hex(Buffer.from(bodyText)) as Hash;
  // `hash` sorts directly before `number`, and no field before `number` can hold this text.
  const text = bodyText.replace(',"number":', () => `,"hash":"${hash}","number":`);
  return { block: { ...body, hash }, text };
}

/** Block 0 of a new ledger; its hash names the ledger. */
export function createGenesisBlock(genesis: Genesis): EncodedBlock {
  return sealBlock({
    format: 'veilsum-block/1',
    number: 0,
    previousHash: NO_BLOCK,
    genesis,
    transactions: [],
  });
}

/**
 * Parses a block and recomputes its hash; its place in the chain and its transactions are other questions.
 * @throws {@link VeilsumError} LEDGER_INTEGRITY when it is malformed or does not have its hash
 */
export function decodeBlock(text: string): Block {
  const parsed = blockSchema.safeParse(parseJson(text));
  if (!parsed.success) {
    throw new VeilsumError('LEDGER_INTEGRITY', 'A block of the ledger is malformed.');
  }
  const { hash, ...body } = parsed.data;
  if (hashCanonicalJson(body) !== hash) {
    throw new VeilsumError(
      'LEDGER_INTEGRITY',
      `Block ${body.number} does not have the hash that it names.`,
    );
  }
  return parsed.data;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
