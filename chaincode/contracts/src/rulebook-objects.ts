import {
  adoptedRulebookSchema,
  timestampSchema,
  type AdoptedRulebook,
  type Rulebook,
} from '@veilsum/protocol';
import { versionInForce, type TimedVersion } from '@veilsum/rules';
import { z } from 'zod';
import type { StateKind, WorldState } from './world-state.js';

/** {@link rulebookPart} */
export const rulebooks: StateKind<AdoptedRulebook> = {
  type: 'rulebook',
  noun: 'rulebook',
  schema: adoptedRulebookSchema,
  notFound: 'NOT_FOUND',
};

/**
 * {@link rulebookPart}: from when on the version is in force. Apart from the rulebook, which is large:
 * every query reads all of these, so that a version which comes before its commit invalidates it.
 */
export const rulebookTimes: StateKind<TimedVersion> = {
  type: 'rulebookTime',
  noun: 'rulebook version',
  schema: z.strictObject({ version: z.number().int().min(1), inForceFrom: timestampSchema }),
  notFound: 'NOT_FOUND',
};

/** Padded so that versions list in order. */
export const rulebookPart = (version: number): string => String(version).padStart(7, '0');

/** The rulebook that is in force at a time; undefined while there is none. */
export async function rulebookInForce(
  state: WorldState,
  at: number,
): Promise<Rulebook | undefined> {
  const found = versionInForce(await state.list(rulebookTimes), at);
  if (found === undefined) return undefined;
  return (await state.require(rulebooks, rulebookPart(found.version))).rulebook;
}
