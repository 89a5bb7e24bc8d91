import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';

import {
  bytesToHex,
  canonicalBytes,
  decodeCanonicalJson,
  generateSealingKeyPair,
  hexToBytes,
  randomBytes,
  sealingKeyPairOf,
  verifyBytes,
} from '@veilsum/crypto';
import {
  VeilsumError,
  boxPublicKeySchema,
  memberIdSchema,
  mspIdSchema,
  type BoxPublicKey,
  type Fingerprint,
  type MemberId,
  type MspId,
} from '@veilsum/protocol';
import { z } from 'zod';

import { decodePem, encodePem, fingerprintOf, parseCertificate } from './certificate.js';
import { generateEnrolmentKey } from './enrolment-key.js';
import { FileSigner } from './file-signer.js';
import {
  isThere,
  makePrivateFolder,
  readSecretFile,
  readStateFile,
  requireAbsent,
  writePrivateFile,
  writeSecretFile,
} from './private-file.js';

const CERTIFICATE_FILE = 'certificate.pem';
const KEY_FILE = 'key.json';
const RENEWAL_FOLDER = 'renewal';
const PREVIOUS_FOLDER = 'previous';
const STORAGE_KEY_BYTES = 32;

const secretsSchema = z.strictObject({
  format: z.literal('veilsum-member-key/1'),
  memberId: memberIdSchema,
  mspId: mspIdSchema,
  /** base64 of PKCS#8 DER. */
  enrolmentKey: z.base64(),
  boxSecretKey: z.string().regex(/^[0-9a-f]{64}$/),
  storageKey: z.string().regex(/^[0-9a-f]{64}$/),
});
type Secrets = z.infer<typeof secretsSchema>;

/** Everything by which one member acts: its enrolment, its mailbox and the key of its own files. */
export interface MemberIdentity {
  readonly memberId: MemberId;
  readonly mspId: MspId;
  /** Enrolment certificate, DER. Public. */
  readonly certificate: Uint8Array;
  /** SHA-256 of the certificate, by which the ledger finds the member. */
  readonly fingerprint: Fingerprint;
  /** X25519, for the member's public record. */
  readonly boxPublicKey: BoxPublicKey;
  /** X25519 secret key, 32 bytes. Secret. */
  readonly boxSecretKey: Uint8Array;
  /** 32 bytes with which the member encrypts its own files. Secret. */
  readonly storageKey: Uint8Array;
  /** Signs transactions and tokens with the enrolment key. */
  readonly signer: FileSigner;
}

export interface NewIdentityOptions {
  readonly memberId: string;
  readonly mspId: string;
  /** Secret; encrypts the key file. */
  readonly passphrase: string;
  /** Sends the PKCS#10 request (DER) to the authority and brings the certificate (DER). */
  readonly enrol: (request: Uint8Array) => Promise<Uint8Array>;
}

/**
 * Makes a member's keys and keeps them in a folder: `key.json`, encrypted under the passphrase, and
 * `certificate.pem`. The certificate is written last, so a folder without one is an enrolment that
 * did not end and may be repeated.
 * @throws {@link VeilsumError} CERTIFICATE_UNTRUSTED when the certificate is not for the new key,
 * STATE_FOLDER_INVALID when the folder already holds an enrolled member
 */
export async function createMemberIdentity(
  folder: string,
  options: NewIdentityOptions,
): Promise<MemberIdentity> {
  const memberId = memberIdSchema.parse(options.memberId);
  const mspId = mspIdSchema.parse(options.mspId);
  return enrolKeys(folder, options, {
    memberId,
    mspId,
    boxSecretKey: bytesToHex(generateSealingKeyPair().secretKey),
    storageKey: bytesToHex(randomBytes(STORAGE_KEY_BYTES)),
  });
}

/**
 * Makes a new enrolment key for a member and has it certified. The mailbox and the key of the member's
 * files stay. The old identity goes on working until {@link adoptRenewal}, because the ledger has to
 * know the new certificate first.
 * @throws {@link VeilsumError} KEY_STORE_LOCKED on a wrong passphrase, STATE_FOLDER_INVALID when there is
 * no identity, or a renewal that was not adopted, CERTIFICATE_UNTRUSTED when the certificate is not for
 * the new key
 */
export async function renewMemberIdentity(
  folder: string,
  options: Pick<NewIdentityOptions, 'passphrase' | 'enrol'>,
): Promise<MemberIdentity> {
  const current = await openMemberIdentity(folder, options.passphrase);
  return enrolKeys(join(folder, RENEWAL_FOLDER), options, {
    memberId: current.memberId,
    mspId: current.mspId,
    boxSecretKey: bytesToHex(current.boxSecretKey),
    storageKey: bytesToHex(current.storageKey),
  });
}

