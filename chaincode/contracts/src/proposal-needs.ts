import { VeilsumError, type ApprovalNeeds, type Consortium } from '@veilsum/protocol';
import {
  requireAllowed,
  ruleChangeEndorsement,
  verdictOf,
  type ApprovalFacts,
  type EndorsementPolicy,
} from '@veilsum/rules';
import { consortia } from './ledger-objects.js';
import type { EffectCall, ProposedKind } from './proposal-effect.js';
import { representatives } from './proposal-objects.js';
import type { WorldState } from './world-state.js';

interface Facts extends ApprovalFacts {
  readonly consortium: Consortium;
}

/** Whose approval a change needs. */
export interface FoundApprovals {
  readonly needs: ApprovalNeeds;
  /** Who endorses what is written of the proposal; nobody in particular where it changes no rules. */
  readonly policy: EndorsementPolicy | undefined;
}

/**
 * Whose approval a change needs, in the state of this moment.
 * @throws {@link VeilsumError} APPROVERS_MISSING when nobody could adopt it, MIGRATION_PENDING
 */
export async function findApprovals<Content>(
  call: EffectCall,
  kind: ProposedKind<Content>,
  content: Content,
): Promise<FoundApprovals> {
  const facts = await readApprovalFacts(call.state);
  const { needs, outcome, changesRules } = await kind.approvals(facts, content, call);
  requireAllowed(verdictOf([outcome]));
  if (needs === undefined) throw new Error('An outcome in favour names nobody.');
  const policy = changesRules ? ruleChangeEndorsement(facts.consortium).policy : undefined;
  return { needs, policy };
}

async function readApprovalFacts(state: WorldState): Promise<Facts> {
  const consortium = await state.require(consortia);
  const speakers = await state.list(representatives);
  if (speakers.length === 0) {
    // There is always an operator, so their list has not been made yet.
    throw new VeilsumError(
      'MIGRATION_PENDING',
      'Nothing can be proposed before the operator has run consortium:migrate.',
    );
  }
  return { consortium, represented: speakers.map(({ mspId }) => mspId) };
}
