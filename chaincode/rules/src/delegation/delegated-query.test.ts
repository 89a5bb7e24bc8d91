import type { QueryRequest } from '@veilsum/protocol';
import { SAMPLE_DELEGATION, sampleDelegated } from '../../../../test/fakes/delegation.js';
import {
  SAMPLE_NOW,
  sampleCandidate,
  sampleFacts,
  sampleMember,
  sampleProduct,
  sampleRequest,
} from '../../../../test/fakes/query-facts.js';
import { authorise } from '../query/authorisation.js';
import {
  askersOf,
  delegationAllows,
  delegationRecharge,
  delegationStands,
  type DelegatedUse,
  type DelegationFacts,
} from './delegated-query.js';

function facts(
  delegated: DelegatedUse | undefined,
  change: Partial<Record<keyof QueryRequest, unknown>> = {},
): DelegationFacts {
  return {
    request: sampleRequest({ delegationId: SAMPLE_DELEGATION, ...change }),
    analyst: sampleMember('analyst-1', { roles: ['analyst'] }),
    delegated,
    now: SAMPLE_NOW,
  };
}

/** Codes with the sentences, of the rules that say no. */
const failures = (outcomes: ReturnType<typeof delegationAllows>) =>
  outcomes.filter(({ passed }) => !passed).map(({ code, sentence }) => [code, sentence]);

describe('delegationAllows', () => {
  it('says nothing about a request in one’s own name', () => {
    expect(delegationAllows(facts(undefined, { delegationId: undefined }), 1n)).toEqual([]);
  });

  it('refuses a delegation that there is not, or another one than is named', () => {
    expect(failures(delegationAllows(facts(undefined), 1n))).toEqual([
      ['DELEGATION_NOT_FOUND', `There is no delegation ${SAMPLE_DELEGATION}.`],
    ]);
    const other = sampleDelegated({ delegationId: '1'.repeat(32) });
    expect(failures(delegationStands(facts(other))).map(([code]) => code)).toEqual([
      'DELEGATION_NOT_FOUND',
    ]);
  });

  it('passes with every limit met to the last unit, and shows what each looked at', () => {
    const spent = { queries: 2, money: '1500', epsilonMicro: 1_500_000 };
    const outcomes = delegationAllows(facts(sampleDelegated({}, spent)), 1500n);
    expect(failures(outcomes)).toEqual([]);
    expect(outcomes.map(({ rule, inputs }) => [rule, inputs])).toEqual(
      (
        [
          ['delegation-agent', {}],
          ['delegation-principal', { principal: 'chain-1' }],
          ['delegation-active', {}],
          ['delegation-dates', { now: String(SAMPLE_NOW) }],
          ['delegation-purpose', { purpose: 'CommercialResearch' }],
          ['delegation-product', { productId: 'weekly-sales' }],
          ['delegation-price', { price: '1500', limit: '1500' }],
          ['delegation-budget', { money: '3000', limit: '3000' }],
          ['delegation-epsilon', { epsilonMicro: '1000000', limit: '1000000' }],
          ['delegation-epsilon-budget', { epsilonMicro: '2500000', limit: '2500000' }],
          ['delegation-queries', { queries: '3', limit: '3' }],
        ] as const
      ).map(([rule, inputs]) => [rule, { delegationId: SAMPLE_DELEGATION, ...inputs }]),
    );
  });

  it.each<[string, DelegatedUse, [string, RegExp]]>([
    [
      'another agent',
      sampleDelegated({ agentId: 'acme' }),
      ['DELEGATION_NOT_YOURS', /for acme, not/],
    ],
    [
      'a principal who was suspended',
      sampleDelegated({}, { principal: sampleMember('chain-1', { status: 'suspended' }) }),
      ['MEMBER_NOT_ACTIVE', /principal chain-1 is not an active member/],
    ],
    [
      'a revocation',
      sampleDelegated({ status: 'revoked' }),
      ['DELEGATION_REVOKED', /chain-1 revoked/],
    ],
    [
      'a time before the first moment',
      sampleDelegated({ notBefore: SAMPLE_NOW + 1 }),
      ['DELEGATION_EXPIRED', /not valid yet/],
    ],
    [
      'a time after the last moment',
      sampleDelegated({ notAfter: SAMPLE_NOW - 1 }),
      ['DELEGATION_EXPIRED', /has expired/],
    ],
    [
      'another purpose',
      sampleDelegated({ purposes: ['Marketing', 'Advertising'] }),
      ['DELEGATION_PURPOSE', /Marketing, Advertising only, not CommercialResearch/],
    ],
    [
      'another product',
      sampleDelegated({ productIds: ['traffic', 'stock'] }),
      ['DELEGATION_PRODUCT', /traffic, stock only, not weekly-sales/],
    ],
    [
      'a price above that of one query',
      sampleDelegated({ maxPricePerQuery: '999' }),
      ['DELEGATION_PRICE', /price is 1000 .* lets one query cost 999/],
    ],
    [
      'a price above what is left',
      sampleDelegated({}, { money: '2001' }),
      ['DELEGATION_BUDGET', /price is 1000 .* 999 are left/],
    ],
    [
      'an ε above that of one query',
      sampleDelegated({ epsilonPerQueryMicro: 999_999 }),
      ['DELEGATION_EPSILON', /asks for ε 1, .* take ε 0\.999999/],
    ],
    [
      'an ε above what is left',
      sampleDelegated({}, { epsilonMicro: 1_500_001 }),
      ['DELEGATION_EPSILON_BUDGET', /takes ε 1, .* ε 0\.999999 is left/],
    ],
    [
      'an ε when recharges took more than there was',
      sampleDelegated({}, { epsilonMicro: 2_500_001 }),
      ['DELEGATION_EPSILON_BUDGET', /ε 0 is left/],
    ],
    [
      'one query too many',
      sampleDelegated({}, { queries: 3 }),
      ['DELEGATION_QUERIES', /3 queries/],
    ],
  ])('refuses %s, with a code of its own', (_what, delegated, [code, sentence]) => {
    const found = failures(delegationAllows(facts(delegated), 1000n));
    expect(found).toEqual([[code, expect.stringMatching(sentence)]]);
  });

  it('takes both ends of its dates', () => {
    const now = { notBefore: SAMPLE_NOW, notAfter: SAMPLE_NOW + 1 };
    expect(failures(delegationStands(facts(sampleDelegated(now))))).toEqual([]);
    const last = { notBefore: SAMPLE_NOW - 1, notAfter: SAMPLE_NOW };
    expect(failures(delegationStands(facts(sampleDelegated(last))))).toEqual([]);
  });

  it('takes every product when it names none', () => {
    const delegated = sampleDelegated({ productIds: undefined });
    expect(failures(delegationStands(facts(delegated, { productId: 'traffic' })))).toEqual([]);
  });
});

