import { hashCanonicalJson, type JsonValue } from '@veilsum/crypto';
import {
  proposalApprovalSchema,
  proposalIdSchema,
  proposalRejectionSchema,
  proposalSubmissionSchema,
  type ApprovalNeeds,
  type Hash,
  type Member,
  type Proposal,
  type ProposalSubmission,
  type ProposalVote,
  type ProposedChange,
} from '@veilsum/protocol';
import {
  checkApproval,
  checkProposalLifetime,
  checkRejection,
  checkUnchangedNeeds,
  checkProposalWithdrawal,
  hasRulePower,
  isApprovalComplete,
  isAskedToApprove,
  isHopeless,
  proposalStatusAt,
  requireAllowed,
} from '@veilsum/rules';
import { z } from 'zod';
import { LedgerContract, type ContractOptions } from './ledger-contract.js';
import type { EffectCall } from './proposal-effect.js';
import { proposedKind } from './proposal-effects.js';
import { findApprovals, type FoundApprovals } from './proposal-needs.js';
import { proposals, proposedChanges } from './proposal-objects.js';
import { isSentAgain, takenId } from './same-content.js';
import { nothingSchema, parseContent } from './transaction-argument.js';
import type { TransactionCall } from './transaction-call.js';
import type { TransactionContext } from './transaction-stub.js';

const proposalReference = z.strictObject({ proposalId: proposalIdSchema });

/** `proposal`: how the rules change, which nobody does alone (docs/ledger.md, Proposals). */
export class ProposalContract extends LedgerContract {
  readonly #mspIds: readonly string[] | undefined;

  constructor(options: ContractOptions = {}) {
    super('proposal', options);
    this.#mspIds = options.mspIds;
  }

  /** A member proposes a change; its organisation approves by that, where its approval counts. */
  submit(context: TransactionContext, argument: string): Promise<string> {
    const rule = { access: 'member' as const, schema: proposalSubmissionSchema };
    return this.transact(context, argument, rule, async (call, submission) => {
      const existing = await call.state.get(proposals, submission.proposalId);
      if (existing !== undefined) return requireSameProposal(existing, submission);
      requireAllowed(checkProposalLifetime(submission.expiresAt, call.now));
      const change: ProposedChange = { kind: submission.kind, content: submission.content };
      const effectCall = this.#effectCall(call, call.caller.memberId);
      const { needs, policy } = await requirePossible(effectCall, change);
      const proposal = openProposal(call, submission, needs);
      await call.state.put(proposals, [proposal.proposalId], proposal, policy);
      await call.state.put(proposedChanges, [proposal.proposalId], change, policy);
      return announce(call, proposal);
    });
  }

  /** An organisation approves what has this hash; with the last approval it takes effect. */
  approve(context: TransactionContext, argument: string): Promise<string> {
    const rule = { access: 'member' as const, schema: proposalApprovalSchema };
    return this.transact(context, argument, rule, async (call, { proposalId, contentHash }) => {
      const { state, caller, now } = call;
      const proposal = await state.require(proposals, proposalId);
      if (hasApproved(proposal, caller, contentHash)) return proposal;
      requireAllowed(checkApproval({ proposal, caller, now }, contentHash));
      const approved: Proposal = {
        ...proposal,
        approvals: [...proposal.approvals, voteOf(call)],
      };
      const approvers = approved.approvals.map(({ mspId }) => mspId);
      if (isApprovalComplete(proposal.needs, approvers)) return this.#adopt(call, approved);
      await state.put(proposals, [proposalId], approved);
      return announce(call, approved);
    });
  }

  /** An organisation records that it does not approve; too many of these end the proposal. */
  reject(context: TransactionContext, argument: string): Promise<string> {
    const rule = { access: 'member' as const, schema: proposalRejectionSchema };
    return this.transact(context, argument, rule, async (call, { proposalId, reason }) => {
      const { state, caller, now } = call;
      const proposal = await state.require(proposals, proposalId);
      requireAllowed(checkRejection({ proposal, caller, now }));
      const rejections = [...proposal.rejections, { ...voteOf(call), reason }];
      const rejected = isHopeless(
        proposal.needs,
        rejections.map(({ mspId }) => mspId),
      );
      const answered: Proposal = {
        ...proposal,
        rejections,
        ...(rejected ? { status: 'rejected' as const, decidedAt: now } : {}),
      };
      await state.put(proposals, [proposalId], answered);
      return announce(call, answered);
    });
  }

