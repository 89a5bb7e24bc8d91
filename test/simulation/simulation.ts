import type { LedgerContract } from '../../chaincode/contracts/src/index.js';
import { createContracts } from '../../chaincode/contracts/src/index.js';
import type { Verdict } from '@veilsum/protocol';
import { MemoryLedger, sampleHash } from '../../chaincode/contracts/src/testing/index.js';
import { SeededRandom } from '../crash/seeded-random.js';
import { dealKeys, everyone, foundingSubmissions, newcomerRegistrations } from './cast.js';
import { DAY_MS, HOUR_MS, MINUTE_MS } from './durations.js';
import { CommittedState } from './committed-state.js';
import { contributionOperations } from './contribution-operations.js';
import { Identities } from './identities.js';
import { atTheEnd } from './invariants.js';
import { memberOperations } from './member-operations.js';
import { moneyOperations } from './money-operations.js';
import { endingOf } from './query-invariants.js';
import { delegationOperations } from './delegation-operations.js';
import { oversightOperations } from './oversight-operations.js';
import { proposalOperations } from './proposal-operations.js';
import { reviewOperations } from './review-operations.js';
import { queryOperations } from './query-operations.js';
import { RunLog, countOf, nameOf, type RunIdentity } from './run-log.js';
import { Traffic } from './traffic.js';
import {
  chance,
  type Submission,
  type Temperament,
  type WeightedOperations,
  type World,
} from './world.js';

/** Makes the contracts of a run over the ledger's clock. */
export type ContractsFor = (clock: () => number) => readonly LedgerContract[];

export interface SimulationOptions extends RunIdentity {
  /** The real ones, unless a fault is planted. */
  readonly contracts?: ContractsFor;
}

/** What happened in a run that kept every invariant. */
export interface SimulationReport extends RunIdentity {
  readonly days: number;
  /** How often each outcome came: `committed`, `lost`, or the code of a refusal. */
  readonly outcomes: Readonly<Record<string, number>>;
  /** Queries by their final status. */
  readonly queries: Readonly<Record<string, number>>;
  /** Of 100 queries, those that were authorised. */
  readonly authorisedPercent: number;
  /** Why queries were refused. */
  readonly refusals: Readonly<Record<string, number>>;
  /** Transactions that were committed, by name. */
  readonly transactions: Readonly<Record<string, number>>;
  /** Hash of the state, which the seed repeats. */
  readonly digest: string;
}

const SWEEP_STEPS = 50;
const KEYS = 8;

/**
 * Lets random members do random things to the real contracts on a ledger in memory, and holds every
 * commit against the invariants. The same seed and steps give the same run, to the last byte.
 * @throws {@link SimulationFailure} with the seed, the step and the last operations
 */
export async function simulate(options: SimulationOptions): Promise<SimulationReport> {
  const simulation = new Simulation(options);
  return simulation.run();
}

class Simulation {
  readonly #options: SimulationOptions;
  readonly #random: SeededRandom;
  readonly #ledger: MemoryLedger;
  readonly #state = new CommittedState();
  readonly #world: World;
  readonly #log: RunLog;
  readonly #traffic: Traffic;
  /** Sent before; may come once more. */
  readonly #sent: Submission[] = [];
  #operations: WeightedOperations = [];
  #names = 0;

