import type { Submission } from './world.js';

const OPERATIONS_SHOWN = 20;

/** An invariant that did not hold. */
export class SimulationFailure extends Error {
  override readonly name = 'SimulationFailure';
}

/** Which run this is, so that it can be repeated. */
export interface RunIdentity {
  readonly seed: number;
  readonly steps: number;
}

/** What happened in a run: counted for the report, and the latest of it told when an invariant breaks. */
export class RunLog {
  readonly #identity: RunIdentity;
  readonly #now: () => number;
  readonly #lines: string[] = [];
  readonly #outcomes = new Map<string, number>();
  readonly #transactions = new Map<string, number>();
  #step = 0;

  constructor(identity: RunIdentity, now: () => number) {
    this.#identity = identity;
    this.#now = now;
  }

  /** How often each outcome came: `committed`, `lost`, or the code of a refusal. */
  get outcomes(): Record<string, number> {
    return mostFirst(this.#outcomes);
  }

  /** Transactions that were committed, by name. */
  get transactions(): Record<string, number> {
    return mostFirst(this.#transactions);
  }

  startStep(step: number): void {
    this.#step = step;
  }

  note(line: string): void {
    this.#lines.push(`  ${this.#step}. ${line}`);
    if (this.#lines.length > OPERATIONS_SHOWN) this.#lines.shift();
  }

  /** @param outcome `committed`, `lost`, or the code of a refusal */
  count(submission: Submission, outcome: string): void {
    add(this.#outcomes, outcome);
    if (outcome === 'committed') add(this.#transactions, nameOf(submission));
    const argument = JSON.stringify(submission.argument).slice(0, 160);
    this.note(`${submission.as} ${nameOf(submission)} ${argument} → ${outcome}`);
  }

  failure(breaches: readonly string[]): SimulationFailure {
    const { seed, steps } = this.#identity;
    const time = new Date(this.#now()).toISOString();
    return new SimulationFailure(
      [
        `Seed ${seed}, step ${this.#step}, ${time}:`,
        ...breaches.map((breach) => `  ${breach}`),
        'The last operations:',
        ...this.#lines,
        `Repeat it: npm run test:simulation -- --seed ${seed} --steps ${steps}`,
      ].join('\n'),
    );
  }
}

export function nameOf({ contract, transaction }: Submission): string {
  return `${contract}:${transaction}`;
}

/** How often each word comes, the most frequent first. */
export function countOf(words: readonly string[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const word of words) add(counts, word);
  return mostFirst(counts);
}

function add(counts: Map<string, number>, word: string): void {
  counts.set(word, (counts.get(word) ?? 0) + 1);
}

function mostFirst(counts: ReadonlyMap<string, number>): Record<string, number> {
  return Object.fromEntries([...counts].sort(([, left], [, right]) => right - left));
}
