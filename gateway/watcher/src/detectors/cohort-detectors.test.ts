import { epochPeriod } from '@veilsum/rules';
import { SAMPLE_NOW, sampleProduct } from '../../../../test/fakes/query-facts.js';
import { samplePicture, watchedQuery } from '../../../../test/fakes/watcher/sample-picture.js';
import { defaultThresholds } from '../thresholds.js';
import { detectSmallCohorts, detectSpentBudgets } from './cohort-detectors.js';

const at = (now: number, change: Partial<typeof defaultThresholds> = {}) => ({
  now,
  thresholds: { ...defaultThresholds, ...change },
});

describe('a cohort close to its minimum', () => {
  it('is one at the minimum, and none above the margin', () => {
    const found = detectSmallCohorts(samplePicture(3), at(SAMPLE_NOW));
    expect(found).toMatchObject([{ subject: 'product:weekly-sales/version:1', period: '2017-Q1' }]);
    expect(found[0]?.sentence).toContain('1 more withdrawal stops');
    expect(detectSmallCohorts(samplePicture(4), at(SAMPLE_NOW))).toEqual([]);
    expect(detectSmallCohorts(samplePicture(4), at(SAMPLE_NOW, { cohortMargin: 1 }))).toHaveLength(
      1,
    );
    expect(detectSmallCohorts(samplePicture(5), at(SAMPLE_NOW, { cohortMargin: 1 }))).toEqual([]);
  });

  it('is none while contributions still come in, and one when questions were answered before', () => {
    expect(detectSmallCohorts(samplePicture(2), at(SAMPLE_NOW))).toEqual([]);
    const asked = samplePicture(2, { queries: [watchedQuery({ status: 'released' })] });
    expect(detectSmallCohorts(asked, at(SAMPLE_NOW))).toMatchObject([{ severity: 'warning' }]);
    const open = samplePicture(2, { queries: [watchedQuery()] });
    expect(detectSmallCohorts(open, at(SAMPLE_NOW))).toEqual([]);
  });

  it('counts legal entities with live consents, stored contributions and active members', () => {
    const four = samplePicture(4);
    const change = <T>(items: readonly T[], part: Partial<T>) =>
      items.map((item, index) => (index === 0 ? { ...item, ...part } : item));
    const [, second] = four.members;
    for (const three of [
      { ...four, consents: change(four.consents, { status: 'withdrawn' }) },
      { ...four, consents: change(four.consents, { notAfter: SAMPLE_NOW - 1 }) },
      { ...four, contributions: change(four.contributions, { status: 'registered' }) },
      { ...four, members: change(four.members, { status: 'suspended' }) },
      { ...four, members: change(four.members, { legalEntityId: second?.legalEntityId as never }) },
    ]) {
      expect(detectSmallCohorts(three, at(SAMPLE_NOW))).toHaveLength(1);
    }
  });

  it('is none of epochs that ended long ago', () => {
    const { endMs } = epochPeriod('quarter', '2017-Q1');
    const consents = samplePicture(3).consents.map((one) => ({ ...one, notAfter: 1e14 }));
    const picture = samplePicture(3, { consents });
    const last = endMs + defaultThresholds.cohortEpochMs;
    expect(detectSmallCohorts(picture, at(last))).toHaveLength(1);
    expect(detectSmallCohorts(picture, at(last + 1))).toEqual([]);
  });
});

describe('a budget that is nearly spent', () => {
  // The product allows 5,000,000 and the consents 3,000,000 micro-ε; a fifth of that is 600,000.
  const spent = (spentMicro: number, change: object = {}) =>
    detectSpentBudgets(
      samplePicture(1, {
        privacyAccounts: [
          {
            memberId: 'merchant-1' as never,
            budgetGroup: 'retail-sales',
            epoch: '2017-Q1',
            spentMicro,
            ...change,
          },
        ],
      }),
      at(SAMPLE_NOW),
    );

  it('has a fifth of the smaller limit left or less', () => {
    expect(spent(2_399_999)).toEqual([]);
    expect(spent(2_400_000)).toMatchObject([
      { subject: 'member:merchant-1/budget:retail-sales', period: '2017-Q1' },
    ]);
    expect(spent(4_000_000)[0]?.sentence).toContain('0 of 3000000');
  });

  it('is none of another budget, without a live consent, or with nothing spent', () => {
    expect(spent(3_000_000, { budgetGroup: 'other' })).toEqual([]);
    expect(spent(3_000_000, { memberId: 'merchant-9' })).toEqual([]);
    const account = {
      memberId: 'merchant-1' as never,
      budgetGroup: 'retail-sales',
      epoch: '2017-Q1',
      spentMicro: 0,
    };
    const nothing = samplePicture(
      1,
      { privacyAccounts: [account] },
      { consent: { epsilonPerEpochMicro: 0 } },
    );
    expect(detectSpentBudgets(nothing, at(SAMPLE_NOW))).toEqual([]);
  });

  it("is the product's when that is smaller", () => {
    const product = sampleProduct({ epsilonPerEpochMicro: 1_000_000 });
    const account = {
      memberId: 'merchant-1' as never,
      budgetGroup: 'retail-sales',
      epoch: '2017-Q1',
      spentMicro: 800_000,
    };
    const picture = samplePicture(1, { privacyAccounts: [account] }, {}, product);
    expect(detectSpentBudgets(picture, at(SAMPLE_NOW))).toHaveLength(1);
    expect(
      detectSpentBudgets(
        { ...picture, privacyAccounts: [{ ...account, spentMicro: 799_999 }] },
        at(SAMPLE_NOW),
      ),
    ).toEqual([]);
  });
});
