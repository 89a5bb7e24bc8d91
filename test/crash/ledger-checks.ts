import { askLedger, type LedgerBlock } from '@veilsum/ledger';
import type { JsonValue } from '@veilsum/crypto';
import { accountSchema, queryRecordSchema, type QueryRecord } from '@veilsum/protocol';
import { z } from 'zod';

import { testQuestion, testValue, type TestNetwork } from '../e2e/test-network.js';

const FINAL = ['settled', 'refused', 'expired', 'failed'];

/** An event as a block has it. */
export interface RecordedEvent {
  readonly name: string;
  readonly payload: JsonValue;
}

/** A valid transaction as a block has it. */
export interface RecordedTransaction {
  readonly call: string;
  readonly blockNumber: number;
  readonly events: readonly RecordedEvent[];
  readonly argument: Readonly<Record<string, unknown>>;
}

/** What the cohort of three merchants sums to, whatever was killed. */
export const expectedSums = [0, 1].flatMap((cell) =>
  [0, 1, 2, 3].map((lane) =>
    Number([1n, 2n, 3n].reduce((sum, base) => sum + testValue(base, cell, 1, lane), 0n)),
  ),
);

/** Every valid transaction of the ledger by its id, in order; no id comes twice. */
export async function recordedTransactions({
  operator: { ledger },
}: TestNetwork): Promise<Map<string, RecordedTransaction>> {
  const found = new Map<string, RecordedTransaction>();
  const height = await ledger.height();
  for await (const block of ledger.blocks({ fromBlock: 0 })) {
    for (const [id, transaction] of validTransactions(block)) {
      expect(found.has(id)).toBe(false);
      found.set(id, transaction);
    }
    if (block.number === height - 1) break;
  }
  return found;
}

function validTransactions({ number, transactions }: LedgerBlock): [string, RecordedTransaction][] {
  return transactions
    .filter(({ validationCode }) => validationCode === 'VALID')
    .map(({ transactionId, contract, transaction, argument, events }) => [
      transactionId,
      {
        call: `${contract}:${transaction}`,
        blockNumber: number,
        events: events.map(({ name, payload }) => ({
          name,
          payload: JSON.parse(payload) as JsonValue,
        })),
        argument: JSON.parse(argument) as RecordedTransaction['argument'],
      },
    ]);
}

/** Every query has ended, nothing is held in escrow any more, and no money came or went. */
export async function expectQueriesEnded(network: TestNetwork): Promise<void> {
  const queries = await everyQuery(network);
  expect(queries.filter(({ status }) => !FINAL.includes(status))).toEqual([]);
  const { ledger } = network.operator;
  const accounts = await askLedger(ledger, 'account:list', {}, z.array(accountSchema));
  const escrows = accounts.filter(({ accountId }) => accountId.startsWith('escrow:'));
  expect(escrows.length).toBeGreaterThan(0);
  expect(escrows.filter(({ balance }) => balance !== '0')).toEqual([]);
  expect(accounts.reduce((sum, { balance }) => sum + BigInt(balance), 0n)).toBe(0n);
}

/** Every query about the product of the test network. */
export async function everyQuery({ operator: { ledger } }: TestNetwork): Promise<QueryRecord[]> {
  const filter = { productId: testQuestion.productId };
  return askLedger(ledger, 'query:list', filter, z.array(queryRecordSchema));
}
