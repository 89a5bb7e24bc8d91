import { verifyBytes } from '@veilsum/crypto';
import { VeilsumError } from '@veilsum/protocol';

import type { TransactionSigner } from '../signer.js';
import { parseCertificate } from './certificate.js';
import { readStateFile } from './private-file.js';

const TIMEOUT_MS = 5000;
/** A P-256 signature in DER has 72 bytes at most. */
const SIGNATURE_BYTES_MAX = 72;
/** Where a message may go unencrypted: it does not leave the machine. */
const LOOPBACK = new Set(['127.0.0.1', 'localhost', '[::1]']);

export interface RemoteSignerOptions {
  readonly mspId: string;
  /** Enrolment certificate, DER, for whose key the service signs. Public. */
  readonly certificate: Uint8Array;
  /** Where the service takes messages, `https:`, or `http:` on this machine. */
  readonly url: string;
  /** File with the bearer token that the service asks for. Secret; read anew for each signature. */
  readonly tokenFile: string;
  /** How long a signature may take; 5 seconds when absent. */
  readonly timeoutMs?: number;
}

/**
 * A signer whose key lies in a service of the member's own, such as one in front of a hardware module:
 * `POST` of the message's bytes, answered by the signature's (docs/fabric-client.md). What comes back is used
 * only if it is a signature of the certificate's key over that very message.
 */
export class RemoteSigner implements TransactionSigner {
  readonly mspId: string;
  readonly certificate: Uint8Array;
  readonly #url: URL;
  readonly #tokenFile: string;
  readonly #timeoutMs: number;
  /** SPKI, DER. */
  readonly #publicKey: Uint8Array;

  /** @throws {@link VeilsumError} INVALID_ARGUMENT when messages would cross a network unencrypted, CERTIFICATE_UNTRUSTED */
  constructor(options: RemoteSignerOptions) {
    this.mspId = options.mspId;
    this.certificate = options.certificate;
    this.#url = requireSafeUrl(options.url);
    this.#tokenFile = options.tokenFile;
    this.#timeoutMs = options.timeoutMs ?? TIMEOUT_MS;
    const { publicKey } = parseCertificate(options.certificate);
    this.#publicKey = publicKey.export({ format: 'der', type: 'spki' });
  }

  /**
   * @throws {@link VeilsumError} SIGNER_UNAVAILABLE, UNAUTHENTICATED when the service refuses the token,
   * SIGNATURE_INVALID when it answers with anything but the signature, STATE_FOLDER_INVALID when the
   * token cannot be read
   */
  async sign(message: Uint8Array): Promise<Uint8Array> {
    const token = Buffer.from(await readStateFile(this.#tokenFile))
      .toString('utf8')
      .trim();
    const signature = await this.#ask(message, token);
    if (verifyBytes(message, signature, this.#publicKey)) return signature;
    throw new VeilsumError(
      'SIGNATURE_INVALID',
      "The signing service's answer is no low-S DER signature of the enrolment key; look which key it uses.",
    );
  }

  async #ask(message: Uint8Array, token: string): Promise<Uint8Array> {
    try {
      const response = await fetch(this.#url, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${token}`,
          'content-type': 'application/octet-stream',
        },
        body: Buffer.from(message),
        // The token is for this address alone.
        redirect: 'error',
        signal: AbortSignal.timeout(this.#timeoutMs),
      });
      requireAccepted(response);
      return await readSignature(response);
    } catch (cause) {
      if (cause instanceof VeilsumError) throw cause;
      throw unavailable(cause);
    }
  }
}

function requireSafeUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isSafe =
    url?.protocol === 'https:' || (url?.protocol === 'http:' && LOOPBACK.has(url.hostname));
  if (isSafe && url.username === '' && url.password === '') return url;
  throw new VeilsumError(
    'INVALID_ARGUMENT',
    'The signing service needs an https: address without a password in it, or http: on this machine.',
  );
}

function requireAccepted({ status }: Response): void {
  if (status === 200) return;
  if (status === 401 || status === 403) {
    const sentence = 'The signing service refuses the token; put a current one into its file.';
    throw new VeilsumError('UNAUTHENTICATED', sentence);
  }
  throw unavailable(new Error(`The signing service answered with status ${status}.`));
}

/** Reads no further than a signature can be long. */
async function readSignature({ body }: Response): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of (body ?? []) as AsyncIterable<Uint8Array>) {
    parts.push(part);
    length += part.length;
    if (length > SIGNATURE_BYTES_MAX) break;
  }
  return Buffer.concat(parts);
}

function unavailable(cause: unknown): VeilsumError {
  const sentence = 'The signing service gave no signature; nothing was sent.';
  return new VeilsumError('SIGNER_UNAVAILABLE', sentence, { cause });
}
