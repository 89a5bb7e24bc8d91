import 'reflect-metadata';
import { join } from 'node:path';

import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  Pkcs10CertificateRequest,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
  type JsonName,
} from '@peculiar/x509';
import { bytesToHex, normalizeLowS, randomBytes } from '@veilsum/crypto';
import { VeilsumError } from '@veilsum/protocol';

import { decodePem, encodePem } from './certificate.js';
import { enrolmentAlgorithm } from './enrolment-key.js';
import {
  makePrivateFolder,
  readSecretFile,
  readStateFile,
  requireAbsent,
  writePrivateFile,
  writeSecretFile,
} from './private-file.js';
import { crypto } from './web-crypto.js';

const CERTIFICATE_FILE = 'certificate.pem';
const KEY_FILE = 'key.json';

/** Milliseconds since 1970; both ends are valid moments. A certificate holds whole seconds only. */
export interface Validity {
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

export interface EnrolmentOptions extends Validity {
  /** Goes into the subject as common name. */
  readonly memberId: string;
  /** PKCS#10 request, DER; its signature shows that the member holds the key. */
  readonly request: Uint8Array;
}

/** A small certificate authority of one MSP, for networks that have none of their own (docs/architecture.md). */
export class CertificateAuthority {
  readonly mspId: string;
  /** Self-signed root certificate, DER. Public. */
  readonly certificate: Uint8Array;
  readonly #root: X509Certificate;
  readonly #key: CryptoKey;

  private constructor(root: X509Certificate, key: CryptoKey) {
    this.#root = root;
    this.#key = key;
    this.certificate = new Uint8Array(root.rawData);
    this.mspId = root.subjectName.getField('O')[0] ?? '';
  }

  /** Makes a new authority that lives in memory only. */
  static async generate(options: Validity & { mspId: string }): Promise<CertificateAuthority> {
    const keys = await crypto.subtle.generateKey(enrolmentAlgorithm, true, ['sign', 'verify']);
    return new CertificateAuthority(await createRoot(keys, options), keys.privateKey);
  }

  /**
   * Makes a new authority and keeps it in a folder, its key encrypted under the passphrase.
   * @throws {@link VeilsumError} STATE_FOLDER_INVALID when the folder already holds an authority
   */
  static async create(
    folder: string,
    options: Validity & { mspId: string; passphrase: string },
  ): Promise<CertificateAuthority> {
    await requireAbsent(join(folder, CERTIFICATE_FILE));
    const authority = await CertificateAuthority.generate(options);
    const secret = new Uint8Array(await crypto.subtle.exportKey('pkcs8', authority.#key));
    await makePrivateFolder(folder);
    await writeSecretFile(join(folder, KEY_FILE), secret, options.passphrase);
    const pem = encodePem(authority.certificate);
    await writePrivateFile(join(folder, CERTIFICATE_FILE), Buffer.from(pem));
    return authority;
  }

  /**
   * Opens an authority that {@link CertificateAuthority.create} made.
   * @throws {@link VeilsumError} KEY_STORE_LOCKED on a wrong passphrase, STATE_FOLDER_INVALID when files miss
   */
  static async open(folder: string, passphrase: string): Promise<CertificateAuthority> {
    const secret = await readSecretFile(join(folder, KEY_FILE), passphrase);
    const pem = Buffer.from(await readStateFile(join(folder, CERTIFICATE_FILE))).toString('utf8');
    const root = new X509Certificate(Buffer.from(decodePem(pem)));
    const key = await crypto.subtle.importKey(
      'pkcs8',
      Buffer.from(secret),
      enrolmentAlgorithm,
      false,
      ['sign'],
    );
    return new CertificateAuthority(root, key);
  }

  /**
   * Issues an enrolment certificate.
   * @returns DER, with a low-S signature, since Fabric rewrites certificates that have another
   * @throws {@link VeilsumError} SIGNATURE_INVALID when the request is not signed by its key
   */
  async issue(options: EnrolmentOptions): Promise<Uint8Array> {
    const request = new Pkcs10CertificateRequest(Buffer.from(options.request));
    if (!(await request.verify(crypto))) {
      throw new VeilsumError(
        'SIGNATURE_INVALID',
        'The enrolment request is not signed by its key.',
      );
    }
    const publicKey = await request.publicKey.export(enrolmentAlgorithm, ['verify'], crypto);
    const certificate = await withLowS(async () =>
      X509CertificateGenerator.create(await this.#enrolment(publicKey, options), crypto),
    );
    return new Uint8Array(certificate.rawData);
  }

  async #enrolment(publicKey: CryptoKey, options: EnrolmentOptions) {
    return {
      ...certificateFields(options),
      subject: nameOf(this.mspId, options.memberId),
      issuer: this.#root.subjectName,
      publicKey,
      signingKey: this.#key,
      extensions: [
        new BasicConstraintsExtension(false, undefined, true),
        new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
        await SubjectKeyIdentifierExtension.create(publicKey, false, crypto),
        await AuthorityKeyIdentifierExtension.create(this.#root.publicKey, false, crypto),
      ],
    };
  }
}

async function createRoot(
  keys: CryptoKeyPair,
  options: Validity & { mspId: string },
): Promise<X509Certificate> {
  const extensions = [
    new BasicConstraintsExtension(true, 0, true),
    new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
    await SubjectKeyIdentifierExtension.create(keys.publicKey, false, crypto),
  ];
  const name = nameOf(options.mspId, 'authority');
  return withLowS(() =>
    X509CertificateGenerator.createSelfSigned(
      { ...certificateFields(options), name, keys, extensions },
      crypto,
    ),
  );
}

/** Serial numbers are positive and unpredictable (RFC 5280 §4.1.2.2). */
function certificateFields(validity: Validity) {
  const serial = randomBytes(16);
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40;
  return {
    serialNumber: bytesToHex(serial),
    notBefore: new Date(validity.notBeforeMs),
    notAfter: new Date(validity.notAfterMs),
    signingAlgorithm: enrolmentAlgorithm,
  };
}

function nameOf(mspId: string, commonName: string): JsonName {
  return [{ O: [mspId] }, { OU: ['client'] }, { CN: [commonName] }];
}

/** The library signs with a random nonce, so half of its signatures are low-S: sign until one is. */
async function withLowS(sign: () => Promise<X509Certificate>): Promise<X509Certificate> {
  for (;;) {
    const certificate = await sign();
    const signature = new Uint8Array(certificate.signature);
    if (Buffer.from(normalizeLowS(signature)).equals(signature)) return certificate;
  }
}
