import { VeilsumError, parseLedgerMessage } from '@veilsum/protocol';
import type { MemoryLedger, MemoryProposal } from '../../chaincode/contracts/src/testing/index.js';
import type { SeededRandom } from '../crash/seeded-random.js';
import type { Commit } from './commit.js';
import type { CommittedState } from './committed-state.js';
import type { Identities } from './identities.js';
import { afterEveryCommit } from './invariants.js';
import { nameOf, type RunLog } from './run-log.js';
import type { Submission } from './world.js';

/** A transaction that was simulated and is on its way. */
interface Held {
  readonly submission: Submission;
  readonly proposal: MemoryProposal;
  readonly at: number;
}

export interface TrafficParts {
  readonly random: SeededRandom;
  readonly ledger: MemoryLedger;
  readonly state: CommittedState;
  readonly log: RunLog;
  readonly identities: Identities;
}

/** How submissions reach the ledger: at once, late, twice, together with others, or not at all. */
export class Traffic {
  readonly #parts: TrafficParts;
  /** Committed some steps later. */
  readonly #held: Held[] = [];

  constructor(parts: TrafficParts) {
    this.#parts = parts;
  }

  async deliver(submission: Submission): Promise<void> {
    const proposed = await this.#propose(submission);
    if (proposed !== undefined) this.#commit(proposed);
  }

  /** The answer was lost, so the client sends the same once more. */
  async deliverTwice(submission: Submission): Promise<void> {
    await this.deliver(submission);
    await this.deliver(submission);
  }

  async hold(submission: Submission): Promise<void> {
    const proposed = await this.#propose(submission);
    if (proposed !== undefined) this.#held.push(proposed);
  }

  async lose(submission: Submission): Promise<void> {
    if ((await this.#propose(submission)) !== undefined) this.#parts.log.count(submission, 'lost');
  }

  /** Several members at once: all are simulated on one state, and committed in random order. */
  async race(submissions: readonly Submission[]): Promise<void> {
    const held: Held[] = [];
    for (const submission of submissions) {
      const proposed = await this.#propose(submission);
      if (proposed !== undefined) held.push(proposed);
    }
    while (held.length > 0) this.#commitOne(held);
  }

  commitHeld(): void {
    this.#commitOne(this.#held);
  }

  commitAllHeld(): void {
    while (this.#held.length > 0) this.commitHeld();
  }

  /** @throws {@link SimulationFailure} when it is refused */
  async require(submission: Submission): Promise<void> {
    const proposed = await this.#propose(submission);
    if (proposed === undefined) {
      throw this.#parts.log.failure([`${nameOf(submission)} was refused`]);
    }
    this.#commit(proposed);
  }

  /** @returns whether the contracts would allow it now; nothing is committed */
  async isAllowed(submission: Submission): Promise<boolean> {
    return (await this.#propose(submission)) !== undefined;
  }

  async #propose(submission: Submission): Promise<Held | undefined> {
    const { ledger, log } = this.#parts;
    const { as, contract, transaction, argument } = submission;
    try {
      const proposal = await ledger.propose(as, contract, transaction, argument);
      return { submission, proposal, at: ledger.now() };
    } catch (error) {
      const { code } = refusalOf(error);
      log.count(submission, code);
      // What the contracts did not expect is a defect, whoever called.
      if (code === 'INTERNAL' || code === 'LEDGER_INTEGRITY') {
        throw log.failure([`contractsExpectIt: ${nameOf(submission)} failed: ${describe(error)}`]);
      }
      return undefined;
    }
  }

  #commitOne(held: Held[]): void {
    const [next] = held.splice(this.#parts.random.below(held.length), 1);
    if (next !== undefined) this.#commit(next);
  }

  #commit({ submission, proposal, at }: Held): void {
    const { ledger, state, log, identities } = this.#parts;
    try {
      ledger.commit(proposal);
    } catch (error) {
      log.count(submission, refusalOf(error).code);
      return;
    }
    log.count(submission, 'committed');
    const signer = identities.named(submission.as);
    const changes = state.apply(proposal.writes);
    const commit: Commit = { ...submission, at, signer, changes };
    const breaches = Object.entries(afterEveryCommit).flatMap(([invariant, check]) =>
      check(state, commit).map((sentence) => `${invariant}: ${sentence}`),
    );
    if (breaches.length > 0) throw log.failure(breaches);
  }
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
