import type { Consent, Product } from '@veilsum/protocol';
import type { LedgerPicture } from '../picture/ledger-picture.js';
import { durationWords, type LedgerDetector } from './detector.js';
import type { Finding } from './finding.js';

/** Promised contributions that are not there after their day, or came after it. */
export const detectLateContributions: LedgerDetector = ({ oversight: { commitments } }, { now }) =>
  commitments
    .filter(({ status, dueAt, metAt }) =>
      status === 'met' ? (metAt ?? 0) > dueAt : status === 'open' && now > dueAt,
    )
    .map(({ commitmentId, contributorId, productId, epoch, dueAt, metAt }) => ({
      kind: 'late-contribution',
      subject: `member:${contributorId}/product:${productId}/commitment:${commitmentId}`,
      period: epoch,
      sentence: `${contributorId} committed to contribute to ${productId} for ${epoch} and has been late for ${durationWords((metAt ?? now) - dueAt)}.`,
      concerns: [contributorId],
      ...(metAt === undefined
        ? {}
        : { over: { at: metAt, sentence: 'It was contributed, late.' } }),
    }));

/** Contributions that are on the ledger while their containers are nowhere. */
export const detectMissingUploads: LedgerDetector = (picture, { now, thresholds }) =>
  picture.contributions
    .filter(
      ({ status, registeredAt }) =>
        status === 'registered' && now - registeredAt > thresholds.uploadMissingMs,
    )
    .map(({ contributionId, contributorId, productId, epoch }) => ({
      kind: 'upload-missing',
      subject: `member:${contributorId}/contribution:${contributionId}`,
      period: epoch,
      sentence: `${contributorId} registered a contribution to ${productId} for ${epoch}, and the gateway has not stored its container: it did not arrive, or not with the registered hash.`,
      concerns: [contributorId],
    }));

/** Consents, and with them mappings, to a version of a product that has been followed by another. */
export const detectStaleMappings: LedgerDetector = (picture, { now, thresholds }) => {
  const findings = new Map<string, Finding>();
  for (const consent of picture.consents.filter((one) => isLive(one, now))) {
    const newest = newestVersion(picture.products, consent.productId);
    if (newest === undefined || newest.version <= consent.productVersion) continue;
    if (now - newest.publishedAt <= thresholds.staleMappingMs) continue;
    if (hasFollowed(picture, consent, newest.version, now)) continue;
    const { contributorId, productId, productVersion } = consent;
    const subject = `member:${contributorId}/product:${productId}`;
    findings.set(subject, {
      kind: 'stale-mapping',
      subject,
      period: `version ${newest.version}`,
      sentence: `${contributorId} still consents and maps to version ${productVersion} of ${productId}; version ${newest.version} has been out for ${durationWords(now - newest.publishedAt)}.`,
      concerns: [contributorId],
    });
  }
  return [...findings.values()];
};

/** Whether a consent allows anything now. */
export function isLive({ status, notBefore, notAfter }: Consent, now: number): boolean {
  return status === 'active' && notBefore <= now && now <= notAfter;
}

function newestVersion(products: readonly Product[], productId: string): Product | undefined {
  return products
    .filter((product) => product.productId === productId)
    .reduce<Product | undefined>(
      (newest, product) =>
        newest === undefined || product.version > newest.version ? product : newest,
      undefined,
    );
}

function hasFollowed(
  { consents }: LedgerPicture,
  { contributorId, productId }: Consent,
  version: number,
  now: number,
): boolean {
  return consents.some(
    (other) =>
      other.contributorId === contributorId &&
      other.productId === productId &&
      other.productVersion === version &&
      isLive(other, now),
  );
}
