import {
  sampleCandidate,
  sampleFacts,
  sampleId,
  sampleProduct,
  sampleRequest,
} from '../../../../test/fakes/query-facts.js';
import { authorise } from './authorisation.js';
import { quoteOf, type QuoteTerms } from './quotation.js';

const foundingSplit = {
  contributorsBps: 7000,
  keyholdersBps: 1500,
  operatorBps: 1000,
  subsidyFundBps: 500,
};
const terms: QuoteTerms = {
  scheme: undefined,
  foundingSplit,
  agreedOpenings: new Set(),
  outstandingCosts: new Map(),
};

describe('quoteOf', () => {
  test('says what authorise says, what it costs and what is left', () => {
    const candidates = [1, 2, 3].map((number) =>
      sampleCandidate(number, {
        spentMicro: number * 100_000,
        contribution: { coverage: number === 1 ? [0] : [0, 1] },
      }),
    );
    const request = sampleRequest({ function: 'mean', where: { department: ['books'] } });
    const facts = sampleFacts({ candidates, request });
    expect(quoteOf(facts, terms)).toEqual({
      verdict: authorise(facts).verdict,
      cohortSize: 3,
      cohort: [1, 2, 3].map(sampleId),
      price: '1000',
      priceSplit: {
        // 30 in minima; of 670 each cell is worth 335: the first in three, the second in two.
        contributors: [
          { memberId: 'merchant-1', amount: '122' },
          { memberId: 'merchant-2', amount: '289' },
          { memberId: 'merchant-3', amount: '289' },
        ],
        keyholders: '150',
        operator: '100',
        subsidyFund: '50',
      },
      epsilonMicro: 1_000_000,
      epsilonLeftMicro: 3_000_000 - 300_000 - 1_000_000,
      groups: 1,
      blocks: 1,
      planes: [
        { plane: 0, name: 'count', epsilonMicro: 500_000, sensitivity: '2' },
        { plane: 1, name: 'sum(sales)', epsilonMicro: 500_000, sensitivity: '4000' },
      ],
    });
  });

  test('counts the blocks of every group', () => {
    const wide = sampleProduct({
      lanes: { name: 'week', count: 52, unit: 'week', first: 1 },
      planes: [
        { name: 'count', statistic: 'count', span: 'lane', valueBits: 24 },
        { name: 'sum(sales)', measure: 'sales', statistic: 'sum', span: 'lane', valueBits: 40 },
      ],
    });
    const candidates = [1, 2, 3].map((number) => sampleCandidate(number, {}, wide));
    const request = sampleRequest({ function: 'mean' });
    const { blocks, groups } = quoteOf(sampleFacts({ product: wide, candidates, request }), terms);
    // 52 · 25 + 43 bits and 52 · 41 + 43 bits do not share a block of 3070.
    expect([groups, blocks]).toEqual([3, 6]);
  });

  test('shows a refusal without a cohort', () => {
    const facts = sampleFacts({ candidates: [], request: sampleRequest({ groupBy: ['shop'] }) });
    expect(quoteOf(facts, terms)).toMatchObject({
      verdict: { allowed: false },
      cohortSize: 0,
      cohort: [],
      price: '1000',
      priceSplit: { contributors: [], keyholders: '150' },
      epsilonLeftMicro: 0,
      groups: 0,
      blocks: 0,
    });
  });

  test('needs no key to refuse', () => {
    const quote = quoteOf(sampleFacts({ committeeKey: undefined }), terms);
    expect(quote).toMatchObject({ cohort: [], blocks: 0, groups: 3 });
  });
});
