import type { Opening } from './block-opening.js';
import { hashFinal } from './block-hashes.js';
import { decodeCanonicalJson, encodeCanonicalJson } from './canonical-json.js';
import { generateKeyCeremony } from './ceremony.js';
import type { Certificate, CertificateClaim } from './certificate.js';
import {
  certificateMessages,
  createCertificate,
  decodeCertificate,
  verifyCertificate,
  verifyCertificateByBlock,
} from './certificate.js';
import { combineShares } from './combination.js';
import { createEncryptor } from './encryption.js';
import { EncodingError } from './errors.js';
import { createShare } from './partial-decryption.js';
import type { PublicKey } from './public-key.js';
import { decodePublicKey } from './public-key.js';

const plaintexts = [12n, -34n, 56n];
const hex = (value: bigint): string => value.toString(16);
const number = (text: string | undefined): bigint => BigInt(`0x${text ?? ''}`);
let key: PublicKey;
let certificate: Certificate;
let claim: CertificateClaim;

beforeAll(async () => {
  const dealt = await generateKeyCeremony({ modulusBits: 512, l: 3, t: 2, insecureTestKey: true });
  key = decodePublicKey(dealt.record);
  const encryptor = createEncryptor(key, { expectedCount: 3, format: 'veilsum-blinding/1' });
  const finals = plaintexts.map((message) => encryptor.encrypt(message, encryptor.generateAlpha()));
  const opening: Opening = { key, planHash: '9a'.repeat(32), attempt: 3, finals };
  const shares = dealt.shares.map(({ index, value }) =>
    createShare({ ...opening, finals, index, share: value }),
  );
  certificate = createCertificate(opening, combineShares({ ...opening, shares }));
  const finalHash = hashFinal({ ...opening, blocks: finals });
  claim = { key, certificate, finalHash, planHash: opening.planHash };
});

/** With the finalHash that belongs to the changed blocks, so that nothing but the equation refuses. */
function claimOf(changed: Certificate): CertificateClaim {
  const { planHash, attempt } = changed;
  const blocks = changed.c.map(number);
  return {
    key,
    certificate: changed,
    planHash,
    finalHash: hashFinal({ key, planHash, attempt, blocks }),
  };
}

describe('a certificate', () => {
  it('holds, in a batch and block by block, and shows the plaintexts', () => {
    expect(verifyCertificate(claim)).toBe(true);
    expect(verifyCertificateByBlock(claim)).toBe(true);
    expect(certificateMessages(certificate)).toEqual([12n, key.n - 34n, 56n]);
  });

  it('still holds after it was written and read', () => {
    const read = decodeCertificate(decodeCanonicalJson(encodeCanonicalJson(certificate)));
    expect(read).toEqual(certificate);
    expect(verifyCertificate({ ...claim, certificate: read })).toBe(true);
  });

  it('holds for its own key, plan, attempt and final blocks only', () => {
    const other = '00'.repeat(32);
    for (const changed of [
      { ...claim, planHash: other },
      { ...claim, finalHash: other },
      { ...claim, certificate: { ...certificate, planHash: other } },
      { ...claim, certificate: { ...certificate, attempt: 4 } },
      { ...claim, certificate: { ...certificate, keyId: other } },
      { ...claim, planHash: other, certificate: { ...certificate, planHash: other } },
    ]) {
      expect(verifyCertificate(changed)).toBe(false);
      expect(verifyCertificateByBlock(changed)).toBe(false);
    }
  });

  it('has no number that can be changed, even with a finalHash to match', () => {
    const { c, m, w } = certificate;
    const [c0, m0, w0] = [c, m, w].map(([first]) => number(first));
    const [c1, m1, w1] = [c, m, w].map(([, second]) => second ?? '');
    if (c0 === undefined || m0 === undefined || w0 === undefined) throw new Error('No numbers.');
    const { n, n2 } = key;
    const list = (first: bigint, all: readonly string[]): string[] => [hex(first), ...all.slice(1)];
    for (const change of [
      { m: list(m0 + 1n, m) },
      { m: list(m0 + n, m) },
      { m: [m1 ?? '', ...m.slice(0, 1), ...m.slice(2)] },
      { m: [hex(m0 + 1n), hex(number(m1) - 1n), ...m.slice(2)] },
      { w: list((w0 * 2n) % n, w) },
      { w: list(w0 + n, w) },
      { w: list(0n, w) },
      { w: [w1 ?? '', ...w.slice(0, 1), ...w.slice(2)] },
      { c: list((c0 * (1n + n)) % n2, c) },
      { c: list((c0 * 2n) % n2, c) },
      { c: [c1 ?? '', ...c.slice(0, 1), ...c.slice(2)] },
      { c: list(n, c) },
    ]) {
      const changed = claimOf({ ...certificate, ...change });
      expect(verifyCertificate(changed)).toBe(false);
      expect(verifyCertificateByBlock(changed)).toBe(false);
    }
  });

  it('may have the sign of a w changed in the batch check only', () => {
    const [first, ...rest] = certificate.w;
    const changed = claimOf({ ...certificate, w: [hex(key.n - number(first)), ...rest] });
    expect(verifyCertificateByBlock(changed)).toBe(false);
  });

  it('proves nothing about a plan without the finalHash of the ledger', () => {
    const [c0, ...c] = certificate.c;
    const [m0, ...m] = certificate.m;
    const forged = {
      ...certificate,
      c: [hex((number(c0) * (1n + key.n)) % key.n2), ...c],
      m: [hex(number(m0) + 1n), ...m],
    };
    expect(verifyCertificateByBlock(claimOf(forged))).toBe(true);
    expect(verifyCertificate({ ...claim, certificate: forged })).toBe(false);
    expect(verifyCertificateByBlock({ ...claim, certificate: forged })).toBe(false);
  });
});

describe('decodeCertificate', () => {
  it('refuses another shape', () => {
    const withoutW = Object.fromEntries(
      Object.entries(certificate).filter(([name]) => name !== 'w'),
    );
    for (const value of [
      null,
      undefined,
      'certificate',
      [],
      {},
      withoutW,
      { ...certificate, extra: 1 },
      { ...certificate, format: 'veilsum-certificate/2' },
      { ...certificate, attempt: 0 },
      { ...certificate, attempt: '3' },
      { ...certificate, keyId: 1 },
      { ...certificate, planHash: null },
      { ...certificate, c: [], m: [], w: [] },
      { ...certificate, m: certificate.m.slice(1) },
      { ...certificate, w: 'abc' },
      { ...certificate, c: certificate.c.map((text) => `0${text}`) },
      { ...certificate, m: certificate.m.map((text) => `-${text}`) },
      { ...certificate, m: certificate.m.map(Number) },
    ]) {
      expect(() => decodeCertificate(value)).toThrow(EncodingError);
      expect(verifyCertificate({ ...claim, certificate: value })).toBe(false);
      expect(verifyCertificateByBlock({ ...claim, certificate: value })).toBe(false);
    }
  });
});
