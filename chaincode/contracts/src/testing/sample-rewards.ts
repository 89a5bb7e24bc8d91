import {
  agreementTermsSchema,
  goalTermsSchema,
  rewardSchemeSchema,
  type AgreementTerms,
  type GoalTerms,
  type RewardScheme,
  type StatisticReference,
} from '@veilsum/protocol';
import { SAMPLE_EPOCH } from './sample-network.js';
import { sampleId } from './sample-objects.js';
import type { TestLedger } from './test-ledger.js';

/** A scheme in force at once: small payers pay three quarters, small contributors get a fifth more. */
export function sampleScheme(
  now: number,
  changes: Partial<Record<keyof RewardScheme, unknown>> = {},
): RewardScheme {
  return rewardSchemeSchema.parse({
    format: 'veilsum-reward-scheme/1',
    version: 1,
    effectiveFrom: now,
    split: { contributorsBps: 6000, keyholdersBps: 1500, operatorBps: 1500, subsidyFundBps: 1000 },
    smallMembers: { priceBps: 7500, priceSupportMax: '400', topUpBps: 2000, topUpMax: '30' },
    costCompensationBps: 2000,
    freshness: [{ ageDaysMax: 30, weight: 4 }],
    quality: { base: 2, declaredCoverage: 2, agreedOpening: 4 },
    ...changes,
  });
}

/** The exact sum of sales of the region north over the sample epoch. */
export function sampleStatistic(changes: Partial<StatisticReference> = {}): StatisticReference {
  return {
    productId: 'weekly-sales' as StatisticReference['productId'],
    productVersion: 1,
    epoch: SAMPLE_EPOCH,
    function: 'sum',
    measures: ['sales'],
    group: { region: 'north' },
    release: 'exact',
    ...changes,
  };
}

/** The analyst promises merchant-1 a bonus of 500 for sales of at least 900 in the north. */
export function sampleAgreement(
  ledger: TestLedger,
  name: string,
  changes: Partial<Record<keyof AgreementTerms, unknown>> = {},
): AgreementTerms {
  return agreementTermsSchema.parse({
    format: 'veilsum-agreement/1',
    agreementId: sampleId(`agreement ${name}`),
    payerId: 'analyst',
    payeeId: 'merchant-1',
    statistic: sampleStatistic(),
    baseline: { numerator: '900', denominator: '1' },
    direction: 'at-least',
    bonus: { kind: 'fixed', amount: '500' },
    cap: '800',
    until: ledger.now() + 3_600_000,
    ...changes,
  });
}

/** From 800 to 1,000 of sales in the north. */
export function sampleGoal(
  ledger: TestLedger,
  changes: Partial<Record<keyof GoalTerms, unknown>> = {},
): GoalTerms {
  return goalTermsSchema.parse({
    format: 'veilsum-goal/1',
    goalId: sampleId('goal'),
    title: 'More sales in the north',
    scenario: 'Stock is placed ahead of the season.',
    statistic: sampleStatistic(),
    baseline: { numerator: '800', denominator: '1' },
    target: { numerator: '1000', denominator: '1' },
    deadline: ledger.now() + 3_600_000,
    ...changes,
  });
}
