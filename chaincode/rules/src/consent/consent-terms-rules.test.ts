import { consentSchema, memberIdSchema, productSchema, type Consent } from '@veilsum/protocol';
import { refusalLines } from '../../../../test/fakes/refusal-lines.js';
import {
  sampleConsent,
  sampleId,
  sampleProduct,
} from '../../../contracts/src/testing/sample-objects.js';
import {
  checkConsentAmendment,
  checkConsentTerms,
  checkConsentWithdrawal,
  namedRecipients,
} from './consent-terms-rules.js';

const NOW = 1_767_225_600_000;
const product = productSchema.parse({ ...sampleProduct(), publishedAt: 0 });
const merchant = memberIdSchema.parse('merchant-1');

type Changes = Parameters<typeof sampleConsent>[2];

function check(changes: Changes = {}, roles: readonly ('merchant' | 'analyst')[] = ['merchant']) {
  const verdict = checkConsentTerms({
    terms: sampleConsent(sampleId('consent'), NOW, changes),
    product,
    contributor: { memberId: merchant, roles: [...roles] },
    knownMembers: new Set(['acme']),
    now: NOW,
  });
  return verdict.trace.filter(({ passed }) => !passed).map(({ rule, code }) => [rule, code]);
}

describe('checkConsentTerms', () => {
  it('accepts terms within the product', () => {
    expect(check()).toEqual([]);
    expect(check({ recipients: ['member:acme', 'role:regulator'] })).toEqual([]);
    expect(check({}, ['analyst', 'merchant'])).toEqual([]);
  });

  it.each<[string, Changes, string]>([
    ['a purpose beyond the product', { purposes: ['Marketing'] }, 'consent-scope'],
    [
      'a purpose twice',
      { purposes: ['ServiceOptimisation', 'ServiceOptimisation'] },
      'consent-scope',
    ],
    ['a function twice', { functions: ['sum', 'sum'] }, 'consent-scope'],
    ['another product', { productId: 'others' }, 'consent-scope'],
    ['another version', { productVersion: 2 }, 'consent-scope'],
    ['an unknown member', { recipients: ['member:nobody'] }, 'consent-recipients'],
    ['an unknown role', { recipients: ['role:king'] }, 'consent-recipients'],
    ['a recipient twice', { recipients: ['role:analyst', 'role:analyst'] }, 'consent-recipients'],
    ['an end in the past', { notAfter: NOW - 1 }, 'consent-dates'],
    ['an end now', { notAfter: NOW }, 'consent-dates'],
    ['no time between its dates', { notBefore: NOW + 5, notAfter: NOW + 5 }, 'consent-dates'],
    ['a cohort that cannot be', { minCohort: 5 }, 'consent-cohort'],
  ])('refuses %s', (_name, changes, rule) => {
    expect(check(changes)).toEqual([[rule, 'CONSENT_INVALID']]);
  });

  it('accepts the last moment and the largest cohort', () => {
    expect(check({ notAfter: NOW + 1 })).toEqual([]);
    expect(check({ minCohort: 4 })).toEqual([]);
  });

  it('refuses a contributor without a role that the product takes', () => {
    expect(check({}, ['analyst'])).toEqual([['consent-contributor', 'FORBIDDEN']]);
  });

  it('refuses a function that the product does not answer', () => {
    const verdict = checkConsentTerms({
      terms: sampleConsent(sampleId('consent'), NOW, { functions: ['variance'] }),
      product: { ...product, functions: ['count'] },
      contributor: { memberId: merchant, roles: ['merchant'] },
      knownMembers: new Set(),
      now: NOW,
    });
    expect(verdict.allowed).toBe(false);
  });

  it('lists every rule that fails, not the first one alone', () => {
    expect(check({ minCohort: 5, notAfter: NOW - 1 }, ['analyst']).map(([rule]) => rule)).toEqual([
      'consent-contributor',
      'consent-dates',
      'consent-cohort',
    ]);
  });
});

