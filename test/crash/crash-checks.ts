import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { env } from 'node:process';

import { askLedger } from '@veilsum/ledger';
import { contributionSchema, type Contribution, type QueryRecord } from '@veilsum/protocol';
import { z } from 'zod';

import { expectAuditPasses } from '../e2e/command-line.js';
import { testProduct, type TestNetwork } from '../e2e/test-network.js';
import type { ContributionCrash, QuestionCrash } from './client-crash.js';
import {
  everyQuery,
  expectedSums,
  expectQueriesEnded,
  recordedTransactions,
  type RecordedTransaction,
} from './ledger-checks.js';
import { NetworkCrashes } from './network-crashes.js';

const START_TIMEOUT_MS = 180_000;
const ROUND_TIMEOUT_MS = 120_000;
const CHECK_TIMEOUT_MS = 300_000;
const SERVICES = ['ledger', 'gateway', 'keyholder-1', 'keyholder-2', 'keyholder-3'];

/**
 * Kills ledger, gateway, a keyholder and two clients at random moments in every round, and then looks
 * at everything. CRASH_ROUNDS changes the number of rounds, CRASH_SEED repeats the moments of a run.
 */
export function describeNetworkCrashes(usualRounds: number): void {
  const rounds = Number(env['CRASH_ROUNDS'] ?? usualRounds);
  const seed = Number(env['CRASH_SEED'] ?? Date.now() % 2 ** 32);

  describe(`a network whose processes are killed, ${rounds} rounds, CRASH_SEED=${seed}`, () => {
    let crashes: NetworkCrashes;
    let network: TestNetwork;
    let startMs: number;
    let transactions: ReadonlyMap<string, RecordedTransaction>;

    beforeAll(
      async () => {
        console.log(`CRASH_SEED=${seed} CRASH_ROUNDS=${rounds}`);
        const start = performance.now();
        crashes = await NetworkCrashes.start(seed);
        network = crashes.network;
        startMs = Math.round(performance.now() - start);
        await crashes.run(rounds);
        transactions = await recordedTransactions(network);
      },
      START_TIMEOUT_MS + rounds * ROUND_TIMEOUT_MS,
    );
    afterAll(async () => {
      const stopped = crashes.load.stop();
      await network.close();
      await stopped;
    }, 120_000);

    it('was at work all the time, and met no failure that may not be', () => {
      const { failures, interruptions, acknowledged } = crashes.load;
      const { transactions: told, contributions, answered, unanswered } = acknowledged;
      console.log(
        JSON.stringify({
          startMs,
          roundsMs: crashes.roundsMs,
          transactions: transactions.size,
          acknowledged: told.length,
          contributions: contributions.length,
          answered: answered.size,
          unanswered: unanswered.length,
          interruptions,
          runs: crashes.contributions.map(({ runs }) => runs.length),
          kept: crashes.contributions.map(({ kept, drafts }) => [kept.length, drafts.length]),
          questions: crashes.questions.map(({ outcome: { status }, asked }) => [
            status,
            asked.length,
          ]),
        }),
      );
      expect(failures).toEqual([]);
      expect(told.length).toBeGreaterThan(10 * rounds);
      expect(contributions.length).toBeGreaterThan(0);
      expect(answered.size).toBeGreaterThan(0);
    });

    it('has every service running', async () => {
      const pids = await Promise.all(
        SERVICES.map((name) => readFile(join(network.state.processes, `${name}.pid`), 'utf8')),
      );
      for (const pid of pids) expect(process.kill(Number(pid), 0)).toBe(true);
    });

    it('has every acknowledged transaction in the block that was told', () => {
      const told = crashes.load.acknowledged.transactions;
      const recorded = told.map(({ transactionId }) => {
        const { call, blockNumber } = transactions.get(transactionId) ?? {};
        return { call, transactionId, blockNumber };
      });
      expect(recorded).toEqual(told);
    });

    it(
      'has every acknowledged contribution, on the ledger and at the gateway',
      async () => {
        const byClients = crashes.contributions.flatMap(({ runs }) =>
          runs.flatMap(({ status, answer }) =>
            status === 0 ? [(answer as { contribution: Contribution }).contribution] : [],
          ),
        );
        const stored = [...crashes.load.acknowledged.contributions, ...byClients];
        const onLedger = await everyContribution(network);
        const calls = callsByObject(transactions, 'contributionId');
        for (const { contributionId, contentHash } of stored) {
          expect(onLedger.get(contributionId)).toMatchObject({ contentHash, status: 'stored' });
          expect(calls.get(contributionId)).toEqual([
            'contribution:register',
            'contribution:markStored',
          ]);
          expect(await storedHash(network, contributionId)).toBe(contentHash);
        }
      },
      CHECK_TIMEOUT_MS,
    );

    it('has every acknowledged question and acceptance', async () => {
      const { asked, answered } = crashes.load.acknowledged;
      const queries = new Map((await everyQuery(network)).map((query) => [query.queryId, query]));
      const calls = callsByObject(transactions, 'queryId');
      for (const queryId of asked) {
        expect(queries.get(queryId as QueryRecord['queryId'])?.analystId).toBe('analyst');
        expect(calls.get(queryId)).toContain('query:request');
      }
      for (const queryId of answered.keys()) {
        expect(queries.get(queryId as QueryRecord['queryId'])?.status).toBe('settled');
        expect(calls.get(queryId)).toContain('query:accept');
      }
    });

    it('goes on with interrupted contributions, with the same bytes', () => {
      for (const crash of crashes.contributions) expectSameBytes(crash);
    });

    it('answers questions whose asker was killed', () => {
      for (const crash of crashes.questions) expectAnswered(crash);
    });

    it('shows the right sums, and calls nobody a cheater', () => {
      const { answered, cheaters } = crashes.load.acknowledged;
      for (const values of answered.values()) expect(values).toEqual(expectedSums);
      expect(cheaters).toEqual([]);
    });

    it('ends every query, and every escrow is settled or refunded', () =>
      expectQueriesEnded(network));

    it(
      'still answers',
      async () => {
        const { asked, answered } = crashes.load.acknowledged;
        await crashes.load.ask();
        expect(answered.get(asked.at(-1) ?? '')).toEqual(expectedSums);
      },
      CHECK_TIMEOUT_MS,
    );

    it('passes the audit', () => expectAuditPasses(network.state.root), CHECK_TIMEOUT_MS);
  });
}

