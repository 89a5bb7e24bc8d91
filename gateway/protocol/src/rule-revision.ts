import { z } from 'zod';

/**
 * The one object that every change of the consortium's rules reads and writes, so that its endorsement
 * policy governs them all (docs/ledger.md, Changes of the rules).
 */
export const ruleRevisionSchema = z.strictObject({
  /** 1 at the founding, one more with each change. */
  revision: z.number().int().min(1),
  /** Of the last change. */
  transactionId: z.string().min(1),
});
export type RuleRevision = z.infer<typeof ruleRevisionSchema>;
