import { PublicKey as PaillierPublicKey } from 'paillier-bigint';

import { hashToBytes, hexToBigint } from './integer-encoding.js';
import { type KeyElements, requireKeyRelations } from './key-relations.js';
import { type PublicKeyRecord, requireKeyRecordShape } from './public-key-record.js';

export { verifyKeyShare } from './key-relations.js';
export type { PublicKeyRecord } from './public-key-record.js';

/** l! for the number of keyholders (docs/protocol.md §1). */
function factorial(count: number): bigint {
  let product = 1n;
  for (let factor = 2; factor <= count; factor += 1) product *= BigInt(factor);
  return product;
}

/**
 * A committee's public key, out of a record that passed the whole check of docs/protocol.md §2.
 * Nothing in it is secret. Made by {@link decodePublicKey} only.
 */
export class PublicKey implements KeyElements {
  readonly record: PublicKeyRecord;
  /** SHA-256 of the record, 64 hex digits. */
  readonly keyId: string;
  /** The same as it enters hashes: 32 bytes. */
  readonly keyIdBytes: Uint8Array;
  readonly modulusBits: number;
  readonly exponentBits: number;
  readonly shareBits: number;
  /** Number of keyholders. */
  readonly l: number;
  /** Number of shares that open. */
  readonly t: number;
  /** l!. */
  readonly delta: bigint;
  readonly n: bigint;
  readonly n2: bigint;
  /** The base of all randomness, an n-th power mod n². */
  readonly hs: bigint;
  readonly v: bigint;
  /** Verification keys; `vi[0]` is keyholder 1's. */
  readonly vi: readonly bigint[];
  /** n-th roots of hashed elements. */
  readonly roots: readonly bigint[];
  /** Length in bytes of el1(x), an element mod n. */
  readonly elementBytes1: number;
  /** Length in bytes of el2(x), an element mod n², so of a ciphertext. */
  readonly elementBytes2: number;
  /** Whether only a test network may use it. */
  readonly isInsecureTestKey: boolean;
  /** The same key as `paillier-bigint` has it, with g = n + 1; for operations on ciphertexts. */
  readonly paillier: PaillierPublicKey;

  /** @param record one that passed {@link decodePublicKey} */
  constructor(record: PublicKeyRecord) {
    this.record = record;
    this.keyId = record.keyId;
    this.keyIdBytes = hashToBytes(record.keyId);
    this.modulusBits = record.modulusBits;
    this.exponentBits = record.exponentBits;
    this.shareBits = record.shareBits;
    this.l = record.l;
    this.t = record.t;
    this.delta = factorial(record.l);
    this.n = hexToBigint(record.n);
    this.n2 = this.n * this.n;
    this.hs = hexToBigint(record.hs);
    this.v = hexToBigint(record.v);
    this.vi = record.vi.map(hexToBigint);
    this.roots = record.roots.map(hexToBigint);
    this.elementBytes1 = record.modulusBits / 8;
    this.elementBytes2 = record.modulusBits / 4;
    this.isInsecureTestKey = record.insecureTestKey === true;
    this.paillier = new PaillierPublicKey(this.n, this.n + 1n);
  }
}

/**
 * The public key of a record, after the whole record check of docs/protocol.md §2: shape, sizes,
 * keyId, ranges, base, roots and the relations between the verification keys. Takes as long as a
 * dozen powers mod n. Does not decide whether a test key may be used here.
 * @param record parsed JSON from anyone
 * @throws {@link ParameterError} when anything in the record does not hold
 */
export function decodePublicKey(record: unknown): PublicKey {
  const key = new PublicKey(requireKeyRecordShape(record));
  requireKeyRelations(key);
  return key;
}
