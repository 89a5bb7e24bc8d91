import { entry, type ErrorCodeEntry } from './error-code-entry.js';

/** Proposals and what takes effect by them. */
export const governanceCodes = {
  PROPOSAL_REQUIRED: entry(
    403,
    false,
    'This changes the rules, which nobody does alone.',
    'Propose it with `veilsum proposal submit` and have the organisations that it names approve it.',
    'Publishing the standard retail-basket@2 needs a proposal that other organisations approve.',
  ),
  PROPOSAL_EXPIRED: entry(
    409,
    false,
    'The proposal expired before its approvals were complete.',
    'Propose the same content again under a new id.',
    'The proposal 4f1c… expired at 2026-12-01T00:00:00Z with 1 of 3 approvals.',
  ),
  PROPOSAL_CONTENT_MISMATCH: entry(
    409,
    false,
    'The approval names another content than the proposal has.',
    'Read the proposal again and approve the hash of what you read.',
    'The proposal 4f1c… has the content hash 9ab2…, not 77e0….',
  ),
  APPROVERS_MISSING: entry(
    409,
    false,
    'Too few organisations have a member with power over the rules, so nobody could adopt this.',
    'Let organisations that the message misses take part with such a member, then propose it again.',
    'Nothing can be adopted: only AssociationMSP has an active member with power over the rules, and two organisations are needed.',
  ),
} as const satisfies Record<string, ErrorCodeEntry>;
