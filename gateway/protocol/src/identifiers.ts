import { z } from 'zod';

/** A short public name: lower-case letters, digits and hyphens, 2 to 64 characters, never a personal name. */
const slug = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,62}[a-z0-9]$/, 'lower-case letters, digits, hyphens');

/** 32 bytes in lower-case hex: a SHA-256 value. Public. */
const hash = z.string().regex(/^[0-9a-f]{64}$/, '64 lower-case hex digits');

/** 16 random bytes in lower-case hex, chosen by the client that makes the object. Public. */
const randomId = z.string().regex(/^[0-9a-f]{32}$/, '32 lower-case hex digits');

export const memberIdSchema = slug.brand<'MemberId'>();
export const legalEntityIdSchema = z.string().min(2).max(64).brand<'LegalEntityId'>();
export const mspIdSchema = z
  .string()
  .regex(/^[A-Za-z0-9.-]{2,64}$/)
  .brand<'MspId'>();
export const productIdSchema = slug.brand<'ProductId'>();
export const budgetGroupSchema = slug.brand<'BudgetGroup'>();
export const consentIdSchema = randomId.brand<'ConsentId'>();
export const consentRequestIdSchema = randomId.brand<'ConsentRequestId'>();
export const contributionIdSchema = randomId.brand<'ContributionId'>();
export const queryIdSchema = randomId.brand<'QueryId'>();
export const transferIdSchema = randomId.brand<'TransferId'>();
export const proposalIdSchema = randomId.brand<'ProposalId'>();
export const questionIdSchema = randomId.brand<'QuestionId'>();
export const commitmentIdSchema = randomId.brand<'CommitmentId'>();
export const incidentIdSchema = randomId.brand<'IncidentId'>();
export const openingIdSchema = randomId.brand<'OpeningId'>();
export const agreementIdSchema = randomId.brand<'AgreementId'>();
export const goalIdSchema = randomId.brand<'GoalId'>();
export const delegationIdSchema = randomId.brand<'DelegationId'>();
/** An entry of a rulebook or scheme, or a template. */
export const entryIdSchema = slug.brand<'EntryId'>();
export const keyIdSchema = hash.brand<'KeyId'>();
export const hashSchema = hash.brand<'Hash'>();
export const fingerprintSchema = hash.brand<'Fingerprint'>();
/** X25519 public key, 32 bytes in lower-case hex. Public. */
export const boxPublicKeySchema = z
  .string()
  .regex(/^[0-9a-f]{64}$/)
  .brand<'BoxPublicKey'>();

export type MemberId = z.infer<typeof memberIdSchema>;
export type LegalEntityId = z.infer<typeof legalEntityIdSchema>;
export type MspId = z.infer<typeof mspIdSchema>;
export type ProductId = z.infer<typeof productIdSchema>;
export type BudgetGroup = z.infer<typeof budgetGroupSchema>;
export type ConsentId = z.infer<typeof consentIdSchema>;
export type ConsentRequestId = z.infer<typeof consentRequestIdSchema>;
export type ContributionId = z.infer<typeof contributionIdSchema>;
export type QueryId = z.infer<typeof queryIdSchema>;
export type TransferId = z.infer<typeof transferIdSchema>;
export type ProposalId = z.infer<typeof proposalIdSchema>;
export type QuestionId = z.infer<typeof questionIdSchema>;
export type CommitmentId = z.infer<typeof commitmentIdSchema>;
export type IncidentId = z.infer<typeof incidentIdSchema>;
export type OpeningId = z.infer<typeof openingIdSchema>;
export type AgreementId = z.infer<typeof agreementIdSchema>;
export type GoalId = z.infer<typeof goalIdSchema>;
export type DelegationId = z.infer<typeof delegationIdSchema>;
export type EntryId = z.infer<typeof entryIdSchema>;
export type KeyId = z.infer<typeof keyIdSchema>;
export type Hash = z.infer<typeof hashSchema>;
export type Fingerprint = z.infer<typeof fingerprintSchema>;
export type BoxPublicKey = z.infer<typeof boxPublicKeySchema>;
