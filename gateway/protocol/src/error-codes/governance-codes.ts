import { entry, type ErrorCodeEntry } from './error-code-entry.js';

/** Proposals and what takes effect by them. */
export const governanceCodes = {
  PROPOSAL_REQUIRED: entry(
    403,
    false,
    'This changes the rules, which nobody does alone.',
    'Propose it with `veilsum proposal submit` and have the organisations that it names approve it.',
    'Registering corner-shop in the role merchant needs a proposal that another organisation approves; the operator decides alone about analyst and gateway only.',
  ),
  PROPOSAL_EXPIRED: entry(
    409,
    false,
    'The proposal expired before its approvals were complete.',
    'Propose the same content again under a new id.',
    'The proposal expired before its approvals were complete; propose it again.',
  ),
  PROPOSAL_CONTENT_MISMATCH: entry(
    409,
    false,
    'The approval names another content than the proposal has.',
    'Read the proposal again and approve the hash of what you read.',
    'The proposal has the content hash 9ab24f0c, not 77e01d3b; read it again.',
  ),
  APPROVERS_MISSING: entry(
    409,
    false,
    'Too few organisations have a member with power over the rules, so nobody could adopt this.',
    'Let organisations that the message misses take part with such a member, then propose it again.',
    'Nothing can be adopted: only AssociationMSP has an active member with power over the rules, and two organisations are needed.',
  ),
} as const satisfies Record<string, ErrorCodeEntry>;
