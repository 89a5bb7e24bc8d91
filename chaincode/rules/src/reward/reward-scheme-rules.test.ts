import { rewardSchemeSchema, type RewardScheme } from '@veilsum/protocol';
import { checkRewardScheme, rewardSchemeInForce } from './reward-scheme-rules.js';

const scheme = (change: Partial<Record<keyof RewardScheme, unknown>> = {}): RewardScheme =>
  rewardSchemeSchema.parse({
    format: 'veilsum-reward-scheme/1',
    version: 1,
    effectiveFrom: 1000,
    split: { contributorsBps: 6000, keyholdersBps: 1500, operatorBps: 1500, subsidyFundBps: 1000 },
    smallMembers: { priceBps: 7200, priceSupportMax: '400', topUpBps: 2000, topUpMax: '30' },
    costCompensationBps: 2000,
    freshness: [
      { ageDaysMax: 10, weight: 4 },
      { ageDaysMax: 20, weight: 4 },
    ],
    quality: { base: 2, declaredCoverage: 2, agreedOpening: 4 },
    ...change,
  });
const small = (change: Partial<RewardScheme['smallMembers']>) => ({
  smallMembers: { ...scheme().smallMembers, ...change },
});
const faults = (given: RewardScheme, adopted: readonly RewardScheme[] = []) =>
  checkRewardScheme(given, adopted)
    .trace.filter(({ passed }) => !passed)
    .map(({ rule, code, sentence }) => `${rule} ${code}: ${sentence}`);

describe('rewardSchemeInForce', () => {
  const versions = [
    scheme({ version: 2, effectiveFrom: 2000 }),
    scheme({ version: 1, effectiveFrom: 1000 }),
    scheme({ version: 3, effectiveFrom: 3000 }),
  ];
  it.each<[number, number | undefined]>([
    [999, undefined],
    [1000, 1],
    [1999, 1],
    [2000, 2],
    [2999, 2],
    [3000, 3],
  ])('at %i is %s', (now, version) => {
    expect(rewardSchemeInForce(versions, now)?.version).toBe(version);
  });
});

describe('checkRewardScheme', () => {
  it('allows a sound first one, and its successor', () => {
    expect(faults(scheme())).toEqual([]);
    const second = scheme({ version: 2, effectiveFrom: 1000 });
    expect(faults(second, [scheme()])).toEqual([]);
    expect(checkRewardScheme(scheme(), []).trace.map(({ rule }) => rule)).toEqual([
      'scheme-version',
      'scheme-split',
      'scheme-caps',
      'scheme-freshness',
      'scheme-self-asking',
    ]);
  });

  it.each<[string, RewardScheme, readonly RewardScheme[], RegExp]>([
    ['a version left out', scheme({ version: 2 }), [], /version must be 1\./],
    ['a version twice', scheme(), [scheme()], /version must be 2\./],
    [
      'one before its predecessor',
      scheme({ version: 2, effectiveFrom: 999 }),
      [scheme()],
      /before/,
    ],
    [
      'parts of more than the whole',
      scheme({ split: { ...scheme().split, operatorBps: 1501 } }),
      [],
      /add up to 10001, not to 10000/,
    ],
    ['a support without a cap', scheme(small({ priceSupportMax: '0' })), [], /priceSupportMax/],
    [
      'a cap without a support',
      scheme(small({ priceBps: 10_000 })),
      [],
      /priceSupportMax is 0 exactly if priceBps is 10000/,
    ],
    ['a top-up without a cap', scheme(small({ topUpMax: '0' })), [], /topUpMax/],
    ['a cap without a top-up', scheme(small({ topUpBps: 0 })), [], /topUpMax is 0 exactly/],
    [
      'ages that do not ascend',
      scheme({
        freshness: [
          { ageDaysMax: 10, weight: 4 },
          { ageDaysMax: 10, weight: 3 },
        ],
      }),
      [],
      /freshness\.1 must be older/,
    ],
    [
      'an old contribution that weighs more',
      scheme({
        freshness: [
          { ageDaysMax: 10, weight: 4 },
          { ageDaysMax: 11, weight: 5 },
        ],
      }),
      [],
      /freshness\.1 .* weigh no more/,
    ],
    [
      'a gain from asking oneself',
      scheme(small({ priceBps: 7199 })),
      [],
      /gain from it; priceBps must be at least 7200/,
    ],
  ])('refuses %s', (_what, given, adopted, sentence) => {
    const found = faults(given, adopted);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(/^\S+ REWARD_SCHEME_INVALID: /);
    expect(found[0]).toMatch(sentence);
  });

  it('takes no support and no top-up, both without caps', () => {
    const none = { priceBps: 10_000, priceSupportMax: '0', topUpBps: 0, topUpMax: '0' };
    expect(faults(scheme({ smallMembers: none, freshness: [] }))).toEqual([]);
  });
});
