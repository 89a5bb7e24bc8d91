import type { JsonValue } from '@veilsum/crypto';
import type { LedgerRequest } from '@veilsum/ledger';
import { VeilsumError } from '@veilsum/protocol';
import { migrateAtStart, runMigrations, type MigratingLedger } from './migrations.js';

/** A ledger with two migrations left, which take two steps and one; and its calls of `migrate`. */
function ledgerWith(pending: readonly string[]): { ledger: MigratingLedger; steps: string[] } {
  const left = [...pending];
  const steps: string[] = [];
  const ledger = {
    evaluate: () =>
      Promise.resolve(
        ['0001-first', '0002-second', '0003-third'].map((migrationId) => ({
          migrationId,
          title: `Title of ${migrationId}.`,
          status: left.includes(migrationId) ? 'pending' : 'done',
        })),
      ),
    submit: ({ contract, transaction }: LedgerRequest) => {
      steps.push(`${contract}:${transaction}`);
      const migrationId = left.shift() ?? null;
      const result: JsonValue = { migrationId, pending: [...new Set(left)] };
      return Promise.resolve({ transactionId: 'a'.repeat(64), blockNumber: 1, result });
    },
  };
  return { ledger, steps };
}

const TWO = ['0002-second', '0002-second', '0003-third'];

it('runs every pending migration to its end, and says how many transactions each took', async () => {
  const { ledger, steps } = ledgerWith(TWO);
  expect(await runMigrations(ledger)).toEqual([
    { migrationId: '0002-second', title: 'Title of 0002-second.', steps: 2 },
    { migrationId: '0003-third', title: 'Title of 0003-third.', steps: 1 },
  ]);
  expect(steps).toEqual(Array(3).fill('consortium:migrate'));
});

it('sends nothing when nothing is pending, and says nothing', async () => {
  const { ledger, steps } = ledgerWith([]);
  const said: string[] = [];
  await migrateAtStart(ledger, (line) => said.push(line));
  expect([await runMigrations(ledger), steps, said]).toEqual([[], [], []]);
});

it('says at a start in one line what ran', async () => {
  const said: string[] = [];
  await migrateAtStart(ledgerWith(TWO).ledger, (line) => said.push(line));
  expect(said).toEqual(['Data brought into the form of this release: 0002-second, 0003-third.']);
});

it('leaves contracts alone that are older than migrations, and nothing else unsaid', async () => {
  const refusing = (code: 'UNKNOWN_TRANSACTION' | 'LEDGER_UNAVAILABLE') => ({
    ...ledgerWith(TWO).ledger,
    evaluate: () => Promise.reject(new VeilsumError(code, 'No.')),
  });
  const said: string[] = [];
  await migrateAtStart(refusing('UNKNOWN_TRANSACTION'), (line) => said.push(line));
  expect(said).toEqual([expect.stringContaining('veilsum ledger upgrade')]);
  await expect(
    migrateAtStart(refusing('LEDGER_UNAVAILABLE'), (line) => said.push(line)),
  ).rejects.toMatchObject({ code: 'LEDGER_UNAVAILABLE' });
});
