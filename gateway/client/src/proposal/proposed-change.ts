import { VeilsumError, type Proposal, type ProposalKind } from '@veilsum/protocol';
import { missingApprovals } from '@veilsum/rules';
import type { Session } from '../session/session.js';
import { approveOnThisMachine } from './local-approval.js';
import { submitProposal, type WantedChange } from './proposal-calls.js';

/**
 * Proposes a change; of the operator who made the network on this machine, those organisations approve whose
 * keys are here.
 * @returns the proposal; adopted where that was enough, else open
 */
export async function proposeChange<Kind extends ProposalKind>(
  session: Session,
  change: WantedChange<Kind>,
): Promise<Proposal> {
  const proposal = await submitProposal(session.ledger, change);
  const { network, identity } = session;
  return network.operator === identity.memberId
    ? approveOnThisMachine(session, proposal)
    : proposal;
}

/**
 * Like {@link proposeChange}, for what has to be there before anything else goes on.
 * @throws {@link VeilsumError} PROPOSAL_REQUIRED that says who has to approve, and how
 */
export async function adoptChange<Kind extends ProposalKind>(
  session: Session,
  change: WantedChange<Kind>,
): Promise<Proposal> {
  const proposal = await proposeChange(session, change);
  if (proposal.status === 'adopted') return proposal;
  throw new VeilsumError('PROPOSAL_REQUIRED', waitingInWords(proposal));
}

/** Who approved, in one line. */
export function approversInWords({ approvals }: Pick<Proposal, 'approvals'>): string {
  return approvals.map(({ mspId, memberId }) => `${mspId} (${memberId})`).join(' and ');
}

/** Whose approval is missing, in words. */
export function missingInWords({ needs, approvals }: Proposal): string {
  const { all, some } = missingApprovals(
    needs,
    approvals.map(({ mspId }) => mspId),
  );
  const others = some.n === 0 ? [] : [`${some.n} of ${some.of.join(', ')}`];
  return [...all, ...others].join(' and ');
}

/** What has to happen until an open proposal takes effect. */
export function waitingInWords(proposal: Proposal): string {
  const { proposalId, contentHash, expiresAt } = proposal;
  return [
    `Proposed; it takes effect once approved by ${missingInWords(proposal)}, until ${new Date(expiresAt).toISOString()}.`,
    'A member of each that is operator, keyholder, regulator or auditor runs:',
    `  veilsum proposal show ${proposalId}`,
    `  veilsum proposal approve ${proposalId} --hash ${contentHash}`,
  ].join('\n');
}
