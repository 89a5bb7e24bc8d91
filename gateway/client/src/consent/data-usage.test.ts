import type { Contribution, JournalEntry, QueryRecord } from '@veilsum/protocol';
import { usageOf } from './data-usage.js';

const contribution = { contributionId: 'mine', productId: 'sales', epoch: '2026-Q1' };

const query = (change: object): QueryRecord =>
  ({
    queryId: 'q1',
    analystId: 'agent',
    requestedAt: 5,
    status: 'settled',
    chargedEpsilonMicro: 300_000,
    request: {
      productId: 'sales',
      productVersion: 2,
      epoch: '2026-Q1',
      purpose: 'Marketing',
      function: 'sum',
    },
    plan: { cohort: ['mine', 'theirs'] },
    verdict: { allowed: true, trace: [] },
    ...change,
  }) as unknown as QueryRecord;

const entry = (queryId: string, amount: string) => ({ queryId, amount }) as JournalEntry;

describe('the page of one contributor', () => {
  it('says who used the data for whom, what it cost and earned, and what was refused', () => {
    const refused = query({
      queryId: 'q3',
      status: 'refused',
      plan: undefined,
      verdict: {
        allowed: false,
        trace: [
          { passed: true },
          { passed: false, code: 'PURPOSE_NOT_ALLOWED' },
          { passed: false, code: 'COHORT_TOO_SMALL' },
        ],
      },
    });
    const elsewhere = { productId: 'traffic', productVersion: 1, epoch: '2026-Q1' };
    const usage = usageOf({
      contributorId: 'shop',
      contributions: [contribution as unknown as Contribution],
      queries: [
        query({ payerId: 'chain' }),
        query({ queryId: 'q2', chargedEpsilonMicro: 200_000, status: 'released' }),
        query({ queryId: 'other', plan: { cohort: ['theirs'] } }),
        refused,
        query({ queryId: 'far', status: 'refused', plan: undefined, request: elsewhere }),
      ],
      entries: [entry('q1', '200'), entry('q1', '33'), entry('other', '7')],
    });
    expect(usage.uses.map((use) => [use.queryId, use.onBehalfOf, use.earned, use.status])).toEqual([
      ['q1', 'chain', '233', 'settled'],
      ['q2', undefined, '0', 'released'],
    ]);
    expect(usage.uses[0]).toMatchObject({
      at: 5,
      analystId: 'agent',
      product: 'sales@2',
      purpose: 'Marketing',
      function: 'sum',
    });
    expect(usage.earned).toBe('233');
    expect(usage.epsilonMicro).toEqual({ 'sales@2 2026-Q1': 500_000 });
    expect(usage.refused).toEqual([
      {
        queryId: 'q3',
        at: 5,
        analystId: 'agent',
        product: 'sales@2',
        purpose: 'Marketing',
        codes: ['PURPOSE_NOT_ALLOWED', 'COHORT_TOO_SMALL'],
      },
    ]);
  });
});
