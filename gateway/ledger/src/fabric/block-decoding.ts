import { createHash } from 'node:crypto';

import { common } from '@hyperledger/fabric-protos';
import { VeilsumError } from '@veilsum/protocol';

/** A Fabric block in parts, as it was sent: nothing about it is checked yet. */
export interface FabricBlock {
  readonly number: number;
  /** What orderers sign and the next block links to: DER of number, previous hash and data hash. */
  readonly header: Uint8Array;
  /** SHA-256 of {@link header}, hex. */
  readonly hash: string;
  readonly previousHash: string;
  /** As the header claims it, hex. */
  readonly dataHash: string;
  /** One envelope per transaction, as signed. */
  readonly envelopes: readonly Uint8Array[];
  /** By Fabric's BlockMetadataIndex. */
  readonly metadata: readonly Uint8Array[];
}

/**
 * Takes a `common.Block` apart.
 * @param bytes - protobuf, from a peer or an exported file
 * @throws {@link VeilsumError} LEDGER_INTEGRITY when it is no block
 */
export function decodeFabricBlock(bytes: Uint8Array): FabricBlock {
  const block = parseBlock(bytes);
  const header = block.getHeader();
  const number = header?.getNumber();
  if (header === undefined || number === undefined || !Number.isSafeInteger(number)) {
    throw new VeilsumError('LEDGER_INTEGRITY', 'A block of the channel has no readable header.');
  }
  const previousHash = header.getPreviousHash_asU8();
  const dataHash = header.getDataHash_asU8();
  const encoded = encodeHeader(number, previousHash, dataHash);
  return {
    number,
    header: encoded,
    hash: createHash('sha256').update(encoded).digest('hex'),
    previousHash: Buffer.from(previousHash).toString('hex'),
    dataHash: Buffer.from(dataHash).toString('hex'),
    envelopes: block.getData()?.getDataList_asU8() ?? [],
    metadata: block.getMetadata()?.getMetadataList_asU8() ?? [],
  };
}

/** Fabric's hash of all envelopes of a block, in hex: their bytes one behind the other. */
export function hashEnvelopes(envelopes: readonly Uint8Array[]): string {
  const hash = createHash('sha256');
  for (const envelope of envelopes) hash.update(envelope);
  return hash.digest('hex');
}

function parseBlock(bytes: Uint8Array): common.Block {
  try {
    return common.Block.deserializeBinary(bytes);
  } catch (cause) {
    throw new VeilsumError('LEDGER_INTEGRITY', 'A block of the channel is malformed.', { cause });
  }
}

function encodeHeader(number: number, previousHash: Uint8Array, dataHash: Uint8Array): Buffer {
  const parts = [
    encodeElement(0x02, encodeNumber(number)),
    encodeElement(0x04, previousHash),
    encodeElement(0x04, dataHash),
  ];
  return encodeElement(0x30, Buffer.concat(parts));
}

/** Big-endian and as short as can be, with a zero in front where the first bit would be a sign. */
function encodeNumber(number: number): Buffer {
  const hex = number.toString(16);
  const bytes = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex');
  return (bytes[0] ?? 0) < 0x80 ? bytes : Buffer.concat([Buffer.of(0), bytes]);
}

function encodeElement(tag: number, content: Uint8Array): Buffer {
  const { length } = content;
  const size = length < 0x80 ? Buffer.of(length) : encodeLongLength(length);
  return Buffer.concat([Buffer.of(tag), size, content]);
}

function encodeLongLength(length: number): Buffer {
  const hex = length.toString(16);
  const bytes = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex');
  return Buffer.concat([Buffer.of(0x80 | bytes.length), bytes]);
}
