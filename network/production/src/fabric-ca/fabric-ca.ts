import { request } from 'node:https';
import { X509Certificate } from 'node:crypto';
import { encodePem, type TransactionSigner } from '@veilsum/ledger';
import { VeilsumError } from '@veilsum/protocol';
import { z } from 'zod';

const PATIENCE_MS = 30_000;
const ANSWER_BYTES_MAX = 1_000_000;

const answerSchema = z.looseObject({
  success: z.boolean(),
  /** An empty text when the CA refuses. */
  result: z.looseObject({ Cert: z.base64() }).optional().catch(undefined),
  errors: z.array(z.looseObject({ code: z.number(), message: z.string() })).default([]),
});

/** Where an organisation's Fabric CA is. */
export interface FabricCaAddress {
  /** `https://host:port`; without TLS anyone on the way could read the enrolment secret. */
  readonly url: string;
  /** PEM of the authority that issued the CA's TLS certificate. */
  readonly tlsRoot: string;
  /** Which of several CAs of one server. */
  readonly caName?: string;
}

/** The name and the one-time secret that the registrar gave out. */
export interface Enrolment {
  readonly name: string;
  /** Secret. */
  readonly secret: string;
}

/**
 * An organisation's Fabric CA, by its REST calls. Its own client makes the key itself and leaves it
 * unencrypted on disk; here only the request goes out, and the key stays where the member keeps it.
 */
export class FabricCa {
  constructor(private readonly address: FabricCaAddress) {}

  /**
   * Has a first certificate issued.
   * @param csr - PKCS#10, DER; its common name has to be the enrolment's name
   * @returns the certificate, DER
   * @throws {@link VeilsumError} UNAUTHENTICATED when the CA refuses, INVALID_ARGUMENT when it cannot be asked
   */
  enrol(csr: Uint8Array, { name, secret }: Enrolment): Promise<Uint8Array> {
    const basic = Buffer.from(`${name}:${secret}`).toString('base64');
    return this.#issue('enroll', csr, () => Promise.resolve(`Basic ${basic}`));
  }

  /**
   * Has a further certificate issued to whoever holds a valid one.
   * @param csr - PKCS#10 of the new key, DER
   * @param signer - of the current identity
   * @returns the certificate, DER
   * @throws {@link VeilsumError} as {@link enrol}
   */
  renew(csr: Uint8Array, signer: TransactionSigner): Promise<Uint8Array> {
    return this.#issue('reenroll', csr, (path, body) => tokenOf(signer, path, body));
  }

  async #issue(
    call: 'enroll' | 'reenroll',
    csr: Uint8Array,
    authorise: (path: string, body: string) => Promise<string>,
  ): Promise<Uint8Array> {
    const { caName } = this.address;
    const path = `/api/v1/${call}`;
    const body = JSON.stringify({
      certificate_request: pemOfRequest(csr),
      ...(caName === undefined ? {} : { caname: caName }),
    });
    const text = await this.#post(path, body, await authorise(path, body));
    return certificateOf(text);
  }

  #post(path: string, body: string, authorization: string): Promise<string> {
    const { url, tlsRoot } = this.address;
    const target = new URL(path, url);
    if (target.protocol !== 'https:') {
      throw new VeilsumError('INVALID_ARGUMENT', 'The CA has to be asked over https.');
    }
    return new Promise((resolve, reject) => {
      const fail = (cause: unknown) => {
        const why = cause instanceof Error ? cause.message : 'no answer';
        const sentence = `The CA at ${target.host} cannot be asked: ${why}.`;
        reject(new VeilsumError('INVALID_ARGUMENT', sentence, { cause }));
      };
      const call = request(
        target,
        {
          method: 'POST',
          ca: tlsRoot,
          timeout: PATIENCE_MS,
          headers: { 'content-type': 'application/json', authorization },
        },
        (response) => {
          const chunks: Buffer[] = [];
          let bytes = 0;
          response.on('data', (chunk: Buffer) => {
            bytes += chunk.length;
            if (bytes > ANSWER_BYTES_MAX) call.destroy(new Error('the answer is too long'));
            else chunks.push(chunk);
          });
          response.on('error', fail);
          response.on('end', () => {
            resolve(Buffer.concat(chunks).toString('utf8'));
          });
        },
      );
      call.on('timeout', () => call.destroy(new Error('no answer in time')));
      call.on('error', fail);
      call.end(body);
    });
  }
}

/** Fabric CA's token: the certificate, and a signature over method, path, body and certificate. */
async function tokenOf(signer: TransactionSigner, path: string, body: string): Promise<string> {
  const certificate = base64(encodePem(signer.certificate));
  const signed = `POST.${base64(path)}.${base64(body)}.${certificate}`;
  const signature = await signer.sign(Buffer.from(signed));
  return `${certificate}.${Buffer.from(signature).toString('base64')}`;
}

const base64 = (text: string) => Buffer.from(text).toString('base64');

function pemOfRequest(csr: Uint8Array): string {
  const lines = Buffer.from(csr)
    .toString('base64')
    .replaceAll(/(.{64})/g, '$1\n');
  return `-----BEGIN CERTIFICATE REQUEST-----\n${lines.trimEnd()}\n-----END CERTIFICATE REQUEST-----\n`;
}

function certificateOf(text: string): Uint8Array {
  const answer = answerSchema.safeParse(parse(text));
  if (!answer.success) {
    throw new VeilsumError('INVALID_ARGUMENT', 'What answered is not a Fabric CA.');
  }
  const { success, result, errors } = answer.data;
  if (success && result !== undefined) {
    return new X509Certificate(Buffer.from(result.Cert, 'base64')).raw;
  }
  const why = errors.map(({ code, message }) => `${message} (${code})`).join('; ');
  throw new VeilsumError('UNAUTHENTICATED', `The CA refuses: ${why}`);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
