import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bytesToHex, generateSealingKeyPair } from '@veilsum/crypto';
import { atRestUnder, makePrivateFolder, writePrivateFile } from '@veilsum/ledger';
import {
  boxPublicKeySchema,
  certificateSchema,
  VeilsumError,
  type BoxPublicKey,
  type Certificate,
} from '@veilsum/protocol';
import type { Session } from '../session/session.js';

const RESULT_KEY = 'result-key';
const CERTIFICATE = 'certificate.json';

/**
 * What an analyst keeps of one query: the secret of its result key, encrypted at rest and written
 * before the query is sent, and later the result certificate. With these a query survives any crash.
 */
export class AskedQuery {
  readonly #session: Pick<Session, 'state' | 'identity'>;
  readonly #folder: string;

  constructor(
    session: Pick<Session, 'state' | 'identity'>,
    readonly queryId: string,
  ) {
    this.#session = session;
    this.#folder = join(session.state.queries(session.identity.memberId), queryId);
  }

  /** Makes a fresh result key and keeps its secret. @returns the public key */
  async createResultKey(): Promise<BoxPublicKey> {
    const pair = generateSealingKeyPair();
    await makePrivateFolder(this.#folder);
    await writePrivateFile(
      join(this.#folder, RESULT_KEY),
      this.#atRest().close(this.queryId, pair.secretKey),
    );
    return boxPublicKeySchema.parse(bytesToHex(pair.publicKey));
  }

  /**
   * @returns X25519 secret key, 32 bytes, secret
   * @throws {@link VeilsumError} NOT_FOUND when this member did not ask the query from this folder
   */
  async resultKey(): Promise<Uint8Array> {
    const closed = await readFile(join(this.#folder, RESULT_KEY)).catch(() => {
      throw new VeilsumError(
        'NOT_FOUND',
        `The result key of query ${this.queryId} is not in this state folder, so its shares cannot be read here.`,
      );
    });
    return this.#atRest().open(this.queryId, closed);
  }

  async keepCertificate(certificate: Certificate): Promise<void> {
    await makePrivateFolder(this.#folder);
    await writePrivateFile(this.certificateFile, Buffer.from(`${JSON.stringify(certificate)}\n`));
  }

  async certificate(): Promise<Certificate | undefined> {
    const text = await readFile(this.certificateFile, 'utf8').catch(() => undefined);
    return text === undefined ? undefined : certificateSchema.parse(JSON.parse(text));
  }

  get certificateFile(): string {
    return join(this.#folder, CERTIFICATE);
  }

  #atRest() {
    return atRestUnder(this.#session.identity.storageKey, 'queries');
  }
}