/**
 * Puts the identity that {@link renewMemberIdentity} made in the place of the old one, which stays in
 * the folder `previous`. After a crash it may be repeated.
 * @throws {@link VeilsumError} STATE_FOLDER_INVALID when there is no renewal, KEY_STORE_LOCKED
 */
export async function adoptRenewal(folder: string, passphrase: string): Promise<MemberIdentity> {
  const renewal = join(folder, RENEWAL_FOLDER);
  const certificate = await readStateFile(join(renewal, CERTIFICATE_FILE));
  if (await isThere(join(renewal, KEY_FILE))) {
    await openMemberIdentity(renewal, passphrase);
    await makePrivateFolder(join(folder, PREVIOUS_FOLDER));
    for (const name of [KEY_FILE, CERTIFICATE_FILE]) {
      const old = await readStateFile(join(folder, name));
      await writePrivateFile(join(folder, PREVIOUS_FOLDER, name), old);
    }
    await rename(join(renewal, KEY_FILE), join(folder, KEY_FILE));
  }
  await writePrivateFile(join(folder, CERTIFICATE_FILE), certificate);
  await rm(renewal, { recursive: true });
  return openMemberIdentity(folder, passphrase);
}

async function enrolKeys(
  folder: string,
  { passphrase, enrol }: Pick<NewIdentityOptions, 'passphrase' | 'enrol'>,
  kept: Omit<Secrets, 'format' | 'enrolmentKey'>,
): Promise<MemberIdentity> {
  await requireAbsent(join(folder, CERTIFICATE_FILE));
  const { privateKey, request } = await generateEnrolmentKey(kept.memberId);
  const secrets: Secrets = {
    format: 'veilsum-member-key/1',
    enrolmentKey: Buffer.from(privateKey).toString('base64'),
    ...kept,
  };
  await makePrivateFolder(folder);
  await writeSecretFile(join(folder, KEY_FILE), canonicalBytes(secrets), passphrase);
  const identity = await identityOf(secrets, await enrol(request));
  await writePrivateFile(
    join(folder, CERTIFICATE_FILE),
    Buffer.from(encodePem(identity.certificate)),
  );
  return identity;
}

/**
 * Opens what {@link createMemberIdentity} made.
 * @param passphrase - secret
 * @throws {@link VeilsumError} KEY_STORE_LOCKED on a wrong passphrase, STATE_FOLDER_INVALID when a file
 * is missing or of another format, CERTIFICATE_UNTRUSTED when the certificate is not for the key
 */
export async function openMemberIdentity(
  folder: string,
  passphrase: string,
): Promise<MemberIdentity> {
  const pem = Buffer.from(await readStateFile(join(folder, CERTIFICATE_FILE))).toString('utf8');
  const secrets = await readSecretFile(join(folder, KEY_FILE), passphrase);
  return identityOf(decodeSecrets(secrets), decodePem(pem));
}

function decodeSecrets(bytes: Uint8Array): Secrets {
  const parsed = secretsSchema.safeParse(decodeCanonicalJson(bytes));
  if (parsed.success) return parsed.data;
  throw new VeilsumError('STATE_FOLDER_INVALID', 'The key file is not of a known version.');
}

async function identityOf(secrets: Secrets, certificate: Uint8Array): Promise<MemberIdentity> {
  const privateKey = Uint8Array.from(Buffer.from(secrets.enrolmentKey, 'base64'));
  const boxSecretKey = hexToBytes(secrets.boxSecretKey);
  const signer = new FileSigner({ mspId: secrets.mspId, certificate, privateKey });
  await requireMatchingKey(signer);
  return {
    memberId: secrets.memberId,
    mspId: secrets.mspId,
    certificate,
    fingerprint: fingerprintOf(certificate),
    boxPublicKey: boxPublicKeySchema.parse(bytesToHex(sealingKeyPairOf(boxSecretKey).publicKey)),
    boxSecretKey,
    storageKey: hexToBytes(secrets.storageKey),
    signer,
  };
}

/** Signs a probe: a certificate for another key would only be noticed at the first transaction. */
async function requireMatchingKey(signer: FileSigner): Promise<void> {
  const probe = randomBytes(32);
  const spki = parseCertificate(signer.certificate).publicKey.export({
    format: 'der',
    type: 'spki',
  });
  if (verifyBytes(probe, await signer.sign(probe), spki)) return;
  throw new VeilsumError(
    'CERTIFICATE_UNTRUSTED',
    'The certificate was issued for another key than the one in the key file.',
  );
}
