import 'reflect-metadata';
import { createPrivateKey } from 'node:crypto';
import { readFile } from 'node:fs/promises';
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
import { z } from 'zod';

import { decodePem, encodePem, parseCertificate } from './certificate.js';
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
/** Says for which MSP an adopted authority issues: its certificate need not name it. */
const MSP_FILE = 'authority.json';

const mspFileSchema = z.strictObject({
  format: z.literal('veilsum-authority/1'),
  mspId: z.string().min(1),
});

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

/** An authority that something else made, such as Fabric's cryptogen or an organisation's own CA. */
export interface ExistingAuthority {
  /** MSP whose members it certifies; the certificate itself need not name it. */
  readonly mspId: string;
  /** Root certificate, DER. Public. */
  readonly certificate: Uint8Array;
  /** ECDSA P-256 key of the certificate, PKCS#8 DER. Secret. */
  readonly privateKey: Uint8Array;
}

/** Where an authority is kept, and under which passphrase (secret) its key is encrypted there. */
export interface AuthorityFolder {
  readonly folder: string;
  readonly passphrase: string;
}

/** A small certificate authority of one MSP, for networks that have none of their own (docs/architecture.md). */
export class CertificateAuthority {
  readonly mspId: string;
  /** Self-signed root certificate, DER. Public. */
  readonly certificate: Uint8Array;
  readonly #root: X509Certificate;
  readonly #key: CryptoKey;

  private constructor(root: X509Certificate, key: CryptoKey, mspId: string) {
    this.#root = root;
    this.#key = key;
    this.certificate = new Uint8Array(root.rawData);
    this.mspId = mspId;
  }

  /** Makes a new authority that lives in memory only. */
  static async generate(options: Validity & { mspId: string }): Promise<CertificateAuthority> {
    const keys = await crypto.subtle.generateKey(enrolmentAlgorithm, true, ['sign', 'verify']);
    return new CertificateAuthority(
      await createRoot(keys, options),
      keys.privateKey,
      options.mspId,
    );
  }

  /**
   * Goes on with an authority that exists already.
   * @param keep - where to keep a copy that {@link CertificateAuthority.open} opens; nowhere when absent
   * @throws {@link VeilsumError} CERTIFICATE_UNTRUSTED when the certificate is not of an authority or
   * not for the key, STATE_FOLDER_INVALID when the folder already holds an authority
   */
  static async adopt(
    existing: ExistingAuthority,
    keep?: AuthorityFolder,
  ): Promise<CertificateAuthority> {
    requireAuthority(existing);
    const { mspId, certificate, privateKey } = existing;
    if (keep !== undefined) {
      await requireAbsent(join(keep.folder, CERTIFICATE_FILE));
      await makePrivateFolder(keep.folder);
      const mspFile = { format: 'veilsum-authority/1', mspId };
      await writePrivateFile(join(keep.folder, MSP_FILE), Buffer.from(JSON.stringify(mspFile)));
      await keepAuthority(keep, certificate, privateKey);
    }
    const root = new X509Certificate(Buffer.from(certificate));
    return new CertificateAuthority(root, await importKey(privateKey), mspId);
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
    await keepAuthority({ folder, passphrase: options.passphrase }, authority.certificate, secret);
    return authority;
  }

  /**
   * Opens an authority that {@link CertificateAuthority.create} made or that was adopted and kept.
   * @throws {@link VeilsumError} KEY_STORE_LOCKED on a wrong passphrase, STATE_FOLDER_INVALID when files miss
   */
  static async open(folder: string, passphrase: string): Promise<CertificateAuthority> {
    const secret = await readSecretFile(join(folder, KEY_FILE), passphrase);
    const pem = Buffer.from(await readStateFile(join(folder, CERTIFICATE_FILE))).toString('utf8');
    const root = new X509Certificate(Buffer.from(decodePem(pem)));
    return new CertificateAuthority(
      root,
      await importKey(secret),
      (await readMspFile(folder)) ?? root.subjectName.getField('O')[0] ?? '',
    );
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
      ...certificateFields(this.#within(options)),
      subject: nameOf(this.mspId, options.memberId),
      issuer: this.#root.subjectName,
      publicKey,
      signingKey: this.#key,
      extensions: [
        new BasicConstraintsExtension(false, undefined, true),
        new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
        await SubjectKeyIdentifierExtension.create(publicKey, false, crypto),
        await this.#authorityKeyIdentifier(),
      ],
    };
  }

  /**
   * Keeps to the root's own dates: Fabric checks a chain at the moment at which its leaf begins, and
   * cryptogen's roots begin on a full minute that may lie ahead of it.
   */
  #within({ notBeforeMs, notAfterMs }: Validity): Validity {
    const { notBefore, notAfter } = this.#root;
    return {
      notBeforeMs: Math.max(notBeforeMs, notBefore.getTime()),
      notAfterMs: Math.min(notAfterMs, notAfter.getTime()),
    };
  }

  /** Points at the root by the identifier that the root itself has, however that was derived. */
  async #authorityKeyIdentifier(): Promise<AuthorityKeyIdentifierExtension> {
    const own = this.#root.getExtension(SubjectKeyIdentifierExtension);
    if (own !== null) return new AuthorityKeyIdentifierExtension(own.keyId);
    return AuthorityKeyIdentifierExtension.create(this.#root.publicKey, false, crypto);
  }
}

function requireAuthority({ certificate, privateKey }: ExistingAuthority): void {
  const root = parseCertificate(certificate);
  const key = createPrivateKey({ key: Buffer.from(privateKey), format: 'der', type: 'pkcs8' });
  if (root.ca && root.checkPrivateKey(key)) return;
  throw new VeilsumError(
    'CERTIFICATE_UNTRUSTED',
    'The certificate is not of an authority, or not for the key that came with it.',
  );
}

/** The certificate is written last: a folder without one holds no authority yet. */
async function keepAuthority(
  { folder, passphrase }: AuthorityFolder,
  certificate: Uint8Array,
  privateKey: Uint8Array,
): Promise<void> {
  await writeSecretFile(join(folder, KEY_FILE), privateKey, passphrase);
  await writePrivateFile(join(folder, CERTIFICATE_FILE), Buffer.from(encodePem(certificate)));
}

async function readMspFile(folder: string): Promise<string | undefined> {
  const text = await readFile(join(folder, MSP_FILE), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const parsed = mspFileSchema.safeParse(JSON.parse(text));
  if (parsed.success) return parsed.data.mspId;
  throw new VeilsumError('STATE_FOLDER_INVALID', `${join(folder, MSP_FILE)} is not valid.`);
}

function importKey(pkcs8: Uint8Array): Promise<CryptoKey> {
  return crypto.subtle.importKey('pkcs8', Buffer.from(pkcs8), enrolmentAlgorithm, false, ['sign']);
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
