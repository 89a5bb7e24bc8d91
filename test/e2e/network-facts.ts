import { setTimeout as delay } from 'node:timers/promises';
import type { Session } from '@veilsum/client';
import { askLedger } from '@veilsum/ledger';
import { accountSchema, privacyAccountSchema, type QueryRecord } from '@veilsum/protocol';
import { testProduct, testQuestion } from './test-network.js';

const POLL_MS = 100;

/** Asks again and again until there is an answer. */
export async function eventually<Answer>(
  ask: () => Promise<Answer | undefined>,
  timeoutMs = 60_000,
): Promise<Answer> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (Date.now() > deadline) throw new Error(`There is no answer after ${timeoutMs} ms.`);
    await delay(POLL_MS);
  }
}

/** Minor units on a member's account. */
export async function balanceOf({ ledger }: Session, memberId: string): Promise<bigint> {
  const account = { accountId: `member:${memberId}` };
  return BigInt((await askLedger(ledger, 'account:read', account, accountSchema)).balance);
}

/** ε that queries have spent of a member in the test product's budget group and epoch, in micro-ε. */
export async function spentMicroOf({ ledger }: Session, memberId: string): Promise<number> {
  const { budgetGroup } = testProduct;
  const account = { memberId, budgetGroup, epoch: testQuestion.epoch };
  return (await askLedger(ledger, 'query:budget', account, privacyAccountSchema)).spentMicro;
}

/** The codes of every rule that a verdict says has failed. */
export function failedCodes({ verdict }: Pick<QueryRecord, 'verdict'>): (string | undefined)[] {
  return verdict.trace.filter(({ passed }) => !passed).map(({ code }) => code);
}
