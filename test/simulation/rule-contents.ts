import {
  incidentKindSchema,
  rewardSchemeSchema,
  rulebookSchema,
  type RewardScheme,
  type Rulebook,
} from '@veilsum/protocol';
import { HOUR_MS } from './durations.js';

/** What the versions of the rulebook want reviewed, in turn. */
const reviewed = [['count'], ['count', 'share'], ['ratio']] as const;

/**
 * A version of the rulebook: exact means are denied, some functions wait for the regulator, and variances
 * for an auditor as well.
 */
export function rulebookOf(version: number, effectiveFrom: number): Rulebook {
  const basis = { legalBasis: 'Sample Act', sentence: 'The sample says so.' };
  return rulebookSchema.parse({
    format: 'veilsum-rulebook/1',
    version,
    title: `Rules ${version}`,
    effectiveFrom,
    negativeList: [
      {
        entryId: 'no-exact-means',
        match: { functions: ['mean'], releases: ['exact'] },
        effect: 'deny',
        ...basis,
      },
      {
        entryId: 'regulator-looks',
        match: { functions: [...(reviewed[version % reviewed.length] ?? []), 'variance'] },
        effect: 'review',
        reviewPointId: 'regulator-desk',
        ...basis,
      },
      {
        entryId: 'auditor-looks',
        match: { functions: ['variance'] },
        effect: 'review',
        reviewPointId: 'auditor-desk',
        ...basis,
      },
    ],
    guide: [],
    guideConsents: [],
    guideWords: [],
    levels: { byTag: [], aggregated: { minCohort: 3, minGroupCells: 1 } },
    reviewPoints: [
      {
        reviewPointId: 'regulator-desk',
        title: 'Desk of the regulator',
        role: 'regulator',
        deadlineMs: 2 * HOUR_MS,
      },
      {
        reviewPointId: 'auditor-desk',
        title: 'Desk of the auditor',
        role: 'auditor',
        deadlineMs: 2 * HOUR_MS,
      },
    ],
    importantReviewPointId: 'regulator-desk',
    escalation: incidentKindSchema.options.map((kind) => ({
      kind,
      severity: kind === 'opening-mismatch' ? 'major' : 'minor',
      graceMs: kind === 'opening-mismatch' ? 0 : 2 * HOUR_MS,
      measures: kind === 'late-contribution' ? ['suspend-member'] : ['freeze-rewards'],
    })),
    crossBorderMspIds: [],
  });
}

/** A version of the reward scheme; the odd ones help small members more. */
export function rewardSchemeOf(version: number, effectiveFrom: number): RewardScheme {
  const generous = version % 2 === 1;
  return rewardSchemeSchema.parse({
    format: 'veilsum-reward-scheme/1',
    version,
    effectiveFrom,
    split: {
      contributorsBps: 7000,
      keyholdersBps: 1000,
      operatorBps: generous ? 500 : 1000,
      subsidyFundBps: generous ? 1500 : 1000,
    },
    smallMembers: {
      priceBps: generous ? 8500 : 9000,
      priceSupportMax: '400',
      topUpBps: generous ? 2000 : 500,
      topUpMax: '60',
    },
    costCompensationBps: 2000,
    freshness: [{ ageDaysMax: 7, weight: 3 }],
    quality: { base: 1, declaredCoverage: 1, agreedOpening: 1 },
  });
}
