import {
  incidentKindSchema,
  productDefinitionSchema,
  rulebookSchema,
  type Rulebook,
} from '@veilsum/protocol';
import {
  deposit,
  foundMarket,
  contributeAll,
  contributionOf,
  grantConsent,
  letIn,
} from './sample-network.js';
import { sampleId, sampleProduct } from './sample-objects.js';
import { adopt } from './sample-proposal.js';
import type { TestLedger } from './test-ledger.js';

/** How long the sample's regulator may take, in milliseconds. */
export const REVIEW_MS = 3 * 86_400_000;

/** One entry that denies, one that asks for a review; important data is the regulator's. */
export function sampleRulebook(
  now: number,
  changes: Partial<Record<keyof Rulebook, unknown>> = {},
): Rulebook {
  return rulebookSchema.parse({
    format: 'veilsum-rulebook/1',
    version: 1,
    title: 'Sample rules',
    effectiveFrom: now,
    negativeList: [
      {
        entryId: 'no-exact-means',
        match: { functions: ['mean'], releases: ['exact'] },
        effect: 'deny',
        legalBasis: 'Sample Act, Art. 1',
        sentence: 'Exact means are not shared; ask with noise.',
      },
      {
        entryId: 'review-counts',
        match: { functions: ['count'] },
        effect: 'review',
        reviewPointId: 'regulator-desk',
        legalBasis: 'Sample Act, Art. 2',
        sentence: 'Counts are looked at by the regulator first.',
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
        deadlineMs: REVIEW_MS,
      },
    ],
    importantReviewPointId: 'regulator-desk',
    escalation: incidentKindSchema.options.map((kind) => ({
      kind,
      severity: 'minor',
      graceMs: 1000,
      measures: ['freeze-rewards'],
    })),
    crossBorderMspIds: [],
    ...changes,
  });
}

/** Puts a rulebook in force. */
export async function adoptSampleRulebook(ledger: TestLedger, rulebook: Rulebook): Promise<void> {
  await adopt(ledger, 'rulebook', rulebook);
}

/**
 * The market with an analyst who has money, a rival and a regulator, and with contributions of all
 * merchants to the product `inspections`, which is important data and shared with `analyst` only.
 */
export async function openRuledMarket(ledger: TestLedger): Promise<void> {
  const dealt = await foundMarket(ledger);
  await contributeAll(ledger, dealt);
  await deposit(ledger, 'analyst', '100000');
  for (const [name, mspId, roles] of [
    ['regulator', 'RegulatorMSP', ['regulator']],
    ['rival', 'MerchantsMSP', ['analyst']],
  ] as const) {
    await letIn(ledger, { name, mspId, roles });
  }
  const inspections = productDefinitionSchema.parse({
    ...sampleProduct({ classification: 'important' }),
    productId: 'inspections',
    budgetGroup: 'inspections',
    audience: { roles: [], members: ['analyst'] },
  });
  await adopt(ledger, 'standard', inspections);
  for (const merchant of ['merchant-1', 'merchant-2', 'merchant-3']) {
    const productId = 'inspections';
    const consentId = sampleId(`consent of ${merchant} to ${productId}`);
    await grantConsent(ledger, merchant, { consentId, productId });
    const registration = contributionOf(merchant, dealt, {
      contributionId: sampleId(`contribution of ${merchant} to ${productId}`),
      consentId,
      productId,
    });
    await ledger.submit(merchant, 'contribution', 'register', registration);
    const { contributionId, contentHash } = registration;
    await ledger.submit('gateway', 'contribution', 'markStored', { contributionId, contentHash });
  }
}
