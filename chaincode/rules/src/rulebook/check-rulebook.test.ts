import { incidentKindSchema, type Rulebook } from '@veilsum/protocol';
import { sampleRulebook } from '../../../../test/fakes/sample-rulebook.js';
import { PROPOSAL_LIFETIME_MAX_MS } from '../proposal/proposal-rules.js';
import { checkRulebook, checkRulebookAmong } from './check-rulebook.js';

type Change = Partial<Record<keyof Rulebook, unknown>>;

/** Rules that failed, each with its sentence. */
function faults(change: Change): [string, string][] {
  const { allowed, trace } = checkRulebook(sampleRulebook(change));
  const failed = trace.filter(({ passed }) => !passed);
  expect(allowed).toBe(failed.length === 0);
  expect(failed.every(({ code }) => code === 'RULEBOOK_INVALID')).toBe(true);
  return failed.map(({ rule, sentence }) => [rule, sentence]);
}

const [deny, review] = sampleRulebook().negativeList;
const points = sampleRulebook().reviewPoints;
const rows = sampleRulebook().escalation;
const consent = {
  consentTemplateId: 'plain-terms',
  title: 'Plain terms',
  functions: ['sum'],
  release: 'noisy',
  minCohort: 5,
  maxUses: 10,
  epsilonPerEpochMicro: 1,
  minimumPricePerUse: '0',
};
const scenario = {
  entryId: 'share-sales',
  title: 'Share sales',
  tags: ['sales'],
  classification: 'general',
  recipientRoles: ['platform'],
  purposes: ['Marketing'],
  steps: ['Grant a consent.'],
  consentTemplateId: 'plain-terms',
};
const word = (kind: string, term: string, synonyms: string[] = []) => ({ kind, term, synonyms });

describe('checkRulebook', () => {
  test('accepts the sample, an empty list, and a guide whose names all exist', () => {
    expect(faults({})).toEqual([]);
    expect(faults({ negativeList: [] })).toEqual([]);
    expect(
      faults({
        guide: [scenario],
        guideConsents: [consent],
        guideWords: [
          word('role', 'platform', ['marketplace']),
          word('purpose', 'Marketing', ['ads']),
          word('tag', 'ads'),
          word('tag', 'platform', ['Marketing']),
        ],
      }),
    ).toEqual([]);
  });

  test.each<[string, Change, string, RegExp]>([
    ['an entry twice', { negativeList: [deny, deny] }, 'rulebook-names', /negativeList .*twice/],
    ['a point twice', { reviewPoints: [...points, points[0]] }, 'rulebook-names', /regulator-desk/],
    ['an organisation twice', { crossBorderMspIds: ['A1', 'A1'] }, 'rulebook-names', /A1 twice/],
    [
      'two levels for a tag',
      {
        levels: {
          ...sampleRulebook().levels,
          byTag: [
            { tag: 'x', level: 'core' },
            { tag: 'x', level: 'general' },
          ],
        },
      },
      'rulebook-names',
      /levels\.byTag has x twice/,
    ],
    [
      'a scenario twice',
      { guide: [scenario, scenario], guideConsents: [consent] },
      'rulebook-names',
      /guide has share-sales/,
    ],
    [
      'consent terms twice',
      { guideConsents: [consent, consent] },
      'rulebook-names',
      /guideConsents has plain-terms/,
    ],
    [
      'a word for two purposes',
      {
        guideWords: [
          word('purpose', 'Marketing', ['ads']),
          word('purpose', 'Advertising', ['ADS']),
        ],
      },
      'rulebook-names',
      /purpose ads twice/,
    ],
    [
      'an entry that matches everything',
      { negativeList: [{ ...deny, match: {} }] },
      'rulebook-negative-list',
      /no-minors-ads matches every use/,
    ],
    [
      'a denial with a review point',
      { negativeList: [{ ...deny, reviewPointId: 'regulator-desk' }] },
      'rulebook-negative-list',
      /denies/,
    ],
    [
      'a review without a point',
      { negativeList: [{ ...review, reviewPointId: undefined }] },
      'rulebook-negative-list',
      /names no review point\.$/,
    ],
    [
      'a review by a point that is not there',
      { negativeList: [{ ...review, reviewPointId: 'nobody' }] },
      'rulebook-negative-list',
      /no review point: nobody/,
    ],
    [
      'important data that nobody reviews',
      { importantReviewPointId: 'nobody' },
      'rulebook-reviews',
      /does not exist: nobody/,
    ],
    [
      'important data that the operator reviews',
      { importantReviewPointId: 'operator-desk' },
      'rulebook-reviews',
      /role regulator, not operator/,
    ],
    [
      'a scenario without its consent terms',
      { guide: [scenario] },
      'rulebook-guide',
      /share-sales names no consent template: plain-terms/,
    ],
    ['words for no role', { guideWords: [word('role', 'king')] }, 'rulebook-guide', /role .* king/],
    [
      'words for no purpose',
      { guideWords: [word('purpose', 'marketing')] },
      'rulebook-guide',
      /purpose .* marketing/,
    ],
    [
      'a kind of incident without a row',
      { escalation: rows.slice(1) },
      'rulebook-escalation',
      new RegExp(`no row for ${incidentKindSchema.options[0]}`),
    ],
    [
      'a kind of incident with two rows',
      { escalation: [...rows, rows[0]] },
      'rulebook-names',
      /escalation has/,
    ],
    [
      'a minor incident without grace',
      { escalation: rows.map((row, n) => (n === 0 ? { ...row, graceMs: 0 } : row)) },
      'rulebook-escalation',
      /needs a time to mend/,
    ],
    [
      'a major incident with grace',
      { escalation: rows.map((row, n) => (n === 0 ? { ...row, severity: 'major' } : row)) },
      'rulebook-escalation',
      /has no time to mend/,
    ],
  ])('refuses %s', (_name, change, rule, sentence) => {
    const found = faults(change);
    expect(found.map(([name]) => name)).toEqual([rule]);
    expect(found[0]?.[1]).toMatch(sentence);
  });

  test('lets a major incident have no time to mend it', () => {
    const major = rows.map((row) => ({ ...row, severity: 'major', graceMs: 0 }));
    expect(faults({ escalation: major })).toEqual([]);
  });
});

describe('checkRulebookAmong', () => {
  const NOW = 10_000_000_000;
  const among = (version: number, effectiveFrom: number, versions: number[]) =>
    checkRulebookAmong({ version, effectiveFrom }, { versions, now: NOW })
      .trace.filter(({ passed }) => !passed)
      .map(({ rule }) => rule);

  test('takes the first and any higher version', () => {
    expect(among(1, NOW, [])).toEqual([]);
    expect(among(4, NOW, [1, 3, 2])).toEqual([]);
    expect(among(3, NOW, [1, 3, 2])).toEqual(['rulebook-version']);
    expect(among(2, NOW, [3])).toEqual(['rulebook-version']);
  });

  test('takes no date that is older than any proposal may get', () => {
    expect(among(1, NOW - PROPOSAL_LIFETIME_MAX_MS, [])).toEqual([]);
    expect(among(1, NOW - PROPOSAL_LIFETIME_MAX_MS - 1, [])).toEqual(['rulebook-effective']);
  });
});
