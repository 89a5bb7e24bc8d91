import {
  proposalSchema,
  type Proposal,
  type ProposalContent,
  type ProposalKind,
} from '@veilsum/protocol';
import { sampleId } from './sample-objects.js';
import type { TestLedger } from './test-ledger.js';

/** Who says yes for the organisations of the sample network that are asked beside the operator's. */
const APPROVERS: readonly string[] = ['keyholder-1'];

let proposed = 0;

/** A proposal of the sample network that is open for a day, under an id of its own. */
export function sampleProposal<Kind extends ProposalKind>(
  ledger: TestLedger,
  kind: Kind,
  content: ProposalContent<Kind>,
  changes: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> {
  proposed += 1;
  return {
    format: 'veilsum-proposal/1',
    proposalId: sampleId(`proposal ${proposed}`),
    kind,
    content,
    reason: 'The sample network needs it.',
    expiresAt: ledger.now() + 86_400_000,
    ...changes,
  };
}

/** Proposes as the operator. */
export async function propose<Kind extends ProposalKind>(
  ledger: TestLedger,
  kind: Kind,
  content: ProposalContent<Kind>,
  changes: Readonly<Record<string, unknown>> = {},
): Promise<Proposal> {
  const submission = sampleProposal(ledger, kind, content, changes);
  return proposalSchema.parse(await ledger.submit('operator', 'proposal', 'submit', submission));
}

/** Says yes for a member's organisation. */
export async function approve(
  ledger: TestLedger,
  as: string,
  { proposalId, contentHash }: Pick<Proposal, 'proposalId' | 'contentHash'>,
): Promise<Proposal> {
  const approval = { proposalId, contentHash };
  return proposalSchema.parse(await ledger.submit(as, 'proposal', 'approve', approval));
}

/**
 * Has a change of the sample network take effect: the operator proposes it, the others approve.
 * @param approvers members of the other organisations that are asked
 */
export async function adopt<Kind extends ProposalKind>(
  ledger: TestLedger,
  kind: Kind,
  content: ProposalContent<Kind>,
  approvers: readonly string[] = APPROVERS,
): Promise<Proposal> {
  let proposal = await propose(ledger, kind, content);
  for (const approver of approvers) proposal = await approve(ledger, approver, proposal);
  if (proposal.status !== 'adopted') throw new Error(`The ${kind} is ${proposal.status}.`);
  return proposal;
}
