import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';

import { receiveResult, submitQuestion } from '@veilsum/client';
import { tellLedger, type LedgerCall } from '@veilsum/ledger';
import { VeilsumError, type Contribution } from '@veilsum/protocol';

import { testQuestion, testTerms, type TestNetwork } from '../e2e/test-network.js';

/** A transaction whose success was told to its sender. */
export interface AcknowledgedTransaction {
  readonly call: LedgerCall;
  readonly transactionId: string;
  readonly blockNumber: number;
}

/** What the members of a network were told has happened. */
export interface Acknowledgements {
  readonly transactions: AcknowledgedTransaction[];
  /** As the ledger's answer showed them: stored. */
  readonly contributions: Contribution[];
  /** Ids of queries that the ledger took. */
  readonly asked: string[];
  /** Ids of queries whose result was opened, checked, accepted; with the values that it showed. */
  readonly answered: Map<string, readonly number[]>;
  /** Ids of queries that ended without a result, as they may. */
  readonly unanswered: string[];
  /** Keyholders that a result named as cheaters. */
  readonly cheaters: string[];
}

const PAUSE_MS = 300;
/** Between works that make every process busy. */
const SLOW_PAUSE_MS = 1000;
const ANSWER_TIMEOUT_MS = 60_000;
const AMENDMENTS = 4;
const INTERRUPTIONS_MAX = 20;
const WRITER = 'merchant-4';
const CONTRIBUTORS = ['merchant-1', 'merchant-2', 'merchant-3'];

/** Members at work: they deposit, consent, contribute and ask, one thing after another, until told to stop. */
export class NetworkLoad {
  readonly acknowledged: Acknowledgements = {
    transactions: [],
    contributions: [],
    asked: [],
    answered: new Map(),
    unanswered: [],
    cheaters: [],
  };
  /** What no crash excuses. */
  readonly failures: unknown[] = [];
  /** How often a write ended without an answer, or with the advice to try again. */
  interruptions = 0;
  #isStopping = false;
  #epochs = 0;
  readonly #network: TestNetwork;
  readonly #consents: ReadonlyMap<string, string>;
  readonly #workers: Promise<void>[];

  /** @param consents - ids of the consents of the contributors, by member */
  constructor(network: TestNetwork, consents: ReadonlyMap<string, string>) {
    this.#network = network;
    this.#consents = consents;
    this.#workers = [
      this.#repeat(() => this.#deposit()),
      this.#repeat(() => this.#consent()),
      this.#repeat(() => this.#contribute(), SLOW_PAUSE_MS),
      this.#repeat(() => this.ask(), SLOW_PAUSE_MS),
    ];
  }

  /** Returns when everything that was begun has ended. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    await Promise.all(this.#workers);
  }

  /** Asks the question of the test network, and keeps what the ledger and the result say. */
  async ask(): Promise<void> {
    const analyst = await this.#network.session('analyst');
    const { queryId, status } = await submitQuestion(analyst, testQuestion);
    if (status === 'refused') throw new Error(`Query ${queryId} was refused.`);
    this.acknowledged.asked.push(queryId);
    await this.receive('analyst', queryId);
  }

  /** Receives what was asked, by whichever process; a query that ran out of time has no result. */
  async receive(memberId: string, queryId: string): Promise<void> {
    const { answered, unanswered, cheaters } = this.acknowledged;
    try {
      const session = await this.#network.session(memberId);
      const received = await insist(
        () => receiveResult(session, queryId, { timeoutMs: ANSWER_TIMEOUT_MS }),
        () => (this.interruptions += 1),
      );
      cheaters.push(...received.cheaters);
      answered.set(
        queryId,
        received.result.rows.map(({ value }) => value),
      );
    } catch (error) {
      if (!(error instanceof VeilsumError) || error.code !== 'DEADLINE_PASSED') throw error;
      unanswered.push(queryId);
    }
  }

  async #repeat(work: () => Promise<void>, pauseMs = PAUSE_MS): Promise<void> {
    while (!this.#isStopping) {
      try {
        await work();
      } catch (error) {
        if (!(error instanceof VeilsumError) || !error.transient) this.failures.push(error);
        this.interruptions += 1;
      }
      await delay(pauseMs);
    }
  }

  async #tell(memberId: string, call: LedgerCall, argument: object): Promise<void> {
    const { ledger } = await this.#network.session(memberId);
    const { transactionId, blockNumber } = await tellLedger(ledger, call, argument);
    this.acknowledged.transactions.push({ call, transactionId, blockNumber });
  }

  async #deposit(): Promise<void> {
    const transferId = newId();
    const format = 'veilsum-transfer/1';
    const proposal = { format, transferId, kind: 'deposit', amount: '1', reference: 'crash test' };
    await this.#tell(WRITER, 'account:proposeTransfer', proposal);
    await this.#tell('operator', 'account:confirmTransfer', { transferId });
  }

  /** Grants a consent, changes it several times, and withdraws it. */
  async #consent(): Promise<void> {
    const terms = testTerms(WRITER);
    const { consentId } = terms;
    await this.#tell(WRITER, 'consent:grant', terms);
    for (let revision = 1; revision <= AMENDMENTS && !this.#isStopping; revision += 1) {
      await delay(PAUSE_MS);
      await this.#tell(
        WRITER,
        'consent:amend',
        testTerms(WRITER, { consentId, maxUses: 100 + revision }),
      );
    }
    await this.#tell(WRITER, 'consent:withdraw', { consentId });
  }

  /** Contributes to an epoch of its own: one of the epoch that is asked about would change the sums. */
  async #contribute(): Promise<void> {
    const number = this.#epochs++;
    const memberId = CONTRIBUTORS[number % CONTRIBUTORS.length] ?? '';
    const consentId = this.#consents.get(memberId) ?? '';
    const prepared = await this.#network.prepare(memberId, consentId, { epoch: epochOf(number) });
    const stored = await insist(
      () => this.#network.submit(memberId, prepared),
      () => (this.interruptions += 1),
    );
    this.acknowledged.contributions.push(stored);
  }
}

/** Quarters of a time of which nobody asks. */
export function epochOf(number: number): string {
  return `${1000 + Math.floor(number / 4)}-Q${(number % 4) + 1}`;
}

const newId = () => randomBytes(16).toString('hex');

/** Does again what may be done again, until it succeeds. */
export async function insist<Answer>(
  attempt: () => Promise<Answer>,
  onInterruption: () => void,
): Promise<Answer> {
  for (let interruptions = 1; ; interruptions += 1) {
    try {
      return await attempt();
    } catch (error) {
      const mayPass = error instanceof VeilsumError && error.transient;
      if (!mayPass || interruptions === INTERRUPTIONS_MAX) throw error;
      onInterruption();
      await delay(PAUSE_MS);
    }
  }
}
