import type { LedgerContract } from '../../chaincode/contracts/src/index.js';
import { createContracts } from '../../chaincode/contracts/src/index.js';
import { VeilsumError, parseLedgerMessage, type Verdict } from '@veilsum/protocol';
import {
  MemoryLedger,
  sampleHash,
  type MemoryProposal,
} from '../../chaincode/contracts/src/testing/index.js';
import { SeededRandom } from '../crash/seeded-random.js';
import {
  DAY_MS,
  HOUR_MS,
  MINUTE_MS,
  dealKeys,
  everyone,
  foundingSubmissions,
  newcomerRegistrations,
} from './cast.js';
import type { Commit, Invariant } from './commit.js';
import { CommittedState } from './committed-state.js';
import { contributionOperations } from './contribution-operations.js';
import { memberOperations } from './member-operations.js';
import {
  booksAgree,
  escrowFollowsQuery,
  escrowsPaidOnce,
  moneyConserved,
} from './money-invariants.js';
import { moneyOperations } from './money-operations.js';
import { spendingWithinBudgets, usesWithinConsent } from './privacy-invariants.js';
import {
  cohortsKeptApart,
  endingOf,
  everyQueryEnded,
  resultKeysUnique,
  statusesInOrder,
} from './query-invariants.js';
import { queryOperations } from './query-operations.js';
import { releasesByThreshold, releasesWithConsent } from './release-invariants.js';
import {
  chance,
  type Submission,
  type Temperament,
  type WeightedOperations,
  type World,
} from './world.js';

/** Makes the contracts of a run over the ledger's clock. */
export type ContractsFor = (clock: () => number) => readonly LedgerContract[];

export interface SimulationOptions {
  readonly seed: number;
  readonly steps: number;
  /** The real ones, unless a fault is planted. */
  readonly contracts?: ContractsFor;
}

/** What happened in a run that kept every invariant. */
export interface SimulationReport {
  readonly seed: number;
  readonly steps: number;
  readonly days: number;
  /** How often each outcome came: `committed`, `lost`, or the code of a refusal. */
  readonly outcomes: Readonly<Record<string, number>>;
  /** Queries by their final status. */
  readonly queries: Readonly<Record<string, number>>;
  /** Why queries were refused. */
  readonly refusals: Readonly<Record<string, number>>;
  /** Transactions that were committed, by name. */
  readonly transactions: Readonly<Record<string, number>>;
  /** Hash of the state, which the seed repeats. */
  readonly digest: string;
}

/** An invariant that did not hold. */
export class SimulationFailure extends Error {
  override readonly name = 'SimulationFailure';
}

const invariants: Readonly<Record<string, Invariant>> = {
  releasesWithConsent,
  releasesByThreshold,
  usesWithinConsent,
  spendingWithinBudgets,
  moneyConserved,
  escrowFollowsQuery,
  statusesInOrder,
  resultKeysUnique,
  cohortsKeptApart,
};
const atTheEnd = { booksAgree, escrowsPaidOnce, everyQueryEnded };

const OPERATIONS_SHOWN = 20;
const SWEEP_STEPS = 50;
const KEYS = 8;

