import { z } from 'zod';
import { hashSchema, keyIdSchema, memberIdSchema, queryIdSchema } from './identifiers.js';
import { timestampSchema } from './quantities.js';

const hex = z.string().regex(/^(0|[1-9a-f][0-9a-f]*)$/, 'unpadded lower-case hex');

/** The public key record of docs/protocol.md §2; its mathematics is checked by `decodePublicKey` of crypto. */
export const publicKeyRecordSchema = z.strictObject({
  keyId: keyIdSchema,
  modulusBits: z.number().int(),
  n: hex,
  hs: hex,
  t: z.number().int(),
  l: z.number().int(),
  v: hex,
  vi: z.array(hex),
  roots: z.array(hex),
  exponentBits: z.number().int(),
  shareBits: z.number().int(),
  insecureTestKey: z.literal(true).optional(),
});

/** Argument of `committee:registerKey`; `keyholders[i]` is the member behind index i + 1. */
export const committeeKeyRegistrationSchema = z.strictObject({
  format: z.literal('veilsum-committee-key/1'),
  record: publicKeyRecordSchema,
  keyholders: z.array(memberIdSchema).min(2).max(16),
});
export type CommitteeKeyRegistration = z.infer<typeof committeeKeyRegistrationSchema>;

export const committeeKeySchema = committeeKeyRegistrationSchema.extend({
  keyId: keyIdSchema,
  status: z.enum(['active', 'retired']),
  proposedBy: memberIdSchema,
  registeredAt: timestampSchema,
});
export type CommitteeKey = z.infer<typeof committeeKeySchema>;

/**
 * What the dealer seals to one keyholder's box key, as canonical JSON (docs/protocol.md §2, §8). Secret.
 * `value` is sᵢ; the keyholder believes it only after checking it against the record on its own ledger.
 */
export const dealtShareSchema = z.strictObject({
  format: z.literal('veilsum-dealt-share/1'),
  keyId: keyIdSchema,
  index: z.number().int().min(1).max(16),
  value: hex,
});
export type DealtShare = z.infer<typeof dealtShareSchema>;

const attemptPart = {
  queryId: queryIdSchema,
  planHash: hashSchema,
  attempt: z.number().int().min(1),
};

/** Argument of `query:commitBlinding` by a keyholder; its index follows from the caller. */
export const blindingCommitmentSchema = z.strictObject({
  ...attemptPart,
  blindingHash: hashSchema,
});
export type BlindingCommitment = z.infer<typeof blindingCommitmentSchema>;

/** Argument of `query:releaseShare` by a keyholder, recorded before it hands its share over. */
export const shareReleaseSchema = z.strictObject({
  ...attemptPart,
  finalHash: hashSchema,
  shareHash: hashSchema,
});
export type ShareRelease = z.infer<typeof shareReleaseSchema>;

/** Argument of `query:refuseShare`: why a keyholder will not take part. */
export const keyholderRefusalSchema = z.strictObject({
  ...attemptPart,
  code: z.string().regex(/^[A-Z][A-Z0-9_]{2,63}$/),
  reason: z.string().min(1).max(500),
});
export type KeyholderRefusal = z.infer<typeof keyholderRefusalSchema>;
