/** ECDSA over P-256 with SHA-256 (FIPS 186-5) as one platform offers it; signatures are r ‖ s, 64 bytes. */
export interface Ecdsa {
  /**
   * A function that signs messages with one key; made once, because reading a key is slow.
   * @param pkcs8 DER, secret
   */
  createSigner(pkcs8: Uint8Array): (message: Uint8Array) => Uint8Array;
  /** @param spki DER of the public key; a point off the curve gives false */
  verify(message: Uint8Array, signature: Uint8Array, spki: Uint8Array): boolean;
}