describe('delegationRecharge', () => {
  it('allows another attempt while its ε is left', () => {
    const at = (epsilonMicro: number) =>
      delegationRecharge(sampleDelegated({}, { epsilonMicro }), 1_000_000).passed;
    expect([at(1_500_000), at(1_500_001)]).toEqual([true, false]);
  });
});

describe('a request under a delegation', () => {
  const request = sampleRequest({ delegationId: SAMPLE_DELEGATION });
  const codesOf = (change: Parameters<typeof sampleFacts>[0]) =>
    authorise(sampleFacts({ request, ...change }))
      .verdict.trace.filter(({ passed }) => !passed)
      .map(({ code }) => code);

  it('is authorised for the agent, with the delegation in the trace', () => {
    const { plan, verdict } = authorise(sampleFacts({ request, delegated: sampleDelegated() }));
    expect(plan?.analyst).toBe('analyst-1');
    expect(verdict.trace.filter(({ rule }) => rule.startsWith('delegation-'))).toHaveLength(11);
  });

  it('is refused when the facts lack the delegation, and lists every limit that it breaks', () => {
    expect(codesOf({ delegated: undefined })).toEqual(['DELEGATION_NOT_FOUND']);
    const delegated = sampleDelegated({
      purposes: ['Marketing'],
      maxPricePerQuery: '1',
      moneyBudget: '2',
      epsilonPerQueryMicro: 1,
      epsilonBudgetMicro: 2,
      status: 'revoked',
    });
    expect(codesOf({ delegated })).toEqual([
      'DELEGATION_REVOKED',
      'DELEGATION_PURPOSE',
      'DELEGATION_PRICE',
      'DELEGATION_BUDGET',
      'DELEGATION_EPSILON',
      'DELEGATION_EPSILON_BUDGET',
    ]);
  });

  it('needs consents that allow the principal too', () => {
    const stranger = sampleMember('chain-1', { roles: ['merchant'] });
    const delegated = sampleDelegated({}, { principal: stranger });
    expect(codesOf({ delegated })).toEqual(['CONSENT_MISSING', 'COHORT_TOO_SMALL']);
    const consent = { recipients: ['role:analyst', 'member:chain-1'] };
    const candidates = [1, 2, 3, 4].map((number) => sampleCandidate(number, { consent }));
    expect(codesOf({ delegated, candidates })).toEqual([]);
  });

  it('needs a product that is shared with the principal too', () => {
    const product = sampleProduct({ audience: { roles: [], members: ['analyst-1'] } });
    expect(codesOf({ delegated: sampleDelegated(), product })).toEqual(['AUDIENCE_NOT_INCLUDED']);
    const both = sampleProduct({ audience: { roles: [], members: ['analyst-1', 'chain-1'] } });
    expect(codesOf({ delegated: sampleDelegated(), product: both })).toEqual([]);
  });

  it('asks for the principal as well as for the agent', () => {
    expect(askersOf('agent', undefined)).toEqual(['agent']);
    expect(askersOf('agent', { principal: 'principal' })).toEqual(['agent', 'principal']);
  });
});
