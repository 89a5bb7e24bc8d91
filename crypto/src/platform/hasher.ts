/** A running SHA-256 that takes its input in pieces. */
export interface Hasher {
  /** Adds bytes, in order; the array may be reused by the caller afterwards. */
  update(bytes: Uint8Array): void;
  /** The 32-byte hash of everything added; to be called once, last. */
  digest(): Uint8Array;
}
