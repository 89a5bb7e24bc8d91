import type { MigrationList, MigrationProgress, MigrationRecord } from '@veilsum/protocol';
import { consortia, members, migrationRecords, ruleRevisions } from './ledger-objects.js';
import { putRepresentative, speaksForOrganisation } from './member-registration.js';
import { recordRuleChange, startRuleRevisions } from './rule-change.js';
import type { UnregisteredCall } from './transaction-call.js';

/** What a step may use. */
export type MigrationCall = Pick<UnregisteredCall, 'state' | 'transactionId' | 'now'>;

/** A change of data that an earlier release wrote. Once released, a migration never changes. */
export interface Migration {
  /** Key of its record; never used again for another. */
  readonly migrationId: string;
  readonly title: string;
  /**
   * Does a bounded part of the work: at most some hundred objects, as a transaction must stay small.
   * @param cursor what the step before returned; undefined in the first
   * @returns where the next step goes on, or undefined when all is done
   */
  step(call: MigrationCall, cursor: string | undefined): Promise<string | undefined>;
}

/** In the order in which they run; new ones are added at the end. */
export const migrations: readonly Migration[] = [
  {
    migrationId: '0001-rule-revision',
    title: 'Give the rules a revision that every change of them takes.',
    async step(call) {
      if ((await call.state.get(ruleRevisions)) === undefined) {
        await startRuleRevisions(call, await call.state.require(consortia));
      }
      return undefined;
    },
  },
  {
    migrationId: '0002-representatives',
    title: 'List the members who speak for their organisations on proposals.',
    async step(call) {
      // One step: all members are read, but few have power over the rules, and only these are written.
      const everyone = await call.state.list(members);
      const policy = await recordRuleChange(call);
      for (const member of everyone.filter(speaksForOrganisation)) {
        await putRepresentative(call.state, member, policy);
      }
      return undefined;
    },
  },
];

/** Every migration with its status, in the order in which they run. */
export async function listMigrations(
  { state }: Pick<MigrationCall, 'state'>,
  list: readonly Migration[] = migrations,
): Promise<MigrationList> {
  const records = await recordsById({ state });
  return list.map(({ migrationId, title }) => ({
    migrationId,
    title,
    status: records.get(migrationId)?.status ?? 'pending',
  }));
}

/**
 * Takes one step of the first migration that is not done, so that a transaction stays bounded whatever
 * the size of the state.
 * @returns which one took a step, and what is left
 */
export async function migrateOnce(
  call: MigrationCall,
  list: readonly Migration[] = migrations,
): Promise<MigrationProgress> {
  const records = await recordsById(call);
  const pending = list.filter(({ migrationId }) => records.get(migrationId)?.status !== 'done');
  const [next, ...later] = pending;
  if (next === undefined) return { migrationId: null, pending: [] };
  const { migrationId } = next;
  const cursor = await next.step(call, records.get(migrationId)?.cursor);
  const left = later.map((migration) => migration.migrationId);
  await call.state.put(migrationRecords, [migrationId], recordOf(call, migrationId, cursor));
  return { migrationId, pending: cursor === undefined ? left : [migrationId, ...left] };
}

/** A new consortium is founded on the newest data, so nothing is left to migrate. */
export async function markMigrated(call: MigrationCall): Promise<void> {
  for (const { migrationId } of migrations) {
    await call.state.put(migrationRecords, [migrationId], recordOf(call, migrationId, undefined));
  }
}

function recordOf(
  { transactionId, now }: MigrationCall,
  migrationId: string,
  cursor: string | undefined,
): MigrationRecord {
  return {
    migrationId,
    transactionId,
    at: now,
    ...(cursor === undefined ? { status: 'done' } : { status: 'underway', cursor }),
  };
}

async function recordsById({
  state,
}: Pick<MigrationCall, 'state'>): Promise<Map<string, MigrationRecord>> {
  const records = await state.list(migrationRecords);
  return new Map(records.map((record) => [record.migrationId, record]));
}
