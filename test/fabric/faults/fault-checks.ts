import { performance } from 'node:perf_hooks';
import { env } from 'node:process';

import { listProcesses } from '@veilsum/local-network';

import {
  expectedSums,
  expectQueriesEnded,
  recordedTransactions,
  type RecordedTransaction,
} from '../../crash/ledger-checks.js';
import { expectAuditPasses } from '../../e2e/command-line.js';
import { fabricSuite } from '../fabric-suite.js';
import { faults, type Fault } from './fault.js';
import { faultTable } from './fault-report.js';
import { FaultRun } from './fault-run.js';

const START_TIMEOUT_MS = 300_000;
const ROUND_TIMEOUT_MS = 120_000;
const CHECK_TIMEOUT_MS = 900_000;

/**
 * Lets everything of a real Fabric network fail under a load of twenty submits a second, one thing at a
 * time, and then looks at everything. FAULT_ROUNDS changes how often each fault strikes, FAULT_SEED
 * repeats the choices of a run, FAULTS names those that strike, with commas between.
 */
export function describeFaults(usualRounds: number): void {
  const rounds = Number(env['FAULT_ROUNDS'] ?? usualRounds);
  const seed = Number(env['FAULT_SEED'] ?? Date.now() % 2 ** 32);
  const chosen = chosenFaults();

  fabricSuite(`a Fabric network with faults, ${rounds} rounds of each, FAULT_SEED=${seed}`, () => {
    let run: FaultRun;
    let loadMs: number;
    let transactions: ReadonlyMap<string, RecordedTransaction>;

    beforeAll(
      async () => {
        console.log(`FAULT_SEED=${seed} FAULT_ROUNDS=${rounds}`);
        run = await FaultRun.start(seed);
        const start = performance.now();
        await run.run(chosen, rounds);
        loadMs = performance.now() - start;
        transactions = await recordedTransactions(run.network);
      },
      START_TIMEOUT_MS + chosen.length * rounds * ROUND_TIMEOUT_MS,
    );
    afterAll(() => run.close(), 120_000);

    it('was under load all the time, and met no failure that may not be', () => {
      const { load, records, queries } = run;
      console.log(
        JSON.stringify({
          seed,
          loadMs: Math.round(loadMs),
          begunPerSecond: Math.round((load.begun / loadMs) * 10_000) / 10,
          begun: load.begun,
          skipped: load.skipped,
          acknowledged: load.acknowledged.length,
          interruptions: load.interruptions,
          unknown: load.unknown.length,
          queries: queries.length,
          withoutResult: queries.filter(({ values }) => values === undefined).length,
          transactions: transactions.size,
          records,
        }),
      );
      console.log(`Seconds, median / longest:\n${faultTable(records)}`);
      expect(load.failures).toEqual([]);
      expect(records).toHaveLength(chosen.length * rounds);
      expect(load.acknowledged.length).toBeGreaterThan(10 * records.length);
    });

    it('has every process running', async () => {
      const processes = await listProcesses(run.network.state.fabric);
      expect(processes.filter(({ pid }) => pid === undefined)).toEqual([]);
    });

    it('has every acknowledged transaction exactly once, in the block that was told', () => {
      const found = transactionsByObject(transactions);
      const told = run.load.acknowledged;
      const expected = told.map(({ request, transactionId, blockNumber }) => ({
        objectId: request.objectId,
        transactions: [{ transactionId, call: request.call, blockNumber }],
      }));
      const recorded = told.map(({ request: { objectId } }) => ({
        objectId,
        transactions: found.get(objectId),
      }));
      expect(recorded).toEqual(expected);
    });

    it('knows what became of every unknown outcome', async () => {
      const found = transactionsByObject(transactions);
      const acknowledged = new Map(
        run.load.acknowledged.map(({ request, transactionId }) => [
          request.objectId,
          transactionId,
        ]),
      );
      expect(await run.openTransactions()).toEqual([]);
      for (const { request, transactionId } of run.load.unknown) {
        const ids = (found.get(request.objectId) ?? []).map((recorded) => recorded.transactionId);
        // Nothing is open any more, so that what no block has will never be in one.
        const told = acknowledged.get(request.objectId);
        expect([[], [told ?? transactionId]]).toContainEqual(ids);
        if (told !== undefined) expect(ids).toEqual([told]);
      }
    });

    it(
      'delivered every event once, in order',
      async () => {
        const events = [...transactions].flatMap(([transactionId, recorded]) =>
          recorded.events.map((event) => ({
            blockNumber: recorded.blockNumber,
            transactionId,
            ...event,
          })),
        );
        const { follower } = run;
        await follower.sawTransaction(events.at(-1)?.transactionId ?? '', CHECK_TIMEOUT_MS / 2);
        const delivered = follower.events.filter(
          ({ blockNumber }) => blockNumber <= (events.at(-1)?.blockNumber ?? 0),
        );
        expect(delivered).toEqual(events);
      },
      CHECK_TIMEOUT_MS,
    );

    it('answers the queries that were under way, or refunds them, and calls nobody a cheater', async () => {
      const { queries } = run;
      const answered = queries.filter(({ values }) => values !== undefined);
      for (const { values } of answered) expect(values).toEqual(expectedSums);
      expect(queries.flatMap(({ cheaters }) => cheaters)).toEqual([]);
      if (queries.length > 0) await expectQueriesEnded(run.network);
    });

    it('passes the audit', () => expectAuditPasses(run.network.state.root), CHECK_TIMEOUT_MS);
  });
}

function chosenFaults(): readonly Fault[] {
  const names = env['FAULTS']?.split(',');
  const known = faults.map(({ name }) => name);
  for (const name of names ?? []) {
    if (!known.includes(name)) throw new Error(`No fault ${name}; known: ${known.join(', ')}.`);
  }
  return faults.filter(({ name }) => names?.includes(name) ?? true);
}

/** The transactions of the load by the id that they wrote, in the order of the ledger. */
function transactionsByObject(transactions: ReadonlyMap<string, RecordedTransaction>) {
  const found = new Map<string, { transactionId: string; call: string; blockNumber: number }[]>();
  for (const [transactionId, { call, blockNumber, argument }] of transactions) {
    const objectId = call === 'consent:grant' ? argument['consentId'] : argument['transferId'];
    if (typeof objectId !== 'string' || !LOAD_CALLS.has(call)) continue;
    found.set(objectId, [...(found.get(objectId) ?? []), { transactionId, call, blockNumber }]);
  }
  return found;
}

const LOAD_CALLS = new Set(['consent:grant', 'account:proposeTransfer']);