interface Held {
  readonly submission: Submission;
  readonly proposal: MemoryProposal;
  readonly at: number;
}

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
  readonly #log: string[] = [];
  readonly #outcomes = new Map<string, number>();
  readonly #transactions = new Map<string, number>();
  /** Simulated and on their way; committed some steps later. */
  readonly #held: Held[] = [];
  /** Sent before; may come once more. */
  readonly #sent: Submission[] = [];
  #operations: WeightedOperations = [];
  #step = 0;
  #names = 0;

  constructor(options: SimulationOptions) {
    const makeContracts = options.contracts ?? ((clock) => createContracts({ clock }));
    const ledger: MemoryLedger = new MemoryLedger(makeContracts(() => ledger.now()));
    this.#options = options;
    this.#random = new SeededRandom(options.seed);
    this.#ledger = ledger;
    this.#world = {
      random: this.#random,
      ledger,
      state: this.#state,
      keys: dealKeys(KEYS),
      temperamentOf: drawTemperaments(this.#random),
      fresh: (kind) => `${kind} ${(this.#names += 1)}`,
    };
  }

  async run(): Promise<SimulationReport> {
    const started = this.#ledger.now();
    await this.#found();
    for (this.#step = 1; this.#step <= this.#options.steps; this.#step += 1) {
      this.#passTime();
      await this.#act();
      if (this.#step % SWEEP_STEPS === 0) await this.#requireEndings();
    }
    await this.#finish();
    const queries = this.#state.list('query');
    return {
      seed: this.#options.seed,
      steps: this.#options.steps,
      days: Math.round((this.#ledger.now() - started) / DAY_MS),
      outcomes: sorted(this.#outcomes),
      queries: sorted(countOf(queries.map(({ status }) => status))),
      refusals: sorted(countOf(queries.flatMap(({ verdict }) => refusalCodes(verdict)))),
      transactions: sorted(this.#transactions),
      digest: this.#state.digest(),
    };
  }

  async #found(): Promise<void> {
    const newcomers = await newcomerRegistrations(this.#ledger);
    for (const submission of await foundingSubmissions(this.#ledger, this.#world.keys)) {
      await this.#require(submission);
    }
    this.#operations = [
      ...memberOperations(newcomers),
      ...contributionOperations,
      ...moneyOperations,
      ...queryOperations,
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
      this.#note(`the clock jumps ${Math.round(milliseconds / MINUTE_MS)} min`);
  }

  async #act(): Promise<void> {
    const draw = this.#random.fraction();
    if (draw < 0.05) {
      this.#commitHeld();
      return;
    }
    if (draw < 0.15) return this.#race();
    const submission = draw < 0.17 ? this.#repeated() : this.#draw();
    if (submission === undefined) return;
    if (draw < 0.2) return this.#hold(submission);
    if (draw < 0.22) return this.#lose(submission);
    await this.#deliver(submission);
    // The answer was lost, so the client sends the same once more.
    if (draw < 0.25) await this.#deliver(submission);
  }

  /** Several members at once: all are simulated on one state, and committed in random order. */
  async #race(): Promise<void> {
    const held: Held[] = [];
    const first = this.#draw();
    for (let count = 2 + this.#random.below(2); count > 0; count -= 1) {
      const submission = chance(this.#random, 0.3) ? first : this.#draw();
      const proposed = submission && (await this.#propose(submission));
      if (proposed !== undefined) held.push(proposed);
    }
    while (held.length > 0) {
      const [next] = held.splice(this.#random.below(held.length), 1);
      if (next !== undefined) this.#commit(next);
    }
  }

  async #hold(submission: Submission): Promise<void> {
    const proposed = await this.#propose(submission);
    if (proposed !== undefined) this.#held.push(proposed);
  }

  async #lose(submission: Submission): Promise<void> {
    if ((await this.#propose(submission)) !== undefined) this.#count(submission, 'lost');
  }

  #commitHeld(): void {
    const [next] = this.#held.splice(this.#random.below(this.#held.length), 1);
    if (next !== undefined) this.#commit(next);
  }

  async #deliver(submission: Submission): Promise<void> {
    const proposed = await this.#propose(submission);
    if (proposed !== undefined) this.#commit(proposed);
  }

  async #require(submission: Submission): Promise<void> {
    const proposed = await this.#propose(submission);
    if (proposed === undefined) throw this.#failure([`${nameOf(submission)} was refused`]);
    this.#commit(proposed);
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
      const signer = chance(this.#random, 0.02) ? this.#random.pick(everyone) : as;
      const signed = { ...submission, as: signer };
      this.#sent.push(signed);
      return signed;
    }
    return undefined;
  }

  #repeated(): Submission | undefined {
    const recent = this.#sent.slice(-60);
    return recent.length === 0 ? undefined : this.#random.pick(recent);
  }

  async #propose(submission: Submission): Promise<Held | undefined> {
    const { as, contract, transaction, argument } = submission;
    try {
      const proposal = await this.#ledger.propose(as, contract, transaction, argument);
      return { submission, proposal, at: this.#ledger.now() };
    } catch (error) {
      const known = refusalOf(error);
      const { code } = known;
      this.#count(submission, code);
      // What the contracts did not expect is a defect, whoever called.
      if (code === 'INTERNAL' || code === 'LEDGER_INTEGRITY') {
        throw this.#failure([
          `contractsExpectIt: ${nameOf(submission)} failed: ${describe(error)}`,
        ]);
      }
      return undefined;
    }
  }

  #commit({ submission, proposal, at }: Held): void {
    try {
      this.#ledger.commit(proposal);
    } catch (error) {
      this.#count(submission, refusalOf(error).code);
      return;
    }
    this.#count(submission, 'committed');
    const name = nameOf(submission);
    this.#transactions.set(name, (this.#transactions.get(name) ?? 0) + 1);
    const commit: Commit = { ...submission, at, changes: this.#state.apply(proposal.writes) };
    const breaches = Object.entries(invariants).flatMap(([invariant, check]) =>
      check(this.#state, commit).map((sentence) => `${invariant}: ${sentence}`),
    );
    if (breaches.length > 0) throw this.#failure(breaches);
  }

  /** Whoever asks can end every query whose time is over; the answer is thrown away. */
  async #requireEndings(): Promise<void> {
    for (const submission of this.#overdue()) {
      if ((await this.#propose(submission)) === undefined) {
        throw this.#failure([`endsWithinDeadlines: the auditor may not ${nameOf(submission)}`]);
      }
    }
  }

  async #finish(): Promise<void> {
    while (this.#held.length > 0) this.#commitHeld();
    this.#ledger.advance(2 * DAY_MS);
    this.#note('the clock jumps past all deadlines');
    for (const submission of this.#overdue()) await this.#require(submission);
    const breaches = Object.entries(atTheEnd).flatMap(([invariant, check]) =>
      check(this.#state).map((sentence) => `${invariant}: ${sentence}`),
    );
    if (breaches.length > 0) throw this.#failure(breaches);
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

  #count(submission: Submission, outcome: string): void {
    this.#outcomes.set(outcome, (this.#outcomes.get(outcome) ?? 0) + 1);
    const argument = JSON.stringify(submission.argument).slice(0, 160);
    this.#note(`${submission.as} ${nameOf(submission)} ${argument} → ${outcome}`);
  }

  #note(line: string): void {
    this.#log.push(`  ${this.#step}. ${line}`);
    if (this.#log.length > OPERATIONS_SHOWN) this.#log.shift();
  }

  #failure(breaches: readonly string[]): SimulationFailure {
    const { seed } = this.#options;
    const time = new Date(this.#ledger.now()).toISOString();
    return new SimulationFailure(
      [
        `Seed ${seed}, step ${this.#step}, ${time}:`,
        ...breaches.map((breach) => `  ${breach}`),
        'The last operations:',
        ...this.#log,
        `Repeat it: npm run test:simulation -- --seed ${seed} --steps ${this.#options.steps}`,
      ].join('\n'),
    );
  }
}

/** Most are honest; which keyholder is not, changes from query to query. */
function drawTemperaments(random: SeededRandom): World['temperamentOf'] {
  const salt = random.below(2 ** 31);
  const drawn: readonly Temperament[] = ['late', 'late', 'refusing', 'silent'];
  return (keyholder, queryId) => {
    const place = parseInt(sampleHash(`${salt} ${keyholder} ${queryId}`).slice(0, 8), 16) % 12;
    return drawn[place] ?? 'honest';
  };
}

function nameOf({ contract, transaction }: Submission): string {
  return `${contract}:${transaction}`;
}

function refusalOf(error: unknown): VeilsumError {
  if (error instanceof VeilsumError) return error;
  const known = error instanceof Error ? parseLedgerMessage(error.message) : undefined;
  if (known === undefined) throw error;
  return known;
}

function describe(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error ? (cause.stack ?? cause.message) : String(error);
}

function countOf(words: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return counts;
}

function refusalCodes({ allowed, trace }: Verdict): string[] {
  return allowed ? [] : trace.flatMap(({ code }) => (code === undefined ? [] : [code]));
}

function sorted(counts: ReadonlyMap<string, number>): Record<string, number> {
  return Object.fromEntries([...counts].sort(([, left], [, right]) => right - left));
}
