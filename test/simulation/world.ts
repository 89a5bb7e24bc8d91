import type { DealtKey } from '@veilsum/crypto';
import type { MemoryLedger } from '../../chaincode/contracts/src/testing/index.js';
import type { SeededRandom } from '../crash/seeded-random.js';
import { DAY_MS } from './durations.js';
import type { CommittedState } from './committed-state.js';
import type { Identities } from './identities.js';

/** How a keyholder behaves. */
export type Temperament = 'honest' | 'late' | 'refusing' | 'silent';

/** What whoever draws an operation sees. */
export interface World {
  readonly random: SeededRandom;
  readonly ledger: MemoryLedger;
  readonly state: CommittedState;
  /** Keys that were or will be registered, in that order. */
  readonly keys: readonly DealtKey[];
  /** How a keyholder behaves towards a query. */
  readonly temperamentOf: (keyholder: string, queryId: string) => Temperament;
  readonly identities: Identities;
  /** A name that no earlier one has. */
  readonly fresh: (kind: string) => string;
}

/** A transaction that somebody is about to submit. */
export interface Submission {
  /** A member, or the name of one of its certificates. */
  readonly as: string;
  readonly contract: string;
  readonly transaction: string;
  readonly argument: unknown;
}

/** Draws a submission; undefined when there is nothing to do of this kind now. */
export type Operation = (world: World) => Submission | undefined;

/** Operations with how often each is drawn. */
export type WeightedOperations = readonly (readonly [weight: number, operation: Operation])[];

export function chance(random: SeededRandom, probability: number): boolean {
  return random.fraction() < probability;
}

/** @returns a choice, or undefined when there is none */
export function pickAny<Choice>(
  random: SeededRandom,
  choices: readonly Choice[],
): Choice | undefined {
  return choices.length === 0 ? undefined : random.pick(choices);
}

/** A part of the choices in their order, at least one. */
export function someOf<Choice>(random: SeededRandom, choices: readonly Choice[]): Choice[] {
  const chosen = choices.filter(() => chance(random, 0.75));
  return chosen.length > 0 ? chosen : [random.pick(choices)];
}

/** The ISO week that holds a time, or one that many weeks earlier, e.g. `2026-W03`. */
export function weekOf(timeMs: number, weeksBack = 0): string {
  const day = Math.floor(timeMs / DAY_MS) - 7 * weeksBack;
  // A week belongs to the year of its Thursday; day 0 of 1970 was one.
  const thursday = new Date((day - ((day + 3) % 7) + 3) * DAY_MS);
  const year = thursday.getUTCFullYear();
  const week = 1 + Math.floor((thursday.getTime() - Date.UTC(year, 0, 1)) / (7 * DAY_MS));
  return `${year}-W${String(week).padStart(2, '0')}`;
}
