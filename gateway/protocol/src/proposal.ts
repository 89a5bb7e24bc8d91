import { z } from 'zod';
import { committeeKeyRegistrationSchema } from './committee.js';
import {
  fingerprintSchema,
  hashSchema,
  keyIdSchema,
  memberIdSchema,
  mspIdSchema,
  proposalIdSchema,
} from './identifiers.js';
import {
  memberRegistrationSchema,
  memberStatusSchema,
  organisationAdmissionSchema,
  roleSchema,
} from './member.js';
import { productDefinitionSchema } from './product.js';
import { timestampSchema } from './quantities.js';
import { rulebookSchema } from './rulebook.js';
import { rewardSchemeSchema } from './reward-scheme.js';
import { ruleOutcomeSchema } from './verdict.js';

const words = z.string().min(1).max(500);

/** What can be proposed, with the form of its content (docs/ledger.md, Proposals). */
export const proposalContentSchemas = {
  /** A version of a product. */
  standard: productDefinitionSchema,
  /** A key that new epochs take. */
  committeeKey: committeeKeyRegistrationSchema,
  /** The end of a key, for ever. */
  committeeKeyRetirement: z.strictObject({ keyId: keyIdSchema }),
  /** Members to let in, all or none. */
  member: z.strictObject({ registrations: z.array(memberRegistrationSchema).min(1).max(50) }),
  /** What a member may do from then on. */
  memberRoles: z.strictObject({ memberId: memberIdSchema, roles: z.array(roleSchema).min(1) }),
  memberStatus: z.strictObject({ memberId: memberIdSchema, status: memberStatusSchema }),
  /** A further certificate that speaks for a member. */
  memberCertificate: z.strictObject({ memberId: memberIdSchema, fingerprint: fingerprintSchema }),
  /** An organisation that joins, or what the members of one that is there may be from then on. */
  organisation: organisationAdmissionSchema,
  /** What is forbidden, who reviews, how one may share. */
  rulebook: rulebookSchema,
  /** How what is authorised from its date on is settled. */
  rewardScheme: rewardSchemeSchema,
} as const satisfies Record<string, z.ZodType>;

export type ProposalKind = keyof typeof proposalContentSchemas;

/** Content of a proposal of a kind. */
export type ProposalContent<Kind extends ProposalKind = ProposalKind> = z.infer<
  (typeof proposalContentSchemas)[Kind]
>;

export const proposalKindSchema = z.enum(
  Object.keys(proposalContentSchemas) as [ProposalKind, ...ProposalKind[]],
);

/** What an approval is given to: its SHA-256, as canonical JSON, is the `contentHash`. */
export const proposedChangeSchema = z.strictObject({
  kind: proposalKindSchema,
  content: z.record(z.string(), z.json()),
});
export type ProposedChange = z.infer<typeof proposedChangeSchema>;

/** Argument of `proposal:submit`. */
export const proposalSubmissionSchema = proposedChangeSchema.extend({
  format: z.literal('veilsum-proposal/1'),
  proposalId: proposalIdSchema,
  /** Why, for those who decide. */
  reason: words,
  expiresAt: timestampSchema,
});
export type ProposalSubmission = z.infer<typeof proposalSubmissionSchema>;

/** Argument of `proposal:approve`. */
export const proposalApprovalSchema = z.strictObject({
  proposalId: proposalIdSchema,
  /** Of what the approver has read. */
  contentHash: hashSchema,
});

/** Argument of `proposal:reject`. */
export const proposalRejectionSchema = z.strictObject({
  proposalId: proposalIdSchema,
  reason: words,
});

/** Whose approval a proposal needs: of all the first ones, and of `n` of the others. */
export const approvalNeedsSchema = z.strictObject({
  all: z.array(mspIdSchema),
  some: z.strictObject({ n: z.number().int().min(0), of: z.array(mspIdSchema) }),
  /** The rule that named them, with what it looked at. */
  trace: z.array(ruleOutcomeSchema).min(1),
});
export type ApprovalNeeds = z.infer<typeof approvalNeedsSchema>;

/** What an organisation said, by which member, when. */
const voteSchema = z.strictObject({
  mspId: mspIdSchema,
  memberId: memberIdSchema,
  at: timestampSchema,
  transactionId: z.string().min(1),
});
export type ProposalVote = z.infer<typeof voteSchema>;

/** A proposal as everyone reads it; its content is an object of its own, written once. */
export const proposalSchema = z.strictObject({
  format: z.literal('veilsum-proposal/1'),
  proposalId: proposalIdSchema,
  kind: proposalKindSchema,
  contentHash: hashSchema,
  reason: words,
  proposedBy: memberIdSchema,
  proposedAt: timestampSchema,
  expiresAt: timestampSchema,
  /** Fixed when it was proposed. */
  needs: approvalNeedsSchema,
  approvals: z.array(voteSchema),
  rejections: z.array(voteSchema.extend({ reason: words })),
  /** `expired` is never stored: it is what an open proposal is after its time. */
  status: z.enum(['open', 'adopted', 'withdrawn', 'rejected', 'expired']),
  /** When it was adopted, withdrawn or rejected. */
  decidedAt: timestampSchema.optional(),
});
export type Proposal = z.infer<typeof proposalSchema>;

/** Answer of `proposal:read`. */
export const readProposalSchema = proposalSchema.extend({
  content: proposedChangeSchema.shape.content,
});
export type ReadProposal = z.infer<typeof readProposalSchema>;

/** Stored object: a member with power over the rules who can speak for its organisation. */
export const representativeSchema = z.strictObject({
  memberId: memberIdSchema,
  mspId: mspIdSchema,
  roles: z.array(roleSchema).min(1),
});
export type Representative = z.infer<typeof representativeSchema>;
