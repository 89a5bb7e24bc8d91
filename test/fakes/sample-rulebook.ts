import { incidentKindSchema, rulebookSchema, type Rulebook } from '@veilsum/protocol';

/** Milliseconds that the sample's regulator has. */
export const REVIEW_MS = 3 * 86_400_000;

/** A rulebook with one entry of each effect, one review point, and no guide. */
export function sampleRulebook(change: Partial<Record<keyof Rulebook, unknown>> = {}): Rulebook {
  return rulebookSchema.parse({
    format: 'veilsum-rulebook/1',
    version: 1,
    title: 'Sample rules',
    effectiveFrom: 1_000,
    negativeList: [
      {
        entryId: 'no-minors-ads',
        match: { tags: ['minors'], purposes: ['Advertising', 'Marketing'] },
        effect: 'deny',
        legalBasis: 'Sample Act, Art. 1',
        sentence: 'Data on minors is not used for advertising; ask for research instead.',
      },
      {
        entryId: 'review-location',
        match: { tags: ['location'] },
        effect: 'review',
        reviewPointId: 'regulator-desk',
        legalBasis: 'Sample Act, Art. 2',
        sentence: 'Location data is looked at by the regulator first.',
      },
    ],
    guide: [],
    guideConsents: [],
    guideWords: [],
    levels: {
      byTag: [{ tag: 'state-secret', level: 'core' }],
      aggregated: { minCohort: 3, minGroupCells: 2 },
    },
    reviewPoints: [
      {
        reviewPointId: 'regulator-desk',
        title: 'Desk of the regulator',
        role: 'regulator',
        deadlineMs: REVIEW_MS,
      },
      {
        reviewPointId: 'operator-desk',
        title: 'Desk of the association',
        role: 'operator',
        deadlineMs: 86_400_000,
      },
    ],
    importantReviewPointId: 'regulator-desk',
    escalation: incidentKindSchema.options.map((kind) => ({
      kind,
      severity: 'minor',
      graceMs: 1000,
      measures: ['freeze-rewards'],
    })),
    crossBorderMspIds: ['AbroadMSP'],
    ...change,
  });
}
