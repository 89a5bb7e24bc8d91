import { X509Certificate } from 'node:crypto';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { normalizeLowS, verifyBytes } from '@veilsum/crypto';
import { mspIdSchema } from '@veilsum/protocol';

import { decodePem, fingerprintOf } from './certificate.js';
import { CertificateAuthority } from './certificate-authority.js';
import { generateEnrolmentKey } from './enrolment-key.js';
import { createGatewayToken, verifyGatewayToken } from './gateway-token.js';
import {
  createMemberIdentity,
  openMemberIdentity,
  type MemberIdentity,
} from './member-identity.js';
import { TrustedAuthorities } from './trusted-authorities.js';

const nowMs = Date.UTC(2026, 10, 22, 12, 0, 0);
const day = 86_400_000;
const year = { notBeforeMs: nowMs - day, notAfterMs: nowMs + 365 * day };
const month = { notBeforeMs: nowMs - day, notAfterMs: nowMs + 30 * day };

let folder: string;
let authority: CertificateAuthority;
let stranger: CertificateAuthority;
let member: MemberIdentity;
let authorities: TrustedAuthorities;

function enrolWith(issuer: CertificateAuthority, memberId: string, validity = month) {
  return (request: Uint8Array) => issuer.issue({ memberId, request, ...validity });
}

/** What a thrown refusal has to look like; Jest's own matcher is untyped. */
function refusal(code: string): Error {
  return expect.objectContaining({ code }) as Error;
}

function trust(...issuers: CertificateAuthority[]): TrustedAuthorities {
  return new TrustedAuthorities(
    issuers.map((issuer) => ({
      mspId: mspIdSchema.parse(issuer.mspId),
      rootCertificates: [Buffer.from(issuer.certificate).toString('base64')],
    })),
  );
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'veilsum-identity-'));
  const options = { ...year, passphrase: 'of the authority' };
  authority = await CertificateAuthority.create(join(folder, 'ca'), {
    ...options,
    mspId: 'AcmeMSP',
  });
  stranger = await CertificateAuthority.create(join(folder, 'other'), {
    ...options,
    mspId: 'AcmeMSP',
  });
  member = await createMemberIdentity(join(folder, 'acme'), {
    memberId: 'acme',
    mspId: 'AcmeMSP',
    passphrase: 'of the member',
    enrol: enrolWith(authority, 'acme'),
  });
  authorities = trust(authority);
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

describe('member identity', () => {
  test('opens again with the same keys', async () => {
    const opened = await openMemberIdentity(join(folder, 'acme'), 'of the member');
    expect(opened.memberId).toBe('acme');
    expect(opened.mspId).toBe('AcmeMSP');
    expect(opened.fingerprint).toBe(member.fingerprint);
    expect(opened.boxSecretKey).toEqual(member.boxSecretKey);
    expect(opened.storageKey).toEqual(member.storageKey);
    expect(opened.boxPublicKey).toBe(member.boxPublicKey);
  });

  test('signs with the certified key, low-S', async () => {
    const message = Buffer.from('message');
    const signature = await member.signer.sign(message);
    const spki = new X509Certificate(member.certificate).publicKey.export({
      format: 'der',
      type: 'spki',
    });
    expect(verifyBytes(message, signature, spki)).toBe(true);
    expect(verifyBytes(Buffer.from('messagf'), signature, spki)).toBe(false);
  });

  test('does not open with another passphrase', async () => {
    await expect(openMemberIdentity(join(folder, 'acme'), 'guess')).rejects.toMatchObject({
      code: 'KEY_STORE_LOCKED',
    });
  });

  test('does not open with the certificate of another key', async () => {
    const path = join(folder, 'mixed');
    const options = { memberId: 'mixed', mspId: 'AcmeMSP', passphrase: 'x' };
    await createMemberIdentity(path, { ...options, enrol: enrolWith(authority, 'mixed') });
    await writeFile(
      join(path, 'certificate.pem'),
      await readFile(join(folder, 'acme', 'certificate.pem')),
    );
    await expect(openMemberIdentity(path, 'x')).rejects.toMatchObject({
      code: 'CERTIFICATE_UNTRUSTED',
    });
  });

  test('is not overwritten', async () => {
    const options = { memberId: 'acme', mspId: 'AcmeMSP', passphrase: 'x' };
    await expect(
      createMemberIdentity(join(folder, 'acme'), {
        ...options,
        enrol: enrolWith(authority, 'acme'),
      }),
    ).rejects.toMatchObject({ code: 'STATE_FOLDER_INVALID' });
    await expect(
      CertificateAuthority.create(join(folder, 'ca'), { ...year, ...options }),
    ).rejects.toMatchObject({ code: 'STATE_FOLDER_INVALID' });
    const opened = await openMemberIdentity(join(folder, 'acme'), 'of the member');
    expect(opened.fingerprint).toBe(member.fingerprint);
  });

  test('says which file is missing', async () => {
    await expect(openMemberIdentity(join(folder, 'nobody'), 'x')).rejects.toMatchObject({
      code: 'STATE_FOLDER_INVALID',
    });
  });

  test('keeps secrets readable by the owner only and encrypted', async () => {
    const path = join(folder, 'acme', 'key.json');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect((await stat(join(folder, 'acme'))).mode & 0o777).toBe(0o700);
    const text = await readFile(path, 'utf8');
    expect(text).not.toContain(Buffer.from(member.storageKey).toString('hex'));
    expect(text).not.toContain('acme');
  });
});