describe('checkConsentAmendment and checkConsentWithdrawal', () => {
  const current: Consent = consentSchema.parse({
    ...sampleConsent(sampleId('consent'), NOW),
    contributorId: merchant,
    revision: 1,
    status: 'active',
    givenAt: NOW,
    changedAt: NOW,
  });
  const codes = (consent: Consent, changes: Changes, caller: string) =>
    checkConsentAmendment(consent, sampleConsent(consent.consentId, NOW, changes), caller)
      .trace.filter(({ passed }) => !passed)
      .map(({ code }) => code);

  it('lets its contributor change an active consent to the same product', () => {
    expect(codes(current, { maxUses: 1 }, merchant)).toEqual([]);
    expect(codes(current, { maxUses: 1 }, 'merchant-2')).toEqual(['FORBIDDEN']);
    expect(codes({ ...current, status: 'withdrawn' }, {}, merchant)).toEqual(['CONSENT_WITHDRAWN']);
    expect(codes(current, { productVersion: 2 }, merchant)).toEqual(['CONSENT_INVALID']);
    expect(codes(current, { productId: 'others' }, merchant)).toEqual(['CONSENT_INVALID']);
  });

  it('lets its contributor alone withdraw it', () => {
    expect(checkConsentWithdrawal(current, merchant).allowed).toBe(true);
    expect(checkConsentWithdrawal(current, 'operator').allowed).toBe(false);
  });
});

describe('namedRecipients', () => {
  it('are the members, without the roles', () => {
    expect(namedRecipients({ recipients: ['role:analyst', 'member:acme', 'member:b2'] })).toEqual([
      'acme',
      'b2',
    ]);
  });
});

describe('what refused terms are told', () => {
  const verdictOn = (changes: Changes, roles: readonly ('merchant' | 'analyst')[] = ['merchant']) =>
    checkConsentTerms({
      terms: sampleConsent(sampleId('consent'), NOW, changes),
      product: { ...product, contributorRoles: ['merchant', 'platform'] },
      contributor: { memberId: merchant, roles: [...roles] },
      knownMembers: new Set(['acme']),
      now: NOW,
    });

  it.each<[string, Changes]>([
    ['another product', { productId: 'others' }],
    ['field purposes has Marketing, which the product does not offer', { purposes: ['Marketing'] }],
    [
      'field purposes has ServiceOptimisation twice',
      { purposes: ['ServiceOptimisation', 'ServiceOptimisation'] },
    ],
    ['field functions has sum twice', { functions: ['sum', 'sum'] }],
    ['field recipients has role:king, which', { recipients: ['role:king'] }],
    ['field recipients has member:acme twice', { recipients: ['member:acme', 'member:acme'] }],
    ['notAfter must be later than notBefore', { notBefore: NOW + 5, notAfter: NOW + 5 }],
    ['notAfter has passed', { notAfter: NOW - 1 }],
    ['minCohort is more than the 4 contributors', { minCohort: 5 }],
  ])('%s', (words, changes) => {
    expect(refusalLines(verdictOn(changes))).toEqual([expect.stringContaining(words)]);
  });

  it('names the roles that are taken, one of which is enough', () => {
    expect(refusalLines(verdictOn({}, ['analyst']))).toEqual([
      expect.stringContaining('of these roles only: merchant, platform.'),
    ]);
    expect(verdictOn({}).allowed).toBe(true);
  });

  it('is held against the consent, the product and the time', () => {
    const about = { consentId: sampleId('consent'), productId: 'weekly-sales' };
    const inputs = verdictOn({}).trace.map((outcome) => outcome.inputs);
    expect(inputs).toEqual([about, about, about, { ...about, now: String(NOW) }, about]);
  });

  it('says why a change or withdrawal is refused', () => {
    const consent = {
      ...sampleConsent(sampleId('consent'), NOW),
      contributorId: merchant,
      status: 'withdrawn' as const,
    };
    const amended = checkConsentAmendment(consent, { ...consent, productVersion: 2 }, 'other');
    expect(refusalLines(amended)).toEqual([
      expect.stringMatching(/^consent-owner FORBIDDEN: .*contributor who gave it/),
      expect.stringMatching(/^consent-active CONSENT_WITHDRAWN: .*withdrawn; give a new one/),
      expect.stringMatching(/^consent-product CONSENT_INVALID: .*new consent for another/),
    ]);
    const withdrawn = checkConsentWithdrawal(consent, 'other');
    expect(refusalLines(withdrawn)).toEqual([expect.stringMatching(/^consent-owner FORBIDDEN/)]);
    for (const { inputs } of [...amended.trace, ...withdrawn.trace]) {
      expect(inputs).toEqual({ consentId: consent.consentId });
    }
  });
});
