import { z } from 'zod';
import { timestampSchema } from './quantities.js';

/** Stored object: how far a change of the ledger's data has come (docs/ledger.md, Migrations). */
export const migrationRecordSchema = z.strictObject({
  migrationId: z.string().min(1),
  status: z.enum(['underway', 'done']),
  /** While underway, where the next step goes on; its meaning is the migration's own. */
  cursor: z.string().optional(),
  /** Of the last step. */
  transactionId: z.string().min(1),
  at: timestampSchema,
});
export type MigrationRecord = z.infer<typeof migrationRecordSchema>;

/** Answer of `consortium:migrations`, in the order in which they run. */
export const migrationListSchema = z.array(
  z.strictObject({
    migrationId: z.string().min(1),
    title: z.string().min(1),
    status: z.enum(['pending', 'underway', 'done']),
  }),
);
export type MigrationList = z.infer<typeof migrationListSchema>;

/** Answer of `consortium:migrate`. */
export const migrationProgressSchema = z.strictObject({
  /** The migration that took a step; null when none was left. */
  migrationId: z.string().min(1).nullable(),
  /** What is left, in order; call again until it is empty. */
  pending: z.array(z.string().min(1)),
});
export type MigrationProgress = z.infer<typeof migrationProgressSchema>;
