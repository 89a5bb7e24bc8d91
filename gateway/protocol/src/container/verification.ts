import {
  CryptoError,
  decodeCiphertext,
  decodeCiphertexts,
  encodeCanonicalJson,
  PlaintextProofVerifier,
  type PublicKey,
} from '@veilsum/crypto';

import type { ContributionContext } from '../contribution.js';
import { VeilsumError } from '../veilsum-error.js';
import { ContainerReader } from './reader.js';

/** What a container must be; all of it public and read from the ledger, never from the container. */
export interface ContainerExpectation {
  readonly path: string;
  readonly key: PublicKey;
  readonly context: ContributionContext;
  /** Number of cell keys of the product. */
  readonly cells: number;
  /** Blocks of one strip, as the layout says. */
  readonly blocks: number;
}

/**
 * Checks a container as gateway and keyholders must before they use it (docs/protocol.md §5): its
 * form and rows, its context, every ciphertext, and the proof over all of them. The file is read
 * twice, in batches; one gcd serves all elements.
 *
 * @throws {@link VeilsumError} CONTAINER_INVALID, CONTAINER_ROWS or CONTAINER_ELEMENT (naming the
 * first row at fault), CONTAINER_CONTEXT, PLAINTEXT_PROOF_INVALID
 */
export async function verifyContainer(expectation: ContainerExpectation): Promise<void> {
  const { path, key, context, cells, blocks } = expectation;
  const { modulusBits } = key.record;
  const reader = await ContainerReader.open(path, { cells, blocks, modulusBits });
  try {
    requireContext(reader, context);
    if (await isProved(reader, key)) return;
    await requireElements(reader, key);
    throw new VeilsumError('PLAINTEXT_PROOF_INVALID', 'The proof of the container does not hold.');
  } finally {
    await reader.close();
  }
}

function requireContext(reader: ContainerReader, expected: ContributionContext): void {
  if (encodeCanonicalJson(reader.context) === encodeCanonicalJson(expected)) return;
  const differing = Object.entries(expected)
    .filter(([name, value]) => reader.context[name as keyof ContributionContext] !== value)
    .map(([name]) => name);
  throw new VeilsumError(
    'CONTAINER_CONTEXT',
    `The container was made for another ${differing.join(', ')}.`,
  );
}

async function isProved(reader: ContainerReader, key: PublicKey): Promise<boolean> {
  const statement = { key, context: reader.context, count: reader.rowCount };
  const verifier = new PlaintextProofVerifier(statement, reader.proof);
  for (const pass of ['absorb', 'weigh'] as const) {
    for await (const batch of reader.batches()) {
      for (const ciphertext of batch.ciphertexts) verifier[pass](ciphertext);
    }
    // The rows of the whole file are checked in the first pass whatever the proof is.
    if (verifier.isRefused) return false;
  }
  return verifier.isAccepted();
}

/** Only after a refusal: which row is to blame, if one is. */
async function requireElements(reader: ContainerReader, key: PublicKey): Promise<void> {
  for await (const { firstRow, ciphertexts } of reader.batches()) {
    if (areValid(() => decodeCiphertexts(key, ciphertexts))) continue;
    const at = ciphertexts.findIndex((bytes) => !areValid(() => decodeCiphertext(key, bytes)));
    throw new VeilsumError(
      'CONTAINER_ELEMENT',
      `Row ${firstRow + at}: the ciphertext is not a valid element.`,
    );
  }
}

function areValid(decode: () => unknown): boolean {
  try {
    decode();
    return true;
  } catch (error) {
    if (error instanceof CryptoError) return false;
    throw error;
  }
}