describe('certificates', () => {
  test('have their MSP and member as subject, and low-S signatures', () => {
    const certificate = new X509Certificate(member.certificate);
    expect(certificate.subject).toBe('O=AcmeMSP\nOU=client\nCN=acme');
    expect(certificate.ca).toBe(false);
    expect(new X509Certificate(authority.certificate).ca).toBe(true);
  });

  test('are issued with low-S signatures', async () => {
    const { request } = await generateEnrolmentKey('low-s');
    for (let round = 0; round < 12; round += 1) {
      const issued = await authority.issue({ memberId: 'low-s', request, ...month });
      const signature = signatureOf(issued);
      expect(Buffer.from(normalizeLowS(signature)).equals(signature)).toBe(true);
    }
  });

  test('are trusted from their authority within their dates', () => {
    const trusted = authorities.require(member.certificate, 'AcmeMSP', nowMs);
    expect(trusted.fingerprint).toBe(fingerprintOf(member.certificate));
    expect(trusted.notBeforeMs).toBe(month.notBeforeMs);
    expect(trusted.notAfterMs).toBe(month.notAfterMs);
    authorities.require(member.certificate, 'AcmeMSP', month.notBeforeMs);
    authorities.require(member.certificate, 'AcmeMSP', month.notAfterMs);
  });

  test.each([month.notBeforeMs - 1, month.notAfterMs + 1])('are refused at %i', (atMs) => {
    expect(() => authorities.require(member.certificate, 'AcmeMSP', atMs)).toThrow(
      refusal('CERTIFICATE_EXPIRED'),
    );
  });

  test('are refused from an authority of the same name with another key', async () => {
    const forged = await createMemberIdentity(join(folder, 'forged'), {
      memberId: 'acme',
      mspId: 'AcmeMSP',
      passphrase: 'x',
      enrol: enrolWith(stranger, 'acme'),
    });
    expect(() => authorities.require(forged.certificate, 'AcmeMSP', nowMs)).toThrow(
      refusal('CERTIFICATE_UNTRUSTED'),
    );
  });

  test('are refused under another MSP, and when they are the root itself', () => {
    for (const [certificate, mspId] of [
      [member.certificate, 'PlatformMSP'],
      [authority.certificate, 'AcmeMSP'],
      [Buffer.concat([member.certificate, Buffer.from([0])]), 'AcmeMSP'],
      [Buffer.from('certificate'), 'AcmeMSP'],
    ] as const) {
      expect(() => authorities.require(certificate, mspId, nowMs)).toThrow(
        refusal('CERTIFICATE_UNTRUSTED'),
      );
    }
  });

  test('are not issued for a request that its key did not sign', async () => {
    await expect(
      createMemberIdentity(join(folder, 'changed'), {
        memberId: 'changed',
        mspId: 'AcmeMSP',
        passphrase: 'x',
        enrol: (request) => {
          const changed = Uint8Array.from(request);
          changed[changed.length - 1] = (changed[changed.length - 1] ?? 0) ^ 1;
          return authority.issue({ memberId: 'changed', request: changed, ...month });
        },
      }),
    ).rejects.toMatchObject({ code: 'SIGNATURE_INVALID' });
  });

  test('an authority opens again and issues what the old root is trusted for', async () => {
    const opened = await CertificateAuthority.open(join(folder, 'ca'), 'of the authority');
    const later = await createMemberIdentity(join(folder, 'later'), {
      memberId: 'later',
      mspId: 'AcmeMSP',
      passphrase: 'x',
      enrol: enrolWith(opened, 'later'),
    });
    expect(opened.mspId).toBe('AcmeMSP');
    expect(authorities.require(later.certificate, 'AcmeMSP', nowMs).mspId).toBe('AcmeMSP');
  });

  test('a PEM file holds exactly one', async () => {
    const pem = await readFile(join(folder, 'acme', 'certificate.pem'), 'utf8');
    expect(decodePem(pem)).toEqual(new Uint8Array(member.certificate));
    expect(() => decodePem(pem + pem)).toThrow(refusal('CERTIFICATE_UNTRUSTED'));
  });
});

