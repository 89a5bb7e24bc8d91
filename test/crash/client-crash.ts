import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { ContributionFolder } from '@veilsum/client';
import { askLedger } from '@veilsum/ledger';
import { contributionSchema, queryRecordSchema, type QueryRecord } from '@veilsum/protocol';
import { z } from 'zod';

import { testProduct, testQuestion, type TestNetwork } from '../e2e/test-network.js';
import { ClientProcess, type ClientOutcome } from './client-process.js';
import type { SeededRandom } from './seeded-random.js';

const POLL_MS = 5;
const RUNS_MAX = 20;
const PAUSE_MS = 300;
const WAIT_S = 60;
const FINAL = new Set(['settled', 'refused', 'expired', 'failed']);

/** When a client dies: a share of its usual time after its start, or so long after a trace of it is seen. */
export interface ClientCrashTimes {
  readonly trace: 'none' | 'begun' | 'done';
  readonly afterMs: number;
}

/** A contribution that a killed client had completed on its disk. */
export interface KeptContribution {
  readonly contributionId: string;
  /** Of the container's bytes on disk. */
  readonly sha256: string;
}

/** What a contribution by a client that was killed, and by its next runs, led to. */
export interface ContributionCrash {
  readonly epoch: string;
  readonly wasKilled: boolean;
  /** Ids of drafts and complete contributions as the kill left them. */
  readonly drafts: readonly string[];
  readonly kept: readonly KeptContribution[];
  readonly runs: readonly ClientOutcome[];
  /** All that the ledger has afterwards of this contributor and epoch. */
  readonly registered: readonly { contributionId: string; contentHash: string; status: string }[];
}

/** How the command line contributes. */
export interface ContributionSource {
  readonly memberId: string;
  readonly consentId: string;
  readonly file: string;
  readonly mapping: string;
}

/**
 * Moments at random: in turns after a trace that the work is done as far as the own disk goes, after
 * the start, and after a trace that it has begun.
 * @param usualMs - how long an undisturbed run takes
 */
export function clientCrashTimes(
  random: SeededRandom,
  round: number,
  usualMs: number,
): ClientCrashTimes {
  const trace = (['begun', 'done', 'none'] as const)[round % 3] ?? 'none';
  const withinMs = { none: usualMs * 1.2, begun: usualMs / 5, done: usualMs / 20 }[trace];
  return { trace, afterMs: random.below(withinMs) };
}

/** Kills `veilsum contribute`, and later runs it again until the contribution is there. */
export class ContributorCrash {
  readonly #network: TestNetwork;
  readonly #source: ContributionSource;
  readonly #epoch: string;
  readonly #folder: ContributionFolder;

  constructor(network: TestNetwork, source: ContributionSource, epoch: string) {
    this.#network = network;
    this.#source = source;
    this.#epoch = epoch;
    this.#folder = new ContributionFolder(network.state.contributions(source.memberId));
  }

