import { randomBytes } from 'node:crypto';
import { hashCanonicalJson } from '@veilsum/crypto';
import { askLedger, readAnswer, tellLedger, type Ledger } from '@veilsum/ledger';
import {
  proposalSchema,
  readProposalSchema,
  type Proposal,
  type ProposalContent,
  type ProposalKind,
  type ReadProposal,
} from '@veilsum/protocol';

/** What calls about proposals need of a ledger. */
type ProposalLedger = Pick<Ledger, 'evaluate' | 'submit'>;

/** A change of the rules or of who takes part, as somebody wants it. */
export interface WantedChange<Kind extends ProposalKind = ProposalKind> {
  readonly kind: Kind;
  readonly content: ProposalContent<Kind>;
  /** Why, for those who decide. */
  readonly reason: string;
  /** How long they have; two weeks when absent. */
  readonly openMs?: number;
}

const TWO_WEEKS_MS = 14 * 24 * 3_600_000;

/**
 * Proposes a change, or takes up the same proposal where it is open already, so that a command that was
 * interrupted can be run again.
 * @throws {@link VeilsumError} with the reason why it could not take effect, APPROVERS_MISSING
 */
export async function submitProposal(
  ledger: ProposalLedger,
  { kind, content, reason, openMs = TWO_WEEKS_MS }: WantedChange,
): Promise<Proposal> {
  const contentHash = hashCanonicalJson({ kind, content });
  const open = (await listProposals(ledger)).find(
    (known) => known.status === 'open' && known.contentHash === contentHash,
  );
  if (open !== undefined) return open;
  const { result } = await tellLedger(ledger, 'proposal:submit', {
    format: 'veilsum-proposal/1',
    proposalId: randomBytes(16).toString('hex'),
    kind,
    content,
    reason,
    expiresAt: Date.now() + openMs,
  });
  return readAnswer('proposal:submit', result, proposalSchema);
}

/** Approves for the signer's organisation what has this hash. */
export async function approveProposal(
  ledger: ProposalLedger,
  { proposalId, contentHash }: Pick<Proposal, 'proposalId' | 'contentHash'>,
): Promise<Proposal> {
  const { result } = await tellLedger(ledger, 'proposal:approve', { proposalId, contentHash });
  return readAnswer('proposal:approve', result, proposalSchema);
}

/** A proposal with the exact content. */
export function readProposal(ledger: ProposalLedger, proposalId: string): Promise<ReadProposal> {
  return askLedger(ledger, 'proposal:read', { proposalId }, readProposalSchema);
}

/** All proposals, without their contents. */
export function listProposals(ledger: ProposalLedger): Promise<Proposal[]> {
  return askLedger(ledger, 'proposal:list', {}, proposalSchema.array());
}
