import 'reflect-metadata';
import { webcrypto, X509Certificate } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import {
  BasicConstraintsExtension,
  SubjectKeyIdentifierExtension,
  X509CertificateGenerator,
} from '@peculiar/x509';
import { sha256Hex } from '@veilsum/crypto';
import { mspIdSchema } from '@veilsum/protocol';

import { CertificateAuthority, type ExistingAuthority } from './certificate-authority.js';
import { enrolmentAlgorithm, generateEnrolmentKey } from './enrolment-key.js';
import { TrustedAuthorities } from './trusted-authorities.js';

const nowMs = Date.UTC(2026, 10, 22, 12, 0, 0);
const validity = { notBeforeMs: nowMs - 86_400_000, notAfterMs: nowMs + 86_400_000 };

let folder: string;
let existing: ExistingAuthority;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'veilsum-authority-'));
  existing = await foreignAuthority();
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

test('issues what its root is trusted for, also after it was kept and opened', async () => {
  const keep = { folder: join(folder, 'kept'), passphrase: 'of the adopted' };
  const adopted = await CertificateAuthority.adopt(existing, keep);
  const opened = await CertificateAuthority.open(keep.folder, keep.passphrase);
  const rootCertificates = [Buffer.from(existing.certificate).toString('base64')];
  const trusted = new TrustedAuthorities([
    { mspId: mspIdSchema.parse('AcmeMSP'), rootCertificates },
  ]);
  for (const authority of [adopted, opened]) {
    const { request } = await generateEnrolmentKey('shop');
    const issued = await authority.issue({ memberId: 'shop', request, ...validity });
    expect(authority.mspId).toBe('AcmeMSP');
    expect(trusted.require(issued, 'AcmeMSP', nowMs).mspId).toBe('AcmeMSP');
    expect(new X509Certificate(issued).subject).toBe('O=AcmeMSP\nOU=client\nCN=shop');
  }
});

test('issues nothing that begins before its root, or ends after it', async () => {
  const authority = await CertificateAuthority.adopt(existing);
  const { request } = await generateEnrolmentKey('shop');
  const issued = new X509Certificate(
    await authority.issue({
      memberId: 'shop',
      request,
      notBeforeMs: validity.notBeforeMs - 1000,
      notAfterMs: validity.notAfterMs + 1000,
    }),
  );
  expect(Date.parse(issued.validFrom)).toBe(validity.notBeforeMs);
  expect(Date.parse(issued.validTo)).toBe(validity.notAfterMs);
});

test('is not kept where there is one already', async () => {
  const keep = { folder: join(folder, 'twice'), passphrase: 'of the adopted' };
  await CertificateAuthority.adopt(existing, keep);
  await expect(CertificateAuthority.adopt(existing, keep)).rejects.toMatchObject({
    code: 'STATE_FOLDER_INVALID',
  });
});

test('is refused when the key is another, or the certificate not of an authority', async () => {
  const authority = await CertificateAuthority.adopt(existing);
  const { privateKey, request } = await generateEnrolmentKey('shop');
  const certificate = await authority.issue({ memberId: 'shop', request, ...validity });
  for (const change of [{ privateKey }, { privateKey, certificate }]) {
    await expect(CertificateAuthority.adopt({ ...existing, ...change })).rejects.toMatchObject({
      code: 'CERTIFICATE_UNTRUSTED',
    });
  }
});

/** Like those that cryptogen makes: no MSP in its name, and another key identifier than RFC 5280's SHA-1. */
async function foreignAuthority(): Promise<ExistingAuthority> {
  const keys = await webcrypto.subtle.generateKey(enrolmentAlgorithm, true, ['sign', 'verify']);
  const point = await webcrypto.subtle.exportKey('raw', keys.publicKey);
  const root = await X509CertificateGenerator.createSelfSigned(
    {
      name: [{ C: ['US'] }, { O: ['acme.example'] }, { CN: ['ca.acme.example'] }],
      keys,
      notBefore: new Date(validity.notBeforeMs),
      notAfter: new Date(validity.notAfterMs),
      signingAlgorithm: enrolmentAlgorithm,
      extensions: [
        new BasicConstraintsExtension(true, undefined, true),
        new SubjectKeyIdentifierExtension(sha256Hex(new Uint8Array(point))),
      ],
    },
    webcrypto,
  );
  return {
    mspId: 'AcmeMSP',
    certificate: new Uint8Array(root.rawData),
    privateKey: new Uint8Array(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)),
  };
}
