import { z } from 'zod';
import { hashSchema, keyIdSchema } from './identifiers.js';

const hex = z.string().regex(/^(0|[1-9a-f][0-9a-f]*)$/, 'unpadded lower-case hex');

export const plaintextProofSchema = z.strictObject({ a: hex, za: hex, zm: hex });

/** The aggregates of one plan, in block order (docs/protocol.md §6.2). */
export const aggregateObjectSchema = z.strictObject({
  aggregateHash: hashSchema,
  blocks: z.array(hex).min(1),
  format: z.literal('veilsum-aggregate/1'),
  planHash: hashSchema,
});
export type AggregateObject = z.infer<typeof aggregateObjectSchema>;

/** What the proof of a blinding is bound to (docs/protocol.md §6.4). */
export const blindingContextSchema = z.strictObject({
  attempt: z.number().int().min(1),
  format: z.literal('veilsum-blinding/1'),
  index: z.number().int().min(1).max(16),
  planHash: hashSchema,
});
export type BlindingContext = z.infer<typeof blindingContextSchema>;

/** One keyholder's blinding of one attempt, shown to the gateway after A is fixed. */
export const blindingObjectSchema = z.strictObject({
  blocks: z.array(hex).min(1),
  context: blindingContextSchema,
  format: z.literal('veilsum-blinding-object/1'),
  proof: plaintextProofSchema,
});
export type BlindingObject = z.infer<typeof blindingObjectSchema>;

/** A keyholder's share, before sealing (docs/protocol.md §6.7). Only the analyst may read it. */
export const shareSchema = z.strictObject({
  attempt: z.number().int().min(1),
  format: z.literal('veilsum-share/1'),
  index: z.number().int().min(1).max(16),
  keyId: keyIdSchema,
  planHash: hashSchema,
  proof: z.strictObject({ a1: hex, a2: hex, z: hex }),
  x: z.array(hex).min(1),
});
export type Share = z.infer<typeof shareSchema>;

/** A result certificate (docs/protocol.md §7). It shows the result and goes only where the result may go. */
export const certificateSchema = z.strictObject({
  attempt: z.number().int().min(1),
  c: z.array(hex).min(1),
  format: z.literal('veilsum-certificate/1'),
  keyId: keyIdSchema,
  m: z.array(hex).min(1),
  planHash: hashSchema,
  w: z.array(hex).min(1),
});
export type Certificate = z.infer<typeof certificateSchema>;
