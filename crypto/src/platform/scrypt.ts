/** The cost of scrypt (RFC 7914, §2): it takes 128·n·r bytes of memory. */
export interface ScryptCost {
  readonly n: number;
  readonly r: number;
  readonly p: number;
}

/** Derives `length` bytes from a passphrase; the passphrase and the result are secret. */
export type Scrypt = (
  passphrase: Uint8Array,
  salt: Uint8Array,
  options: { readonly cost: ScryptCost; readonly length: number },
) => Promise<Uint8Array>;
