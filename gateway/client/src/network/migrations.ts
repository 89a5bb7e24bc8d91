import { askLedger, tellLedger, type Ledger } from '@veilsum/ledger';
import { migrationListSchema, migrationProgressSchema, VeilsumError } from '@veilsum/protocol';

/** What migrating needs of a ledger. */
export type MigratingLedger = Pick<Ledger, 'evaluate' | 'submit'>;

/** One change of data that was brought to its end. */
export interface MigrationRun {
  readonly migrationId: string;
  readonly title: string;
  /** How many transactions it took. */
  readonly steps: number;
}

/**
 * Brings the data of an earlier release into the form of this one, as the operator: every pending
 * migration, step by step. Several operators may do so at once, and an interrupted run goes on.
 * @returns the migrations that took a step now; none when nothing was pending
 * @throws {@link VeilsumError} FORBIDDEN for anyone but the operator, UNKNOWN_TRANSACTION when the
 * channel runs contracts that are older than migrations
 */
export async function runMigrations(ledger: MigratingLedger): Promise<MigrationRun[]> {
  const list = await askLedger(ledger, 'consortium:migrations', {}, migrationListSchema);
  if (list.every(({ status }) => status === 'done')) return [];
  const steps = new Map<string, number>();
  for (;;) {
    const { result } = await tellLedger(ledger, 'consortium:migrate', {});
    const { migrationId, pending } = migrationProgressSchema.parse(result);
    if (migrationId !== null) steps.set(migrationId, (steps.get(migrationId) ?? 0) + 1);
    if (pending.length === 0) break;
  }
  return list.flatMap(({ migrationId, title }) => {
    const taken = steps.get(migrationId);
    return taken === undefined ? [] : [{ migrationId, title, steps: taken }];
  });
}

/**
 * Runs what is pending when a network starts, and says so in one line. A channel whose contracts are
 * older than this program is left as it is: it works as before until it is upgraded.
 */
export async function migrateAtStart(
  ledger: MigratingLedger,
  say: (line: string) => void,
): Promise<void> {
  try {
    const runs = await runMigrations(ledger);
    if (runs.length > 0) say(`Data brought into the form of this release: ${namesOf(runs)}.`);
  } catch (error) {
    if (!(error instanceof VeilsumError) || error.code !== 'UNKNOWN_TRANSACTION') throw error;
    say(
      'The channel runs older contracts than this program; "veilsum ledger upgrade" renews them.',
    );
  }
}

/** Names what ran, for one line. */
function namesOf(runs: readonly MigrationRun[]): string {
  return runs.map(({ migrationId }) => migrationId).join(', ');
}
