/** Who signs a member's transactions. The key may lie in a file, in hardware or elsewhere. */
export interface TransactionSigner {
  readonly mspId: string;
  /** Enrolment certificate, DER. Public. */
  readonly certificate: Uint8Array;
  /** @returns ECDSA P-256 SHA-256 signature over the bytes, low-S, strict minimal DER */
  sign(message: Uint8Array): Promise<Uint8Array>;
}