  /** @returns what it takes up after the services are back, if need be */
  async crash(times: ClientCrashTimes): Promise<() => Promise<ContributionCrash>> {
    const before = new Set(await this.#names());
    const client = this.run();
    await this.#untilTrace(client, before, times.trace);
    await delay(times.afterMs);
    const first = await client.kill();
    const names = (await this.#names()).filter((name) => !before.has(name));
    const drafts = names.filter((name) => name.endsWith('.draft')).map((name) => name.slice(0, -6));
    const kept = await this.#kept();
    return async () => {
      const runs = first.status === 0 ? [first] : [first, ...(await this.#finish())];
      const registered = await this.#registered();
      const wasKilled = first.status === null;
      return { epoch: this.#epoch, wasKilled, drafts, kept, runs, registered };
    };
  }

  /** Starts the command, to be killed or not. */
  run(): ClientProcess {
    const { memberId, consentId, file, mapping } = this.#source;
    return new ClientProcess(this.#network.state.root, [
      ...['contribute', '--as', memberId, '--consent', consentId, '--epoch', this.#epoch],
      ...['--product', `${testProduct.productId}@1`, '--file', file, '--mapping', mapping],
    ]);
  }

  async #finish(): Promise<ClientOutcome[]> {
    const runs: ClientOutcome[] = [];
    while (runs.length < RUNS_MAX) {
      const outcome = await this.run().outcome;
      runs.push(outcome);
      if (!mayBeTriedAgain(outcome)) break;
      await delay(PAUSE_MS);
    }
    return runs;
  }

  async #untilTrace(
    client: ClientProcess,
    before: ReadonlySet<string>,
    trace: ClientCrashTimes['trace'],
  ): Promise<void> {
    const isTrace = (name: string) =>
      !before.has(name) && (trace === 'begun' || (trace === 'done' && !name.endsWith('.draft')));
    while (trace !== 'none' && !client.hasEnded) {
      if ((await this.#names()).some(isTrace)) return;
      await delay(POLL_MS);
    }
  }

  async #names(): Promise<string[]> {
    return readdir(this.#folder.path).catch(() => []);
  }

  async #kept(): Promise<KeptContribution[]> {
    const prepared = await this.#folder.list();
    const ours = prepared.filter(({ registration }) => registration.epoch === this.#epoch);
    return Promise.all(
      ours.map(async ({ registration: { contributionId }, containerPath }) => ({
        contributionId,
        sha256: createHash('sha256')
          .update(await readFile(containerPath))
          .digest('hex'),
      })),
    );
  }

  async #registered(): Promise<ContributionCrash['registered']> {
    const filter = {
      productId: testProduct.productId,
      epoch: this.#epoch,
      contributorId: this.#source.memberId,
    };
    const { ledger } = this.#network.operator;
    return askLedger(ledger, 'contribution:list', filter, z.array(contributionSchema));
  }
}

/** Whether a command says that it may succeed later. */
function mayBeTriedAgain({ answer }: ClientOutcome): boolean {
  const { error } = (answer ?? {}) as { error?: { retryable: boolean } };
  return error?.retryable === true;
}

/** What a question by a client that was killed led to. */
export interface QuestionCrash {
  readonly outcome: ClientOutcome;
  /** All that the ledger has afterwards of this question: none when it was killed before. */
  readonly asked: readonly QueryRecord[];
}

/** Kills `veilsum query run`, and later receives the result from what it left on its disk. */
export class AskerCrash {
  readonly #network: TestNetwork;
  readonly #memberId: string;
  readonly #receive: (queryId: string) => Promise<void>;

  /** @param receive - what takes up a question that is under way */
  constructor(network: TestNetwork, memberId: string, receive: (queryId: string) => Promise<void>) {
    this.#network = network;
    this.#memberId = memberId;
    this.#receive = receive;
  }

  /** @returns what it takes up after the services are back, if need be */
  async crash(times: ClientCrashTimes): Promise<() => Promise<QuestionCrash>> {
    const before = new Set(await this.#folders());
    const words = ['query', 'run', '--as', this.#memberId, ...questionWords];
    const client = new ClientProcess(this.#network.state.root, words);
    while (times.trace !== 'none' && !client.hasEnded && !(await this.#isTraced(before, times))) {
      await delay(POLL_MS);
    }
    await delay(times.afterMs);
    const outcome = await client.kill();
    const fresh = (await this.#folders()).filter((name) => !before.has(name));
    return async () => {
      for (const { queryId, status } of await this.#asked(fresh)) {
        if (!FINAL.has(status)) await this.#receive(queryId);
      }
      return { outcome, asked: await this.#asked(fresh) };
    };
  }

  /** Its key is on the disk before a question is sent, its certificate once it is answered. */
  async #isTraced(before: ReadonlySet<string>, { trace }: ClientCrashTimes): Promise<boolean> {
    const fresh = (await this.#folders()).find((name) => !before.has(name));
    if (fresh === undefined || trace === 'begun') return fresh !== undefined;
    const files = await readdir(join(this.#network.state.queries(this.#memberId), fresh));
    return files.includes('certificate.json');
  }

  async #folders(): Promise<string[]> {
    return readdir(this.#network.state.queries(this.#memberId)).catch(() => []);
  }

  async #asked(queryIds: readonly string[]): Promise<QueryRecord[]> {
    const { ledger } = this.#network.operator;
    const filter = { analystId: this.#memberId };
    const records = await askLedger(ledger, 'query:list', filter, z.array(queryRecordSchema));
    return records.filter(({ queryId }) => queryIds.includes(queryId));
  }
}

const questionWords = [
  ...['--product', `${testProduct.productId}@1`, '--epoch', testQuestion.epoch, '--exact'],
  ...['--function', 'sum', '--measure', 'sales', '--by', 'group', '--weeks'],
  ...['--purpose', testQuestion.purpose, '--max-price', testQuestion.maximumPrice],
  ...['--wait', String(WAIT_S)],
];