  constructor(options: SimulationOptions) {
    const makeContracts = options.contracts ?? ((clock) => createContracts({ clock }));
    const ledger: MemoryLedger = new MemoryLedger(makeContracts(() => ledger.now()));
    const random = new SeededRandom(options.seed);
    const state = this.#state;
    this.#options = options;
    this.#random = random;
    this.#ledger = ledger;
    this.#log = new RunLog(options, () => ledger.now());
    const identities = new Identities();
    this.#traffic = new Traffic({ random, ledger, state, log: this.#log, identities });
    this.#world = {
      random,
      ledger,
      state,
      identities,
      keys: dealKeys(KEYS),
      temperamentOf: drawTemperaments(random),
      fresh: (kind) => `${kind} ${(this.#names += 1)}`,
    };
  }

  async run(): Promise<SimulationReport> {
    const started = this.#ledger.now();
    await this.#found();
    for (let step = 1; step <= this.#options.steps; step += 1) {
      this.#log.startStep(step);
      this.#passTime();
      await this.#act();
      if (step % SWEEP_STEPS === 0) await this.#requireEndings();
    }
    await this.#finish();
    return this.#report(started);
  }

  async #found(): Promise<void> {
    for (const { name, mspId } of everyone) {
      await this.#world.identities.issue(this.#ledger, name, mspId);
    }
    const newcomers = await newcomerRegistrations(this.#ledger);
    for (const submission of await foundingSubmissions(this.#ledger, this.#world.keys)) {
      await this.#traffic.require(submission);
    }
    this.#operations = [
      ...memberOperations(newcomers),
      ...proposalOperations(newcomers),
      ...contributionOperations,
      ...moneyOperations,
      ...queryOperations,
      ...reviewOperations,
      ...oversightOperations,
      ...delegationOperations,
    ];
  }

  /** Seconds mostly, now and then minutes to weeks. */
  #passTime(): void {
    const draw = this.#random.fraction();
    const scale = [
      [0.0015, 21 * DAY_MS],
      [0.005, 2 * DAY_MS],
      [0.02, 5 * HOUR_MS],
      [0.06, 25 * MINUTE_MS],
    ].find(([limit]) => draw < (limit ?? 0))?.[1];
    const milliseconds = 1 + this.#random.below(scale ?? 20_000);
    this.#ledger.advance(milliseconds);
    if (scale !== undefined)
      this.#log.note(`the clock jumps ${Math.round(milliseconds / MINUTE_MS)} min`);
  }

  async #act(): Promise<void> {
    const draw = this.#random.fraction();
    if (draw < 0.05) {
      this.#traffic.commitHeld();
      return;
    }
    if (draw < 0.15) return this.#traffic.race(this.#drawSeveral());
    const submission = draw < 0.17 ? this.#repeated() : this.#draw();
    if (submission === undefined) return;
    if (draw < 0.2) return this.#traffic.hold(submission);
    if (draw < 0.22) return this.#traffic.lose(submission);
    if (draw < 0.25) return this.#traffic.deliverTwice(submission);
    return this.#traffic.deliver(submission);
  }

  #draw(): Submission | undefined {
    const total = this.#operations.reduce((sum, [weight]) => sum + weight, 0);
    // Some have nothing to do at the moment; the next draw then.
    for (let tries = 0; tries < 10; tries += 1) {
      let place = this.#random.fraction() * total;
      const drawn = this.#operations.find(([weight]) => (place -= weight) < 0);
      const submission = drawn?.[1](this.#world);
      if (submission === undefined) continue;
      const { as } = submission;
      const signer = chance(this.#random, 0.02) ? this.#random.pick(everyone).name : as;
      const name = this.#world.identities.signerOf(signer, this.#state, this.#random);
      const signed = { ...submission, as: name };
      this.#sent.push(signed);
      return signed;
    }
    return undefined;
  }

  /** Two or three, of whom some want the same. */
  #drawSeveral(): Submission[] {
    const first = this.#draw();
    return Array.from({ length: 2 + this.#random.below(2) }, () =>
      chance(this.#random, 0.3) ? first : this.#draw(),
    ).filter((submission) => submission !== undefined);
  }

  #repeated(): Submission | undefined {
    const recent = this.#sent.slice(-60);
    return recent.length === 0 ? undefined : this.#random.pick(recent);
  }

  /** Whoever asks can end every query whose time is over; the answer is thrown away. */
  async #requireEndings(): Promise<void> {
    for (const submission of this.#overdue()) {
      if (!(await this.#traffic.isAllowed(submission))) {
        throw this.#log.failure([`endsWithinDeadlines: the auditor may not ${nameOf(submission)}`]);
      }
    }
  }

  async #finish(): Promise<void> {
    this.#traffic.commitAllHeld();
    this.#ledger.advance(2 * DAY_MS);
    this.#log.note('the clock jumps past all deadlines');
    for (const submission of this.#overdue()) await this.#traffic.require(submission);
    const breaches = Object.entries(atTheEnd).flatMap(([invariant, check]) =>
      check(this.#state).map((sentence) => `${invariant}: ${sentence}`),
    );
    if (breaches.length > 0) throw this.#log.failure(breaches);
  }

  #overdue(): Submission[] {
    return this.#state.list('query').flatMap((query) => {
      const transaction = endingOf(this.#state, query, this.#ledger.now());
      const argument = { queryId: query.queryId };
      return transaction === undefined
        ? []
        : [{ as: 'auditor', contract: 'query', transaction, argument }];
    });
  }

  #report(started: number): SimulationReport {
    const { seed, steps } = this.#options;
    const queries = this.#state.list('query');
    const planned = queries.filter(({ plan }) => plan !== undefined);
    return {
      seed,
      steps,
      days: Math.round((this.#ledger.now() - started) / DAY_MS),
      outcomes: this.#log.outcomes,
      queries: countOf(queries.map(({ status }) => status)),
      authorisedPercent: Math.round((100 * planned.length) / Math.max(1, queries.length)),
      refusals: countOf(queries.flatMap(({ verdict }) => refusalCodes(verdict))),
      transactions: this.#log.transactions,
      digest: this.#state.digest(),
    };
  }
}

/** Most are honest; which keyholder is not, changes from query to query. */
function drawTemperaments(random: SeededRandom): World['temperamentOf'] {
  const salt = random.below(2 ** 31);
  const drawn: readonly Temperament[] = ['late', 'late', 'refusing', 'silent'];
  return (keyholder, queryId) => {
    const place = parseInt(sampleHash(`${salt} ${keyholder} ${queryId}`).slice(0, 8), 16) % 16;
    return drawn[place] ?? 'honest';
  };
}

function refusalCodes({ allowed, trace }: Verdict): string[] {
  return allowed ? [] : trace.flatMap(({ code }) => (code === undefined ? [] : [code]));
}
