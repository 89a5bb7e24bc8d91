import { quoteSchema, type QueryRecord } from '@veilsum/protocol';
import assert from 'node:assert/strict';
import { contributeAll, contributionOf, deposit, foundMarket } from './sample-network.js';
import { sampleHash, sampleId } from './sample-objects.js';
import {
  ask,
  balanceOf,
  blind,
  openMarket,
  readAttempts,
  readQuery,
  release,
  releaseQuery,
  sampleQuery,
  spentOf,
} from './sample-query.js';
import { requireRefusal, type ContractCase } from './test-ledger.js';

/** Queries: one decision with all its reasons, then blindings, shares and what stops them. */
export const queryCases: ContractCase[] = [
  {
    name: 'authorises a plan, charges ε and holds the price, once',
    async run(ledger) {
      await openMarket(ledger);
      const request = sampleQuery('one');
      const record = await ask(ledger, request);
      assert.equal(record.status, 'authorised', JSON.stringify(failedRules(record)));
      assert.deepEqual(await ask(ledger, request), record);
      assert.deepEqual(await readQuery(ledger, record), record);
      const merchants = ['merchant-1', 'merchant-2', 'merchant-3'];
      const cohort = merchants.map((merchant) => sampleId(`contribution of ${merchant}`)).sort();
      const { plan } = record;
      assert.ok(plan !== undefined);
      assert.deepEqual(plan.cohort, cohort);
      assert.deepEqual(plan.groups, [
        { cells: [0], key: { region: 'north' } },
        { cells: [1], key: { region: 'other' } },
      ]);
      assert.deepEqual(plan.planes, [{ epsilonMicro: 1_000_000, plane: 1, sensitivity: '2000' }]);
      assert.equal(record.chargedEpsilonMicro, 1_000_000);
      for (const merchant of merchants) assert.equal(await spentOf(ledger, merchant), 1_000_000);
      assert.equal(await balanceOf(ledger, `escrow:${record.queryId}`), '1000');
      assert.equal(await balanceOf(ledger, 'member:analyst'), '99000');
    },
  },
  {
    name: 'refuses an id that another request has, and a request of who is no analyst',
    async run(ledger) {
      await openMarket(ledger);
      await ask(ledger, sampleQuery('one'));
      await requireRefusal(
        ask(ledger, sampleQuery('one', { maximumPrice: '1' })),
        'ALREADY_EXISTS_WITH_DIFFERENT_CONTENT',
      );
      await requireRefusal(
        ledger.submit('merchant-1', 'query', 'request', sampleQuery('two')),
        'FORBIDDEN',
      );
      await requireRefusal(
        ask(ledger, sampleQuery('three', { productVersion: 2 })),
        'PRODUCT_NOT_FOUND',
      );
      await requireRefusal(
        ask(ledger, sampleQuery('four', { delegationId: sampleId('no delegation') })),
        'DELEGATION_NOT_FOUND',
      );
    },
  },
  {
    name: 'commits a refusal that lists every failed rule, and takes nothing for it',
    async run(ledger) {
      const dealt = await foundMarket(ledger);
      await contributeAll(ledger, dealt);
      const request = sampleQuery('bad', {
        purpose: 'Marketing',
        function: 'variance',
        measures: ['items'],
        maximumPrice: '999',
      });
      const record = await ask(ledger, request);
      assert.equal(record.status, 'refused');
      assert.equal(record.plan, undefined);
      assert.deepEqual(failedRules(record), [
        'PURPOSE_NOT_ALLOWED',
        'FUNCTION_NOT_ALLOWED',
        'CONSENT_MISSING',
        'COHORT_TOO_SMALL',
        'PRICE_ABOVE_MAXIMUM',
        'INSUFFICIENT_FUNDS',
      ]);
      assert.equal(await spentOf(ledger, 'merchant-1'), 0);
      const fresh = await ask(ledger, sampleQuery('good', { resultKey: request.resultKey }));
      assert.deepEqual(failedRules(fresh), ['INSUFFICIENT_FUNDS']);
    },
  },
  {
    name: 'quotes what it would decide and writes nothing',
    async run(ledger) {
      await openMarket(ledger);
      const request = sampleQuery('one');
      const answer = await ledger.evaluate('analyst', 'query', 'quote', request);
      const quote = quoteSchema.parse(answer);
      assert.equal(quote.verdict.allowed, true);
      assert.equal(quote.cohortSize, 3);
      assert.equal(quote.price, '1000');
      assert.equal(quote.epsilonLeftMicro, 4_000_000);
      assert.equal(quote.groups, 2);
      assert.equal(quote.blocks, 2);
      await requireRefusal(readQuery(ledger, request), 'NOT_FOUND');
      assert.deepEqual((await ask(ledger, request)).verdict, quote.verdict);
    },
  },
  {
    name: 'spends a privacy budget to the last millionth and no further',
    async run(ledger) {
      await openMarket(ledger);
      await ask(ledger, sampleQuery('most', { epsilonMicro: 4_000_000 }));
      const more = await ask(ledger, sampleQuery('more', { epsilonMicro: 1_000_001 }));
      assert.deepEqual(failedRules(more), ['PRIVACY_BUDGET']);
      const rest = await ask(ledger, sampleQuery('rest', { epsilonMicro: 1_000_000 }));
      assert.equal(rest.status, 'authorised');
      assert.equal(await spentOf(ledger, 'merchant-2'), 5_000_000);
    },
  },
  {
    name: 'refuses a result key that an authorised query used, and one that hides nothing',
    async run(ledger) {
      await openMarket(ledger);
      const { resultKey } = (await ask(ledger, sampleQuery('one'))).request;
      const again = await ask(ledger, sampleQuery('two', { resultKey }));
      assert.deepEqual(failedRules(again), ['RESULT_KEY_REUSED']);
      const zero = await ask(ledger, sampleQuery('zero', { resultKey: '0'.repeat(64) }));
      assert.deepEqual(failedRules(zero), ['QUERY_INVALID']);
    },
  },
  {
    name: 'keeps the cohort of the first exact release',
    async run(ledger) {
      const dealt = await foundMarket(ledger);
      await contributeAll(ledger, dealt, ['merchant-1', 'merchant-2']);
      await deposit(ledger, 'analyst', '100000');
      const exact = { release: 'exact', epsilonMicro: 0 };
      const first = await ask(ledger, sampleQuery('first', exact));
      await contributeAll(ledger, dealt, ['merchant-3']);
      const second = await ask(ledger, sampleQuery('second', exact));
      assert.deepEqual(second.plan?.cohort, first.plan?.cohort);
      const consentId = sampleId('consent of merchant-1');
      await ledger.submit('merchant-1', 'consent', 'withdraw', { consentId });
      const third = await ask(ledger, sampleQuery('third', exact));
      assert.deepEqual(failedRules(third), ['EXACT_COHORT_FIXED']);
    },
  },
  {
    name: 'fixes A at the last blinding and releases at the second equal final block',
    async run(ledger) {
      await openMarket(ledger);
      const query = await ask(ledger, sampleQuery('one'));
      await requireRefusal(release(ledger, query, { index: 1 }), 'INVALID_STATE');
      await blind(ledger, query, 1);
      await blind(ledger, query, 1);
      await blind(ledger, query, 2);
      assert.equal((await readQuery(ledger, query)).status, 'authorised');
      await blind(ledger, query, 3);
      const blinded = await readQuery(ledger, query);
      assert.equal(blinded.status, 'blinded');
      assert.deepEqual(blinded.attempt?.keyholders, [1, 2, 3]);
      await release(ledger, query, { index: 3 });
      await release(ledger, query, { index: 1, final: 'rogue' });
      await requireRefusal(release(ledger, query, { index: 1 }), 'FINAL_BLOCK_CONFLICT');
      assert.equal((await readQuery(ledger, query)).status, 'blinded');
      await release(ledger, query, { index: 2 });
      assert.equal((await readQuery(ledger, query)).status, 'released');
      const [attempt] = await readAttempts(ledger, query);
      assert.deepEqual(
        attempt?.shares.map(({ index, finalHash }) => [index, finalHash]),
        [
          [1, sampleHash('rogue')],
          [2, sampleHash('final')],
          [3, sampleHash('final')],
        ],
      );
    },
  },
  {
    name: 'takes records of keyholders only, for the charged plan and the current attempt',
    async run(ledger) {
      await openMarket(ledger);
      const query = await ask(ledger, sampleQuery('one'));
      const { queryId, planHash } = query;
      const commit = (as: string, changes: object) =>
        ledger.submit(as, 'query', 'commitBlinding', {
          queryId,
          planHash,
          attempt: 1,
          blindingHash: sampleHash('blinding'),
          ...changes,
        });
      await requireRefusal(commit('analyst', {}), 'FORBIDDEN');
      const other = { planHash: sampleHash('another plan') };
      await requireRefusal(commit('keyholder-1', other), 'PLAN_MISMATCH');
      await requireRefusal(commit('keyholder-1', { attempt: 2 }), 'ATTEMPT_MISMATCH');
      await commit('keyholder-1', {});
      await requireRefusal(
        commit('keyholder-1', { blindingHash: sampleHash('another') }),
        'ALREADY_EXISTS_WITH_DIFFERENT_CONTENT',
      );
    },
  },
  {
    name: 'stops a release when a consent was withdrawn, and gives everything back',
    async run(ledger) {
      await openMarket(ledger);
      const query = await ask(ledger, sampleQuery('one'));
      for (const index of [1, 2, 3]) await blind(ledger, query, index);
      const consentId = sampleId('consent of merchant-2');
      await ledger.submit('merchant-2', 'consent', 'withdraw', { consentId });
      await requireRefusal(release(ledger, query, { index: 1 }), 'CONSENT_WITHDRAWN');
      await ledger.submit('gateway', 'query', 'expire', { queryId: query.queryId });
      const failed = await readQuery(ledger, query);
      assert.equal(failed.status, 'failed');
      assert.equal(failed.chargedEpsilonMicro, 0);
      assert.equal(await balanceOf(ledger, 'member:analyst'), '100000');
      assert.equal(await spentOf(ledger, 'merchant-1'), 0);
      const next = await ask(ledger, sampleQuery('two'));
      assert.equal(next.plan?.cohort.length, 2);
    },
  },
  {
    name: 'ends an attempt that too many keyholders refuse, and opens the next one free',
    async run(ledger) {
      await openMarket(ledger);
      const query = await ask(ledger, sampleQuery('one'));
      const { queryId, planHash } = query;
      const refuse = (index: number) =>
        ledger.submit(`keyholder-${index}`, 'query', 'refuseShare', {
          queryId,
          planHash,
          attempt: 1,
          code: 'AGGREGATE_MISMATCH',
          reason: 'The aggregates are not those of the cohort.',
        });
      await refuse(1);
      await requireRefusal(blind(ledger, query, 1), 'INVALID_STATE');
      const early = ledger.submit('gateway', 'query', 'nextAttempt', { queryId });
      await requireRefusal(early, 'DEADLINE_NOT_REACHED');
      await refuse(2);
      assert.equal((await readQuery(ledger, query)).attempt?.state, 'ended');
      await ledger.submit('gateway', 'query', 'nextAttempt', { queryId });
      const next = await readQuery(ledger, query);
      assert.equal(next.attempt?.attempt, 2);
      assert.equal(next.chargedEpsilonMicro, 1_000_000);
      const attempts = await readAttempts(ledger, query);
      assert.deepEqual(
        attempts.map(({ attempt, refusals }) => [attempt.state, refusals.length]),
        [
          ['ended', 2],
          ['blinding', 0],
        ],
      );
      assert.equal((await releaseQuery(ledger, next)).status, 'released');
    },
  },
  {
    name: 'closes an epoch to new contributions with the first share',
    async run(ledger) {
      const dealt = await openMarket(ledger);
      await releaseQuery(ledger, await ask(ledger, sampleQuery('one')));
      const late = contributionOf('merchant-1', dealt, {
        contributionId: sampleId('late'),
        supersedes: sampleId('contribution of merchant-1'),
      });
      await requireRefusal(
        ledger.submit('merchant-1', 'contribution', 'register', late),
        'CONTRIBUTION_FIXED',
      );
    },
  },
  {
    name: 'lists queries by what they have in common',
    async run(ledger) {
      await openMarket(ledger);
      const one = await ask(ledger, sampleQuery('one'));
      const two = await ask(ledger, sampleQuery('two', { purpose: 'Marketing' }));
      const list = async (filter: object) =>
        (await ledger.evaluate('auditor', 'query', 'list', filter)) as unknown as QueryRecord[];
      const ids = async (filter: object) =>
        (await list(filter)).map(({ queryId }) => queryId).sort();
      assert.deepEqual(await ids({}), [one.queryId, two.queryId].sort());
      assert.deepEqual(await ids({ status: 'refused' }), [two.queryId]);
      assert.deepEqual(await ids({ analystId: 'merchant-1' }), []);
      assert.deepEqual((await ids({ productId: 'weekly-sales' })).length, 2);
    },
  },
];

function failedRules({ verdict }: QueryRecord): (string | undefined)[] {
  return verdict.trace.filter(({ passed }) => !passed).map(({ code }) => code);
}
