import fc from 'fast-check';
import { delegationTermsSchema, memberIdSchema, type DelegationTerms } from '@veilsum/protocol';
import { SAMPLE_NOW, sampleMember } from '../../../../test/fakes/query-facts.js';
import { sampleDelegation } from '../../../../test/fakes/delegation.js';
import { changedUse, NOTHING_TAKEN, useWithout } from './delegation-charges.js';
import {
  checkDelegationRevocation,
  checkDelegationTerms,
  type DelegationTermsFacts,
} from './delegation-terms-rules.js';

const { principalId } = sampleDelegation();
const terms = delegationTermsSchema.strip().parse(sampleDelegation());

function facts(
  change: Partial<Record<keyof DelegationTerms, unknown>> = {},
  agent: DelegationTermsFacts['agent'] = sampleMember('analyst-1', { roles: ['analyst'] }),
): DelegationTermsFacts {
  return {
    terms: delegationTermsSchema.parse({ ...terms, ...change }),
    principalId,
    agent,
    now: SAMPLE_NOW,
  };
}

const failures = (of: DelegationTermsFacts) =>
  checkDelegationTerms(of)
    .trace.filter(({ passed }) => !passed)
    .map(({ rule, code, sentence }) => [rule, code, sentence]);

describe('checkDelegationTerms', () => {
  it('takes good terms, with equal limits for one query and for all', () => {
    const equal = { maxPricePerQuery: '3000', epsilonPerQueryMicro: 2_500_000 };
    expect(failures(facts(equal))).toEqual([]);
    expect(checkDelegationTerms(facts()).trace.map(({ rule }) => rule)).toEqual([
      'delegation-agent',
      'delegation-scope',
      'delegation-dates',
      'delegation-limits',
    ]);
  });

  it.each<[string, DelegationTermsFacts, string, RegExp]>([
    [
      'nobody as agent',
      { ...facts(), agent: undefined },
      'delegation-agent',
      /no member analyst-1/,
    ],
    [
      'itself as agent',
      facts({}, sampleMember('chain-1', { roles: ['analyst'] })),
      'delegation-agent',
      /delegates to himself/,
    ],
    [
      'an agent who is not active',
      facts({}, sampleMember('analyst-1', { roles: ['analyst'], status: 'suspended' })),
      'delegation-agent',
      /not active/,
    ],
    [
      'an agent who is no analyst',
      facts({}, sampleMember('analyst-1')),
      'delegation-agent',
      /no analyst/,
    ],
    [
      'a purpose twice',
      facts({ purposes: ['Marketing', 'Marketing'] }),
      'delegation-scope',
      /purposes has Marketing twice/,
    ],
    [
      'a product twice',
      facts({ productIds: ['traffic', 'traffic'] }),
      'delegation-scope',
      /productIds has traffic twice/,
    ],
    [
      'dates the wrong way round',
      facts({ notBefore: SAMPLE_NOW + 5, notAfter: SAMPLE_NOW + 5 }),
      'delegation-dates',
      /later than notBefore/,
    ],
    ['a last day that is over', facts({ notAfter: SAMPLE_NOW }), 'delegation-dates', /has passed/],
    [
      'a price above the budget',
      facts({ maxPricePerQuery: '3001' }),
      'delegation-limits',
      /maxPricePerQuery is more than moneyBudget/,
    ],
    [
      'an ε above the budget',
      facts({ epsilonPerQueryMicro: 2_500_001 }),
      'delegation-limits',
      /epsilonPerQueryMicro is more than epsilonBudgetMicro/,
    ],
  ])('refuses %s', (_what, of, rule, sentence) => {
    expect(failures(of)).toEqual([[rule, 'DELEGATION_INVALID', expect.stringMatching(sentence)]]);
  });
});

describe('checkDelegationRevocation', () => {
  it('lets the principal alone', () => {
    const by = (memberId: string) =>
      checkDelegationRevocation(sampleDelegation(), memberIdSchema.parse(memberId));
    expect(by('chain-1').allowed).toBe(true);
    expect(by('analyst-1').trace[0]).toMatchObject({
      code: 'FORBIDDEN',
      sentence: 'Only the principal revokes a delegation.',
    });
  });
});

describe('the counters of a delegation', () => {
  const part = fc.record({
    queries: fc.integer({ min: 0, max: 1 }),
    money: fc.bigInt({ min: 0n, max: 10n ** 25n }).map(String),
    epsilonMicro: fc.integer({ min: 0, max: 1_000_000_000 }),
  });

  it('are the sums of the parts, in whatever order these change', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.integer({ min: 0, max: 4 }), part)), (changes) => {
        const parts = new Map<number, typeof NOTHING_TAKEN>();
        let use = { delegationId: terms.delegationId, ...NOTHING_TAKEN };
        for (const [query, to] of changes) {
          use = changedUse(use, parts.get(query) ?? NOTHING_TAKEN, to);
          parts.set(query, to);
        }
        const all = [...parts.values()];
        expect(use).toEqual({
          delegationId: terms.delegationId,
          queries: all.reduce((sum, { queries }) => sum + queries, 0),
          money: String(all.reduce((sum, { money }) => sum + BigInt(money), 0n)),
          epsilonMicro: all.reduce((sum, { epsilonMicro }) => sum + epsilonMicro, 0),
        });
      }),
    );
  });

  it('leave out the own part of a query', () => {
    const use = { delegationId: terms.delegationId, queries: 3, money: '70', epsilonMicro: 9 };
    expect(useWithout(use, { queries: 1, money: '30', epsilonMicro: 4 })).toEqual({
      delegationId: terms.delegationId,
      queries: 2,
      money: '40',
      epsilonMicro: 5,
    });
  });
});
