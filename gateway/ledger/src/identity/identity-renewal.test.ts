import { access, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { CertificateAuthority } from './certificate-authority.js';
import {
  adoptRenewal,
  createMemberIdentity,
  openMemberIdentity,
  renewMemberIdentity,
  type MemberIdentity,
} from './member-identity.js';

const day = 86_400_000;
const validity = { notBeforeMs: Date.now() - day, notAfterMs: Date.now() + 30 * day };
const passphrase = 'of the member';

let folder: string;
let path: string;
let authority: CertificateAuthority;
let old: MemberIdentity;

const enrol = (request: Uint8Array) => authority.issue({ memberId: 'acme', request, ...validity });

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'veilsum-renewal-'));
  path = join(folder, 'acme');
  authority = await CertificateAuthority.generate({ mspId: 'AcmeMSP', ...validity });
  old = await createMemberIdentity(path, {
    memberId: 'acme',
    mspId: 'AcmeMSP',
    passphrase,
    enrol,
  });
});
afterEach(() => rm(folder, { recursive: true }));

test('a renewal has a new enrolment key, and the mailbox and files of before', async () => {
  const renewed = await renewMemberIdentity(path, { passphrase, enrol });
  expect(renewed.fingerprint).not.toBe(old.fingerprint);
  expect((await openMemberIdentity(path, passphrase)).fingerprint).toBe(old.fingerprint);
  const adopted = await adoptRenewal(path, passphrase);
  expect(adopted.fingerprint).toBe(renewed.fingerprint);
  expect(adopted.boxPublicKey).toBe(old.boxPublicKey);
  expect(adopted.storageKey).toEqual(old.storageKey);
  const previous = await openMemberIdentity(join(path, 'previous'), passphrase);
  expect(previous.fingerprint).toBe(old.fingerprint);
  await expect(access(join(path, 'renewal'))).rejects.toMatchObject({ code: 'ENOENT' });
});

test('nothing is adopted without a renewal, or after one that the authority did not certify', async () => {
  const invalid = { code: 'STATE_FOLDER_INVALID' };
  await expect(adoptRenewal(path, passphrase)).rejects.toMatchObject(invalid);
  const refusing = () => Promise.reject(new Error('the authority is away'));
  await expect(renewMemberIdentity(path, { passphrase, enrol: refusing })).rejects.toThrow('away');
  await expect(adoptRenewal(path, passphrase)).rejects.toMatchObject(invalid);
  await renewMemberIdentity(path, { passphrase, enrol });
  await expect(renewMemberIdentity(path, { passphrase, enrol })).rejects.toMatchObject(invalid);
  await expect(adoptRenewal(path, 'guess')).rejects.toMatchObject({ code: 'KEY_STORE_LOCKED' });
});

test('an adoption that a crash cut between its two files ends when it is repeated', async () => {
  const renewed = await renewMemberIdentity(path, { passphrase, enrol });
  await rename(join(path, 'renewal', 'key.json'), join(path, 'key.json'));
  await expect(openMemberIdentity(path, passphrase)).rejects.toMatchObject({
    code: 'CERTIFICATE_UNTRUSTED',
  });
  expect((await adoptRenewal(path, passphrase)).fingerprint).toBe(renewed.fingerprint);
  expect(await readFile(join(path, 'certificate.pem'), 'utf8')).toContain('BEGIN CERTIFICATE');
});
