import { hashFinal } from './block-hashes.js';
import { hashCanonicalJson } from './canonical-json.js';
import type { OpenedBlocks, Opening } from './block-opening.js';
import { isCoprime } from './coprimality.js';
import { CryptoError, EncodingError } from './errors.js';
import { first128 } from './hash.js';
import {
  bigintToHex,
  encodeText,
  encodeUint32,
  hashToBytes,
  hexToBigint,
} from './integer-encoding.js';
import { modularPower } from './modular-power.js';
import { MultiExponentiation } from './multi-exponentiation.js';
import type { PublicKey } from './public-key.js';

/**
 * A result certificate, as JSON; numbers are unpadded lower-case hex (`docs/protocol.md §7`). It proves
 * what final blocks hold without any share, proof or secret. It shows the result and goes only where
 * the result may go.
 */
export interface Certificate {
  /** Counts from 1. */
  readonly attempt: number;
  /** c*ⱼ in block order. */
  readonly c: readonly string[];
  readonly format: 'veilsum-certificate/1';
  readonly keyId: string;
  /** The plaintexts M in [0, n), in block order. */
  readonly m: readonly string[];
  /** 64 lower-case hex digits. */
  readonly planHash: string;
  /** wⱼ = R^{4Δ²} mod n, in block order. */
  readonly w: readonly string[];
}

/** A certificate to be checked against what the ledger says. */
export interface CertificateClaim {
  readonly key: PublicKey;
  /** From anyone. */
  readonly certificate: unknown;
  /** The one that t keyholders recorded for this attempt; without it a certificate proves nothing. */
  readonly finalHash: string;
  /** The hash of the plan that the reader means. */
  readonly planHash: string;
}

/** The numbers of a certificate. */
interface CertificateNumbers {
  readonly c: readonly bigint[];
  readonly m: readonly bigint[];
  readonly w: readonly bigint[];
}

const CERTIFICATE_FORMAT = 'veilsum-certificate/1';
const CERTIFICATE_FIELDS = ['attempt', 'c', 'format', 'keyId', 'm', 'planHash', 'w'];
const BATCH_TAG = encodeText('veilsum/v1/certificate/batch');

/** The certificate of what was combined (`docs/protocol.md §7`). */
export function createCertificate(
  { key, planHash, attempt, finals }: Opening,
  { messages, w }: Pick<OpenedBlocks, 'messages' | 'w'>,
): Certificate {
  return {
    attempt,
    c: finals.map(bigintToHex),
    format: CERTIFICATE_FORMAT,
    keyId: key.keyId,
    m: messages.map(bigintToHex),
    planHash,
    w: w.map(bigintToHex),
  };
}

/**
 * A certificate out of JSON; checks the shape only, not whether it holds.
 *
 * @throws {@link EncodingError} when the shape is another or the lists differ in length
 */
export function decodeCertificate(value: unknown): Certificate {
  if (typeof value !== 'object' || value === null) throw malformed();
  if (Object.keys(value).sort().join() !== CERTIFICATE_FIELDS.join()) throw malformed();
  const certificate = value as Certificate;
  requireHeader(certificate);
  const lists: readonly unknown[] = [certificate.c, certificate.m, certificate.w];
  const [length = 0] = lists.map((list) => (Array.isArray(list) ? list.length : 0));
  for (const list of lists) {
    if (!Array.isArray(list) || list.length === 0 || list.length !== length) throw malformed();
    list.forEach(hexToBigint);
  }
  return certificate;
}

/** SHA-256 of the canonical JSON of a certificate, 64 hex digits; κ of `docs/protocol.md §7`. */
export function hashCertificate(certificate: Certificate): string {
  return hashCanonicalJson(certificate);
}

/**
 * The plaintexts of a certificate in [0, n), in block order; to be read after it was verified.
 *
 * @throws {@link EncodingError} when one is not in unpadded hex
 */
export function certificateMessages(certificate: Certificate): bigint[] {
  return certificate.m.map(hexToBigint);
}

/**
 * Whether a certificate holds, all blocks in one check with one long power (`docs/protocol.md §7`). It
 * can miss the sign of a w, a wrong plaintext only with chance 2^-128, provided that n has no small
 * factor; who does not trust the dealer for that uses {@link verifyCertificateByBlock}.
 */
