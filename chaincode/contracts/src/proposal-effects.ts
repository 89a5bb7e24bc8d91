import type { ProposalContent, ProposalKind } from '@veilsum/protocol';
import { committeeKey, committeeKeyRetirement } from './committee-key-effects.js';
import { member, memberCertificate, memberRoles, memberStatus } from './member-effects.js';
import { organisation } from './organisation-effect.js';
import type { ProposedKind } from './proposal-effect.js';
import { rulebook } from './rulebook-effect.js';
import { rewardScheme } from './reward-scheme-effect.js';
import { standard } from './standard-effect.js';

/** Everything that can be proposed. A kind is added here, and its content in the protocol's `proposal.ts`. */
const proposedKinds: { readonly [Kind in ProposalKind]: ProposedKind<ProposalContent<Kind>> } = {
  standard,
  committeeKey,
  committeeKeyRetirement,
  member,
  memberRoles,
  memberStatus,
  memberCertificate,
  organisation,
  rulebook,
  rewardScheme,
};

/** @returns what a kind does; its content must have been parsed with the kind's own schema */
export function proposedKind(kind: ProposalKind): ProposedKind<unknown> {
  return proposedKinds[kind];
}