describe('gateway tokens', () => {
  const check = () => ({ audience: 'gateway-1', authorities, nowMs });

  test('name their bearer', async () => {
    const token = await createGatewayToken(member, 'gateway-1', { nowMs });
    const bearer = await verifyGatewayToken(token, check());
    expect(bearer).toMatchObject({
      memberId: 'acme',
      mspId: 'AcmeMSP',
      fingerprint: member.fingerprint,
      expiresAtMs: nowMs + 300_000,
    });
    const second = await createGatewayToken(member, 'gateway-1', { nowMs });
    expect((await verifyGatewayToken(second, check())).tokenId).not.toBe(bearer.tokenId);
  });

  test('are refused by another gateway', async () => {
    const token = await createGatewayToken(member, 'gateway-2', { nowMs });
    await expect(verifyGatewayToken(token, check())).rejects.toMatchObject({
      code: 'TOKEN_AUDIENCE',
    });
  });

  test.each([-1_000_000, 361_000])('are refused when the clock is %i ms on', async (laterMs) => {
    const token = await createGatewayToken(member, 'gateway-1', { nowMs });
    await expect(
      verifyGatewayToken(token, { ...check(), nowMs: nowMs + laterMs }),
    ).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  test('are refused with any byte changed', async () => {
    const token = await createGatewayToken(member, 'gateway-1', { nowMs });
    const [header = '', claims = '', signature = ''] = token.split('.');
    const changed = JSON.stringify({
      ...(JSON.parse(Buffer.from(claims, 'base64url').toString()) as object),
      sub: 'operator',
    });
    const forged = [header, Buffer.from(changed).toString('base64url'), signature].join('.');
    for (const bad of [forged, `${header}.${claims}.`, 'nonsense', '']) {
      await expect(verifyGatewayToken(bad, check())).rejects.toMatchObject({
        code: 'UNAUTHENTICATED',
      });
    }
  });

  test('are refused from a stranger and with an expired certificate', async () => {
    const strange = await createMemberIdentity(join(folder, 'strange'), {
      memberId: 'acme',
      mspId: 'AcmeMSP',
      passphrase: 'x',
      enrol: enrolWith(stranger, 'acme'),
    });
    await expect(
      verifyGatewayToken(await createGatewayToken(strange, 'gateway-1', { nowMs }), check()),
    ).rejects.toMatchObject({ code: 'CERTIFICATE_UNTRUSTED' });
    const late = nowMs + 31 * day;
    await expect(
      verifyGatewayToken(await createGatewayToken(member, 'gateway-1', { nowMs: late }), {
        ...check(),
        nowMs: late,
      }),
    ).rejects.toMatchObject({ code: 'CERTIFICATE_EXPIRED' });
  });
});

/** The last element of a certificate is a bit string with its signature (RFC 5280 §4.1). */
function signatureOf(certificate: Uint8Array): Uint8Array {
  const start = Buffer.from(certificate).lastIndexOf(Buffer.from([0x03]), certificate.length - 70);
  const length = certificate[start + 1] ?? 0;
  return Uint8Array.from(certificate.subarray(start + 3, start + 2 + length));
}
