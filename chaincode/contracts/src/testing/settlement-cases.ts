import type { SettlementShare } from '@veilsum/protocol';
import assert from 'node:assert/strict';
import {
  ask,
  balanceOf,
  openMarket,
  readQuery,
  releaseQuery,
  sampleQuery,
  sealedShareOf,
} from './sample-query.js';
import { requireRefusal, type ContractCase, type TestLedger } from './test-ledger.js';

/** Settlement: everyone's part of a price, and reports of missing shares. */
export const settlementCases: ContractCase[] = [
  {
    name: 'pays contributors, keyholders, operator and fund when the analyst accepts',
    async run(ledger) {
      await openMarket(ledger);
      const query = await releaseQuery(ledger, await ask(ledger, sampleQuery('one')));
      const { queryId } = query;
      await requireRefusal(
        ledger.submit('merchant-1', 'query', 'accept', { queryId }),
        'FORBIDDEN',
      );
      assert.deepEqual(await shares(ledger, 'read', { queryId }), []);
      const simulated = await shares(ledger, 'simulate', { queryId });
      await ledger.submit('analyst', 'query', 'accept', { queryId });
      await ledger.submit('analyst', 'query', 'accept', { queryId });
      assert.equal((await readQuery(ledger, query)).status, 'settled');
      assert.deepEqual(await shares(ledger, 'read', { queryId }), simulated);
      const balances: Record<string, string> = {};
      const accounts = ['merchant-1', 'merchant-2', 'merchant-3', 'keyholder-1', 'keyholder-2'];
      for (const name of [...accounts, 'keyholder-3', 'operator', 'analyst']) {
        balances[name] = await balanceOf(ledger, `member:${name}`);
      }
      // 700 to contributors: 100 each first, then 400 in three by coverage, the odd unit to the first.
      assert.deepEqual(balances, {
        'merchant-1': '234',
        'merchant-2': '233',
        'merchant-3': '233',
        'keyholder-1': '75',
        'keyholder-2': '75',
        'keyholder-3': '0',
        operator: '100',
        analyst: '99000',
      });
      assert.equal(await balanceOf(ledger, 'fund:subsidy'), '50');
      assert.equal(await balanceOf(ledger, `escrow:${queryId}`), '0');
    },
  },
  {
    name: 'simulates a request before anyone agrees',
    async run(ledger) {
      await openMarket(ledger);
      const simulated = await shares(ledger, 'simulate', sampleQuery('one'));
      const total = simulated.reduce((sum, { amount }) => sum + BigInt(amount), 0n);
      assert.equal(total, 1000n);
      const fees = simulated.filter(({ kind }) => kind === 'keyholder-fee');
      assert.deepEqual(
        fees.map(({ amount }) => amount),
        ['50', '50', '50'],
      );
      await requireRefusal(
        shares(ledger, 'simulate', sampleQuery('two', { purpose: 'Marketing' })),
        'PURPOSE_NOT_ALLOWED',
      );
    },
  },
  {
    name: 'takes the sealed bytes of a share that the analyst misses',
    async run(ledger) {
      await openMarket(ledger);
      const query = await releaseQuery(ledger, await ask(ledger, sampleQuery('one')));
      const missing = { queryId: query.queryId, attempt: 1, index: 2 };
      const report = (as: string, changes: object = {}) =>
        ledger.submit(as, 'query', 'disputeShare', { ...missing, ...changes });
      const post = (as: string, sealedShare: string) =>
        ledger.submit(as, 'query', 'answerDispute', { ...missing, sealedShare });
      const sealedShare = sealedShareOf(query, 2);
      await requireRefusal(report('merchant-1'), 'FORBIDDEN');
      await requireRefusal(report('analyst', { index: 3 }), 'NOT_FOUND');
      await requireRefusal(post('keyholder-2', sealedShare), 'NOT_FOUND');
      await report('analyst');
      await report('analyst');
      await requireRefusal(post('keyholder-1', sealedShare), 'FORBIDDEN');
      await requireRefusal(post('keyholder-2', sealedShareOf(query, 1)), 'SHARE_INVALID');
      await post('keyholder-2', sealedShare);
      await post('keyholder-2', sealedShare);
      const answer = await ledger.evaluate('analyst', 'query', 'disputeAnswer', missing);
      assert.deepEqual(answer, { sealedShare });
      const reports = await ledger.evaluate('analyst', 'query', 'disputes', {
        queryId: query.queryId,
      });
      assert.deepEqual(
        (reports as { status: string }[]).map(({ status }) => status),
        ['answered'],
      );
    },
  },
];

async function shares(
  ledger: TestLedger,
  transaction: string,
  argument: unknown,
): Promise<SettlementShare[]> {
  const answer = await ledger.evaluate('analyst', 'settlement', transaction, argument);
  return answer as unknown as SettlementShare[];
}
