import { createPrivateKey, type KeyObject } from 'node:crypto';

import { createSigner, type SignBytes } from '@veilsum/crypto';
import type { SignJWT } from 'jose';

import type { TransactionSigner } from '../signer.js';

/** A signer whose key lies in memory, read from a member's key file. */
export class FileSigner implements TransactionSigner {
  readonly mspId: string;
  readonly certificate: Uint8Array;
  readonly #signBytes: SignBytes;
  readonly #key: KeyObject;

  /**
   * @param options - `privateKey`: PKCS#8 DER of the enrolment key, secret; `certificate`: DER
   * @throws {@link EncodingError} when the key is not a P-256 private key
   */
  constructor(options: { mspId: string; certificate: Uint8Array; privateKey: Uint8Array }) {
    this.mspId = options.mspId;
    this.certificate = options.certificate;
    this.#signBytes = createSigner(options.privateKey);
    this.#key = createPrivateKey({
      key: Buffer.from(options.privateKey),
      format: 'der',
      type: 'pkcs8',
    });
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- hardware signers need the promise
  async sign(message: Uint8Array): Promise<Uint8Array> {
    return this.#signBytes(message);
  }

  /** Signs a token with the enrolment key; tokens carry r and s side by side instead of DER (RFC 7518 §3.4). */
  signToken(token: SignJWT): Promise<string> {
    return token.sign(this.#key);
  }
}
