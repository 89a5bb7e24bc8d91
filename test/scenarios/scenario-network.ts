import { receiveResult, submitQuestion, type QueryResult, type Question } from '@veilsum/client';
import type { JsonValue } from '@veilsum/crypto';
import { askLedger, tellLedger, type LedgerCall } from '@veilsum/ledger';
import { accountSchema, VeilsumError, type QueryRecord } from '@veilsum/protocol';
import { expectLedgerInOrder } from '../e2e/exported-ledger.js';
import { TestNetwork, testQuestion, type TestNetworkOptions } from '../e2e/test-network.js';

/** Longest wait for a result; far above what it takes. */
const RESULT_WAIT_MS = 120_000;

/** A network of real processes with the words in which a scenario is told. */
export class ScenarioNetwork {
  private constructor(readonly network: TestNetwork) {}

  /** Merchants `merchant-1` …, an analyst with money, an auditor; see {@link TestNetwork.start}. */
  static async start(options: TestNetworkOptions): Promise<ScenarioNetwork> {
    return new ScenarioNetwork(await TestNetwork.start(options));
  }

  /** A member submits a transaction. @returns what the contract answered */
  async tell<Answer = JsonValue>(
    memberId: string,
    call: LedgerCall,
    argument: object = {},
  ): Promise<Answer> {
    const { ledger } = await this.network.session(memberId);
    return (await tellLedger(ledger, call, argument)).result as Answer;
  }

  /** A member reads. @returns what the contract answered */
  async ask<Answer = JsonValue>(
    memberId: string,
    call: LedgerCall,
    argument: object = {},
  ): Promise<Answer> {
    const { ledger } = await this.network.session(memberId);
    const [contract = '', transaction = ''] = call.split(':');
    const request = { contract, transaction, argument: argument as JsonValue };
    return (await ledger.evaluate(request)) as Answer;
  }

  /** Puts a question and does not wait for its result; a refusal is a record too. */
  async request(change: Partial<Question> = {}, memberId = 'analyst'): Promise<QueryRecord> {
    return submitQuestion(await this.network.session(memberId), { ...testQuestion, ...change });
  }

  /** Waits for the result of a query, checks it and pays. */
  async receive(queryId: string, memberId = 'analyst'): Promise<QueryResult> {
    const session = await this.network.session(memberId);
    return receiveResult(session, queryId, { timeoutMs: RESULT_WAIT_MS });
  }

  /** What an account holds, in minor units. */
  async balance(accountId: string): Promise<bigint> {
    const { ledger } = this.network.operator;
    return BigInt((await askLedger(ledger, 'account:read', { accountId }, accountSchema)).balance);
  }

  /** Ends the network, once the audit and the independent checker have found its ledger in order. */
  async close(): Promise<void> {
    try {
      await expectLedgerInOrder(this.network.state.root);
    } finally {
      await this.network.close();
    }
  }
}

/** The code with which something is refused. @throws Error when it is not */
export async function refusalCode(attempt: Promise<unknown>): Promise<string> {
  try {
    await attempt;
  } catch (error) {
    if (error instanceof VeilsumError) return error.code;
    throw error;
  }
  throw new Error('What should have been refused went through.');
}