export function verifyCertificate(claim: CertificateClaim): boolean {
  return verifyClaim(claim, batchHolds);
}

/** Whether a certificate holds, block by block: slower, and proof under gcd(n, φ(n)) = 1 alone. */
export function verifyCertificateByBlock(claim: CertificateClaim): boolean {
  return verifyClaim(claim, (key, { c, m, w }) =>
    c.every((block, position) =>
      equationHolds(key, { c: block, m: m[position] ?? 0n, w: w[position] ?? 0n }),
    ),
  );
}

/** eⱼ of `docs/protocol.md §7`, in [0, 2^128). */
export function certificateWeight(certificateHash: string, position: number): bigint {
  return first128(BATCH_TAG, hashToBytes(certificateHash), encodeUint32(position));
}

function verifyClaim(
  claim: CertificateClaim,
  equationsHold: (key: PublicKey, numbers: CertificateNumbers, kappa: string) => boolean,
): boolean {
  try {
    const certificate = decodeCertificate(claim.certificate);
    const numbers = {
      c: certificate.c.map(hexToBigint),
      m: certificate.m.map(hexToBigint),
      w: certificate.w.map(hexToBigint),
    };
    return (
      isAbout(claim, certificate, numbers.c) &&
      areInRange(claim.key, numbers) &&
      equationsHold(claim.key, numbers, hashCertificate(certificate))
    );
  } catch (error) {
    if (error instanceof CryptoError) return false;
    throw error;
  }
}

/** Whether key, plan and final blocks are those that the ledger names. */
function isAbout(
  { key, planHash, finalHash }: CertificateClaim,
  certificate: Certificate,
  blocks: readonly bigint[],
): boolean {
  const { attempt } = certificate;
  return (
    certificate.keyId === key.keyId &&
    certificate.planHash === planHash &&
    hashFinal({ key, planHash, attempt, blocks }) === finalHash
  );
}

function areInRange({ n, n2 }: PublicKey, { c, m, w }: CertificateNumbers): boolean {
  if (c.some((block) => block < 1n || block >= n2)) return false;
  if (w.some((root) => root < 1n || root >= n)) return false;
  if (m.some((message) => message >= n)) return false;
  return isCoprime(
    [...c, ...w].reduce((product, element) => (product * element) % n, 1n),
    n,
  );
}

/** (Π cⱼ^{eⱼ})^{4Δ²} = (1 + (4Δ²·Σ eⱼmⱼ mod n)·n)·(Π wⱼ^{eⱼ} mod n)ⁿ mod n². */
function batchHolds(key: PublicKey, { c, m, w }: CertificateNumbers, kappa: string): boolean {
  const blocks = new MultiExponentiation(key.n2, c.length);
  const roots = new MultiExponentiation(key.n, w.length);
  let sum = 0n;
  for (const [position, block] of c.entries()) {
    const weight = certificateWeight(kappa, position);
    blocks.add(block, weight);
    roots.add(w[position] ?? 0n, weight);
    sum += weight * (m[position] ?? 0n);
  }
  return equationHolds(key, { c: blocks.product(), m: sum, w: roots.product() });
}

/** c^{4Δ²} = (1 + (4Δ²·m mod n)·n)·wⁿ mod n². */
function equationHolds(
  { n, n2, delta }: PublicKey,
  { c, m, w }: { c: bigint; m: bigint; w: bigint },
): boolean {
  const factor = 4n * delta * delta;
  const powers = modularPower(n2);
  const opened = 1n + ((factor * m) % n) * n;
  return powers.power(c, factor) === (opened * powers.power(w, n)) % n2;
}

function requireHeader({ attempt, format, keyId, planHash }: Certificate): void {
  const fields: readonly unknown[] = [keyId, planHash];
  if ((format as string) !== CERTIFICATE_FORMAT) throw malformed();
  if (!Number.isInteger(attempt) || attempt < 1) throw malformed();
  if (!fields.every((field) => typeof field === 'string')) throw malformed();
}

function malformed(): EncodingError {
  return new EncodingError('This is no certificate of a known version.');
}