/** Exactly one contribution is there, and it is the one that the killed client had completed, if any. */
function expectSameBytes({ wasKilled, drafts, kept, runs, registered }: ContributionCrash): void {
  const last = runs.at(-1);
  const isStored = last?.status === 0 || codeOf(last?.answer) === 'CONTRIBUTION_DUPLICATE';
  expect({ isStored, answer: last?.answer }).toMatchObject({ isStored: true });
  expect(registered).toMatchObject([{ status: 'stored' }]);
  const [stored] = registered;
  expect(drafts).not.toContain(stored?.contributionId);
  for (const { contributionId, sha256 } of kept) {
    expect(stored).toMatchObject({ contributionId, contentHash: sha256 });
    if (wasKilled && last?.status === 0) expect(last.answer).toMatchObject({ resumed: true });
  }
}

/** A question that reached the ledger is answered, by whichever process, or ran out of time. */
function expectAnswered({ outcome: { status, answer }, asked }: QuestionCrash): void {
  const [query, ...others] = asked;
  expect(others).toEqual([]);
  expect(['settled', 'expired', undefined]).toContain(query?.status);
  // Only a killed client may have asked nothing.
  if (query === undefined) expect(status).toBeNull();
  if (status !== 0) return;
  const { rows } = answer as { rows: { value: number }[] };
  expect(rows.map(({ value }) => value)).toEqual(expectedSums);
  expect(query?.status).toBe('settled');
}

function codeOf(answer: unknown): string | undefined {
  return (answer as { error?: { code: string } } | undefined)?.error?.code;
}

/** The calls that name an object, in the order of the ledger. */
function callsByObject(
  transactions: ReadonlyMap<string, RecordedTransaction>,
  idField: 'contributionId' | 'queryId',
): Map<string, string[]> {
  const calls = new Map<string, string[]>();
  for (const { call, argument } of transactions.values()) {
    const id = argument[idField];
    if (typeof id === 'string') calls.set(id, [...(calls.get(id) ?? []), call]);
  }
  return calls;
}

async function everyContribution({
  operator: { ledger },
}: TestNetwork): Promise<Map<string, Contribution>> {
  const filter = { productId: testProduct.productId };
  const found = await askLedger(ledger, 'contribution:list', filter, z.array(contributionSchema));
  return new Map(found.map((contribution) => [contribution.contributionId, contribution]));
}

/** SHA-256 of the bytes that the gateway serves. */
async function storedHash(network: TestNetwork, contributionId: string): Promise<string> {
  const { gateway } = await network.session('auditor');
  const bytes = await gateway.getBytes(`/v1/contributions/${contributionId}/container`);
  return createHash('sha256').update(bytes).digest('hex');
}
