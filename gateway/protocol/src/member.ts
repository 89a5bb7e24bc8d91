import { z } from 'zod';
import {
  boxPublicKeySchema,
  fingerprintSchema,
  legalEntityIdSchema,
  memberIdSchema,
  mspIdSchema,
} from './identifiers.js';
import { timestampSchema } from './quantities.js';

/** What a member may do (docs/ledger.md, Members). */
export const roleSchema = z.enum([
  'operator',
  'gateway',
  'platform',
  'merchant',
  'logistics',
  'finance',
  'regulator',
  'analyst',
  'auditor',
  'keyholder',
]);
export type Role = z.infer<typeof roleSchema>;

export const memberStatusSchema = z.enum(['pending', 'active', 'suspended', 'left']);

/** A member as everyone reads it. It holds no personal data. */
export const memberSchema = z.strictObject({
  memberId: memberIdSchema,
  mspId: mspIdSchema,
  legalEntityId: legalEntityIdSchema,
  name: z.string().min(1).max(120),
  roles: z.array(roleSchema).min(1),
  size: z.enum(['small', 'large']),
  boxPublicKey: boxPublicKeySchema,
  certificateFingerprints: z.array(fingerprintSchema),
  status: memberStatusSchema,
  registeredAt: timestampSchema,
});
export type Member = z.infer<typeof memberSchema>;

/** Argument of `member:register`, sent by the operator, or by the first member of all (docs/ledger.md). */
export const memberRegistrationSchema = memberSchema.omit({
  status: true,
  registeredAt: true,
});
export type MemberRegistration = z.infer<typeof memberRegistrationSchema>;

/** Deadlines of one query attempt and of its settlement, in milliseconds. */
export const deadlinesSchema = z.strictObject({
  blindingMs: z.number().int().min(1000),
  releaseMs: z.number().int().min(1000),
  disputeMs: z.number().int().min(0),
});

/** How a price is split at settlement, in basis points that add up to 10,000. */
export const settlementSplitSchema = z.strictObject({
  contributorsBps: z.number().int().min(1).max(10_000),
  keyholdersBps: z.number().int().min(0).max(10_000),
  operatorBps: z.number().int().min(0).max(10_000),
  subsidyFundBps: z.number().int().min(0).max(10_000),
});
export type SettlementSplit = z.infer<typeof settlementSplitSchema>;

/** What the consortium agreed on when it was founded; argument of `consortium:initialize` and the stored object. */
export const consortiumSchema = z.strictObject({
  format: z.literal('veilsum-consortium/1'),
  name: z.string().min(1).max(120),
  currency: z.string().regex(/^[A-Z]{3}$/),
  testNetwork: z.boolean(),
  mspRoles: z.record(z.string(), z.array(roleSchema)),
  deadlines: deadlinesSchema,
  maxAttempts: z.number().int().min(1).max(16),
  split: settlementSplitSchema,
});
export type Consortium = z.infer<typeof consortiumSchema>;

/** Argument of `consortium:admitOrganisation`: an organisation that joins after the founding. */
export const organisationAdmissionSchema = z.strictObject({
  mspId: mspIdSchema,
  /** What its members may be. */
  roles: z.array(roleSchema).min(1),
});
export type OrganisationAdmission = z.infer<typeof organisationAdmissionSchema>;