  /** The proposer takes it back. */
  withdraw(context: TransactionContext, argument: string): Promise<string> {
    const rule = { access: 'member' as const, schema: proposalReference };
    return this.transact(context, argument, rule, async (call, { proposalId }) => {
      const { state, caller, now } = call;
      const proposal = await state.require(proposals, proposalId);
      const own = proposal.proposedBy === caller.memberId;
      if (own && proposal.status === 'withdrawn') return proposal;
      requireAllowed(checkProposalWithdrawal(proposal, caller.memberId, now));
      const withdrawn: Proposal = { ...proposal, status: 'withdrawn', decidedAt: now };
      await state.put(proposals, [proposalId], withdrawn);
      return announce(call, withdrawn);
    });
  }

  /** A proposal with the exact content. */
  read(context: TransactionContext, argument: string): Promise<string> {
    const rule = { access: 'member' as const, schema: proposalReference };
    return this.transact(context, argument, rule, async ({ state, now }, { proposalId }) => {
      const proposal = await state.require(proposals, proposalId);
      const { content } = await state.require(proposedChanges, proposalId);
      return { ...proposal, status: proposalStatusAt(proposal, now), content };
    });
  }

  /** All proposals, without their contents. */
  list(context: TransactionContext, argument: string): Promise<string> {
    const rule = { access: 'member' as const, schema: nothingSchema };
    return this.transact(context, argument, rule, async ({ state, now }) => {
      const all = await state.list(proposals);
      return all.map((proposal) => ({ ...proposal, status: proposalStatusAt(proposal, now) }));
    });
  }

  /** The state has moved on since it was proposed, so everything is asked again. */
  async #adopt(call: TransactionCall, approved: Proposal): Promise<Proposal> {
    const { state, now } = call;
    const { proposalId } = approved;
    const change = await state.require(proposedChanges, proposalId);
    const effectCall = this.#effectCall(call, approved.proposedBy);
    const { needs, content } = await requirePossible(effectCall, change);
    requireAllowed(checkUnchangedNeeds(approved.needs, needs));
    const { name, payload } = await proposedKind(change.kind).effect(effectCall, content);
    const adopted: Proposal = { ...approved, status: 'adopted', decidedAt: now };
    await state.put(proposals, [proposalId], adopted);
    call.emit(name, { ...payload, proposalId });
    return adopted;
  }

  #effectCall(
    { state, now, transactionId }: TransactionCall,
    proposedBy: Proposal['proposedBy'],
  ): EffectCall {
    return { state, now, transactionId, proposedBy, mspIds: this.#mspIds };
  }
}

/** @throws VeilsumError when the change is malformed, cannot take effect now, or nobody could adopt it */
async function requirePossible(
  call: EffectCall,
  change: ProposedChange,
): Promise<FoundApprovals & { readonly content: unknown }> {
  const kind = proposedKind(change.kind);
  const content = parseContent(kind.schema, change.content);
  await kind.check(call, content);
  return { ...(await findApprovals(call, kind, content)), content };
}

function openProposal(
  call: TransactionCall,
  { content, ...submission }: ProposalSubmission,
  needs: ApprovalNeeds,
): Proposal {
  const { caller, now } = call;
  const approves = hasRulePower(caller) && isAskedToApprove(needs, caller.mspId);
  return {
    ...submission,
    contentHash: hashCanonicalJson({ kind: submission.kind, content }) as Hash,
    proposedBy: caller.memberId,
    proposedAt: now,
    needs,
    approvals: approves ? [voteOf(call)] : [],
    rejections: [],
    status: 'open',
  };
}

function requireSameProposal(
  existing: Proposal,
  { content, ...submission }: ProposalSubmission,
): Proposal {
  const { contentHash, ...sent } = { ...existing };
  const same =
    contentHash === hashCanonicalJson({ kind: submission.kind, content }) &&
    isSentAgain(sent, submission, addedFields);
  if (same) return existing;
  throw takenId('proposal', submission.proposalId);
}

const addedFields = [
  'proposedBy',
  'proposedAt',
  'needs',
  'approvals',
  'rejections',
  'status',
  'decidedAt',
] as const;

/** Whether this member's organisation has said so already; then saying it again changes nothing. */
function hasApproved({ approvals, contentHash }: Proposal, caller: Member, hash: Hash): boolean {
  const spoken = approvals.some(({ mspId }) => mspId === caller.mspId);
  return spoken && contentHash === hash && hasRulePower(caller);
}

function voteOf({ caller, now, transactionId }: TransactionCall): ProposalVote {
  return { mspId: caller.mspId, memberId: caller.memberId, at: now, transactionId };
}

function announce(call: TransactionCall, proposal: Proposal): Proposal {
  const { proposalId, kind, status } = proposal;
  call.emit('proposalChanged', { proposalId, kind, status } satisfies Record<string, JsonValue>);
  return proposal;
}
