import {
  SAMPLE_NOW,
  sampleCandidate,
  sampleFacts,
  sampleMember,
  sampleRequest,
  type CandidateChanges,
} from '../../../../test/fakes/query-facts.js';
import { eligibilityOf, epsilonLeftMicro, type EligibilityTerms } from './eligibility.js';

const base = sampleFacts();
const { contribution } = sampleCandidate(1);
const terms: EligibilityTerms = {
  request: sampleRequest(),
  analyst: base.analyst,
  delegated: undefined,
  now: SAMPLE_NOW,
  keyId: contribution.keyId,
  layoutHash: contribution.layoutHash,
  productEpsilonMicro: 5_000_000,
};

function reasonFor(change: CandidateChanges, changed: Partial<EligibilityTerms> = {}) {
  const { exclusions, byBudget } = eligibilityOf([sampleCandidate(1, change)], {
    ...terms,
    ...changed,
  });
  expect(exclusions.length + byBudget.length).toBe(1);
  return exclusions[0]?.reason;
}

describe('eligibilityOf', () => {
  test('accepts a stored contribution with a consent that allows the use', () => {
    expect(reasonFor({})).toBeUndefined();
  });

  test.each<[string, CandidateChanges]>([
    ['not-stored', { contribution: { status: 'registered' } }],
    ['not-stored', { contribution: { status: 'frozen' } }],
    ['other-key', { contribution: { keyId: 'f'.repeat(64) } }],
    ['other-key', { contribution: { layoutHash: 'f'.repeat(64) } }],
    ['member-not-active', { contributor: { status: 'suspended' } }],
    ['consent-missing', { consent: null }],
    ['consent-missing', { consent: { contributorId: 'merchant-2' } }],
    ['consent-missing', { consent: { productVersion: 2 } }],
    ['consent-missing', { consent: { productId: 'other-product' } }],
    ['consent-withdrawn', { consent: { status: 'withdrawn' } }],
    ['consent-purpose', { consent: { purposes: ['Marketing'] } }],
    ['consent-function', { consent: { functions: ['count', 'mean'] } }],
    ['consent-recipient', { consent: { recipients: ['role:platform', 'member:analyst-2'] } }],
    ['consent-uses', { consent: { maxUses: 3 }, consentUses: 3 }],
    ['privacy-budget', { spentMicro: 2_000_001 }],
  ])('leaves one out as %s: %j', (reason, change) => {
    expect(reasonFor(change)).toBe(reason);
  });

  test('asks for release only where it matters', () => {
    const noisyOnly = { consent: { release: 'noisy' } };
    expect(reasonFor(noisyOnly)).toBeUndefined();
    const exact = { request: sampleRequest({ release: 'exact', epsilonMicro: 0 }) };
    expect(reasonFor(noisyOnly, exact)).toBe('consent-release');
    expect(reasonFor({}, exact)).toBeUndefined();
    expect(reasonFor({ spentMicro: 9_000_000 }, exact)).toBeUndefined();
  });

  test.each<[string, CandidateChanges, Partial<EligibilityTerms>]>([
    ['the first millisecond', {}, { now: SAMPLE_NOW - 1000 }],
    ['the last millisecond', {}, { now: SAMPLE_NOW + 1_000_000 }],
    ['the last use', { consent: { maxUses: 3 }, consentUses: 2 }, {}],
    ['the last millionth of the consent', { spentMicro: 2_000_000 }, {}],
    ['a recipient by name', { consent: { recipients: ['member:analyst-1'] } }, {}],
    [
      'one of several roles',
      { consent: { recipients: ['role:regulator'] } },
      { analyst: sampleMember('analyst-1', { roles: ['analyst', 'regulator'] }) },
    ],
  ])('accepts %s', (_name, change, changed) => {
    expect(reasonFor(change, changed)).toBeUndefined();
  });

  test.each<[Partial<EligibilityTerms>]>([
    [{ now: SAMPLE_NOW - 1001 }],
    [{ now: SAMPLE_NOW + 1_000_001 }],
  ])('refuses a time outside the dates: %j', (changed) => {
    expect(reasonFor({}, changed)).toBe('consent-dates');
  });

  test('counts against the smaller of the two budgets', () => {
    expect(reasonFor({ spentMicro: 1 }, { productEpsilonMicro: 1_000_000 })).toBe('privacy-budget');
    const { consent } = sampleCandidate(1);
    if (consent === undefined) throw new Error('The sample has a consent.');
    expect(epsilonLeftMicro({ consent, spentMicro: 1 }, 5_000_000)).toBe(2_999_999);
    expect(epsilonLeftMicro({ consent, spentMicro: 1 }, 1_000_000)).toBe(999_999);
    expect(epsilonLeftMicro({ consent, spentMicro: 7_000_000 }, 1_000_000)).toBe(0);
  });

  test('keeps apart how far each comes, and forgets history', () => {
    const { byTerms, byRelease, byBudget, exclusions } = eligibilityOf(
      [
        sampleCandidate(1),
        sampleCandidate(2, { spentMicro: 3_000_000 }),
        sampleCandidate(3, { consent: { purposes: ['Marketing'] } }),
        sampleCandidate(4, { contribution: { status: 'superseded' } }),
        sampleCandidate(5, { contribution: { status: 'withdrawn' } }),
      ],
      terms,
    );
    expect([byTerms.length, byRelease.length, byBudget.length]).toEqual([2, 2, 1]);
    expect(exclusions.map(({ reason }) => reason)).toEqual(['privacy-budget', 'consent-purpose']);
  });

  test('lets a candidate in by its terms whose consent takes noisy release only', () => {
    const exact = { request: sampleRequest({ release: 'exact', epsilonMicro: 0 }) };
    const { byTerms, byRelease } = eligibilityOf(
      [sampleCandidate(1, { consent: { release: 'noisy' } })],
      { ...terms, ...exact },
    );
    expect([byTerms.length, byRelease.length]).toEqual([1, 0]);
  });
});
