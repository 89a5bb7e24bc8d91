import type { Contribution, PrivacyAccount, Product } from '@veilsum/protocol';
import { epochPeriod } from '@veilsum/rules';
import type { LedgerPicture } from '../picture/ledger-picture.js';
import { isLive } from './contribution-detectors.js';
import type { DetectorContext, LedgerDetector } from './detector.js';
import type { Finding } from './finding.js';

/** Cohorts that a withdrawal or two would bring below the minimum, or that have fallen below it. */
export const detectSmallCohorts: LedgerDetector = (picture, context) =>
  picture.products.flatMap((product) =>
    epochsOf(picture, product)
      .filter((epoch) => isRecent(product, epoch, context))
      .flatMap((epoch) => smallCohort(picture, { product, epoch }, context)),
  );

/** Privacy budgets of which little is left. */
export const detectSpentBudgets: LedgerDetector = (picture, { now, thresholds }) =>
  picture.privacyAccounts.flatMap((account) => {
    const limitMicro = budgetLimit(picture, account, now);
    if (limitMicro === undefined || account.spentMicro === 0) return [];
    const leftMicro = Math.max(0, limitMicro - account.spentMicro);
    if (leftMicro * 10_000 > limitMicro * thresholds.budgetLeftBps) return [];
    const { memberId, budgetGroup, epoch } = account;
    const left = `${leftMicro} of ${limitMicro} micro-ε`;
    return [
      {
        kind: 'budget-nearly-spent',
        subject: `member:${memberId}/budget:${budgetGroup}`,
        period: epoch,
        sentence: `Of ${memberId}'s privacy budget ${budgetGroup} for ${epoch}, ${left} are left.`,
        concerns: [memberId],
      } satisfies Finding,
    ];
  });

function smallCohort(
  picture: LedgerPicture,
  { product, epoch }: { readonly product: Product; readonly epoch: string },
  { now, thresholds }: DetectorContext,
): Finding[] {
  const { productId, version, minCohort } = product;
  const size = cohortSize(picture, product, epoch, now);
  const isBelow = size < minCohort;
  if (isBelow ? !wasReleased(picture, product, epoch) : size - minCohort > thresholds.cohortMargin)
    return [];
  const sentence = isBelow
    ? `Version ${version} of ${productId} has ${size} legal entities for ${epoch}, below its minimum of ${minCohort}: nothing can be asked any more.`
    : `Version ${version} of ${productId} has ${size} legal entities for ${epoch}, at a minimum of ${minCohort}: ${size - minCohort + 1} more ${size === minCohort ? 'withdrawal stops' : 'withdrawals stop'} every question.`;
  return [
    {
      kind: 'cohort-near-minimum',
      subject: `product:${productId}/version:${version}`,
      period: epoch,
      ...(isBelow ? { severity: 'warning' as const } : {}),
      sentence,
      concerns: [],
    },
  ];
}

/** Legal entities whose stored contributions somebody could ask about now. */
function cohortSize(
  { contributions, consents, members }: LedgerPicture,
  product: Product,
  epoch: string,
  now: number,
): number {
  const live = new Set(
    consents.filter((consent) => isLive(consent, now)).map(({ consentId }) => consentId as string),
  );
  const entities = new Map(
    members
      .filter(({ status }) => status === 'active')
      .map(({ memberId, legalEntityId }) => [memberId as string, legalEntityId]),
  );
  const counted = contributions.filter(
    (one) =>
      isOf(one, product, epoch) && one.status === 'stored' && live.has(one.consentId as string),
  );
  const found = counted.map(({ contributorId }) => entities.get(contributorId));
  return new Set(found.filter((entity) => entity !== undefined)).size;
}

function epochsOf({ contributions }: LedgerPicture, product: Product): string[] {
  const own = contributions.filter((one) => isOf(one, product, one.epoch));
  return [...new Set(own.map(({ epoch }) => epoch))].sort();
}

function isOf(
  { productId, productVersion, epoch }: Contribution,
  product: Product,
  ofEpoch: string,
): boolean {
  return productId === product.productId && productVersion === product.version && epoch === ofEpoch;
}

function isRecent(
  { epochs }: Product,
  epoch: string,
  { now, thresholds }: DetectorContext,
): boolean {
  return now - epochPeriod(epochs.calendar, epoch).endMs <= thresholds.cohortEpochMs;
}

function wasReleased({ queries }: LedgerPicture, product: Product, epoch: string): boolean {
  return queries.some(
    ({ record: { request, status } }) =>
      request.productId === product.productId &&
      request.productVersion === product.version &&
      request.epoch === epoch &&
      (status === 'released' || status === 'settled'),
  );
}

/** The least that a live consent or its product allows from this budget; undefined without a consent. */
function budgetLimit(
  { consents, products }: LedgerPicture,
  { memberId, budgetGroup }: PrivacyAccount,
  now: number,
): number | undefined {
  const limits = consents
    .filter((consent) => consent.contributorId === memberId && isLive(consent, now))
    .flatMap((consent) =>
      products
        .filter(
          (product) =>
            product.productId === consent.productId &&
            product.version === consent.productVersion &&
            product.budgetGroup === budgetGroup,
        )
        .map((product) => Math.min(product.epsilonPerEpochMicro, consent.epsilonPerEpochMicro)),
    );
  return limits.length === 0 ? undefined : Math.min(...limits);
}
