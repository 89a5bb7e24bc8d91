import type { ApprovalNeeds, Hash, Member, Proposal, Verdict } from '@veilsum/protocol';
import { hasRulePower } from '../member/rule-power.js';
import { outcomeOf, verdictOf, type RuleFailure } from '../verdict.js';

/** A proposal is open for at most 90 days, so that nobody adopts what others have forgotten. */
export const PROPOSAL_LIFETIME_MAX_MS = 90 * 24 * 3_600_000;

/** The part of a proposal that says how far it is. */
type ProposalStanding = Pick<Proposal, 'status' | 'expiresAt'>;

/** Whether a proposal may be open until then. */
export function checkProposalLifetime(expiresAt: number, now: number): Verdict {
  return verdictOf([
    outcomeOf('proposal-lifetime', lifetimeFault(expiresAt, now), { expiresAt, now }),
  ]);
}

/** @returns the status at a moment: an open proposal ends with the millisecond that it names */
export function proposalStatusAt(
  { status, expiresAt }: ProposalStanding,
  now: number,
): Proposal['status'] {
  return status === 'open' && now > expiresAt ? 'expired' : status;
}

/** Someone who speaks for its organisation on a proposal. */
export interface ProposalSpeech {
  readonly proposal: Pick<
    Proposal,
    'proposalId' | 'needs' | 'approvals' | 'rejections' | 'contentHash' | keyof ProposalStanding
  >;
  readonly caller: Pick<Member, 'memberId' | 'mspId' | 'roles'>;
  readonly now: number;
}

/** Whether a member may approve for its organisation what has this hash. */
export function checkApproval(speech: ProposalSpeech, contentHash: Hash): Verdict {
  const { proposal } = speech;
  return verdictOf([
    ...speechOutcomes(speech),
    outcomeOf('proposal-content', hashFault(proposal, contentHash), aboutSpeech(speech)),
  ]);
}

/** Whether a member may say for its organisation that it does not approve. */
export function checkRejection(speech: ProposalSpeech): Verdict {
  return verdictOf(speechOutcomes(speech));
}

/** Whether a proposal may be taken back. */
export function checkProposalWithdrawal(
  proposal: ProposalStanding & Pick<Proposal, 'proposalId' | 'proposedBy'>,
  callerId: string,
  now: number,
): Verdict {
  const about = { proposalId: proposal.proposalId };
  const own = proposal.proposedBy === callerId;
  return verdictOf([
    outcomeOf(
      'proposal-owner',
      own
        ? undefined
        : {
            code: 'FORBIDDEN',
            sentence: `Only ${proposal.proposedBy}, who proposed it, withdraws it.`,
          },
      about,
    ),
    outcomeOf('proposal-open', openFault(proposal, now), about),
  ]);
}

/** Whether an organisation's approval would count. */
export function isAskedToApprove({ all, some }: ApprovalNeeds, mspId: string): boolean {
  return [...all, ...some.of].some((asked) => asked === mspId);
}

/** Whether enough organisations have approved. */
export function isApprovalComplete(needs: ApprovalNeeds, approvedBy: readonly string[]): boolean {
  const { all, some } = missingApprovals(needs, approvedBy);
  return all.length === 0 && some.n === 0;
}

/** @returns what is still missing: all the first ones, and `n` of the others */
export function missingApprovals(
  { all, some }: ApprovalNeeds,
  approvedBy: readonly string[],
): { readonly all: string[]; readonly some: { readonly n: number; readonly of: string[] } } {
  const missing = (names: readonly string[]) => names.filter((name) => !approvedBy.includes(name));
  const of = missing(some.of);
  const n = Math.max(0, some.n - (some.of.length - of.length));
  return { all: missing(all), some: { n, of: n === 0 ? [] : of } };
}

/** Whether too many organisations have said no for it ever to be adopted. */
export function isHopeless({ all, some }: ApprovalNeeds, rejectedBy: readonly string[]): boolean {
  const willing = some.of.filter((mspId) => !rejectedBy.includes(mspId));
  return all.some((mspId) => rejectedBy.includes(mspId)) || willing.length < some.n;
}

/**
 * Whether the organisations that count are still those that were asked: a proposal from before a regulator
 * joined must not be adopted without it.
 */
export function checkUnchangedNeeds(needs: ApprovalNeeds, today: ApprovalNeeds): Verdict {
  const names = ({ all, some }: ApprovalNeeds) =>
    `${[...all].sort().join(', ')}${some.n === 0 ? '' : ` and ${some.n} of ${[...some.of].sort().join(', ')}`}`;
  const then = names(needs);
  const now = names(today);
  return verdictOf([
    outcomeOf(
      'proposal-needs',
      then === now
        ? undefined
        : {
            code: 'INVALID_STATE',
            sentence: `Since this was proposed, the approvals that it needs have changed: ${now}, no longer ${then}. Propose it again.`,
          },
      { then, now },
    ),
  ]);
}

function speechOutcomes(speech: ProposalSpeech) {
  const { proposal, caller, now } = speech;
  const about = aboutSpeech(speech);
  return [
    outcomeOf('proposal-speaker', powerFault(caller), about),
    outcomeOf('proposal-asked', askedFault(proposal.needs, caller.mspId), about),
    outcomeOf('proposal-open', openFault(proposal, now), about),
    outcomeOf('proposal-one-word', wordFault(proposal, caller.mspId), about),
  ];
}

const aboutSpeech = ({ proposal, caller }: ProposalSpeech) => ({
  proposalId: proposal.proposalId,
  memberId: caller.memberId,
  mspId: caller.mspId,
});

function lifetimeFault(expiresAt: number, now: number): RuleFailure | undefined {
  if (expiresAt <= now) {
    return {
      code: 'INVALID_ARGUMENT',
      sentence: 'The field expiresAt is not in the future; nobody could approve the proposal.',
    };
  }
  if (expiresAt - now <= PROPOSAL_LIFETIME_MAX_MS) return undefined;
  return { code: 'LIMIT_EXCEEDED', sentence: 'A proposal is open for at most 90 days.' };
}

function powerFault(caller: Pick<Member, 'memberId' | 'roles'>): RuleFailure | undefined {
  if (hasRulePower(caller)) return undefined;
  return {
    code: 'FORBIDDEN',
    sentence: `The member ${caller.memberId} does not speak for its organisation: that takes the role operator, keyholder, regulator or auditor.`,
  };
}

function askedFault(needs: ApprovalNeeds, mspId: string): RuleFailure | undefined {
  if (isAskedToApprove(needs, mspId)) return undefined;
  const asked = [...needs.all, ...needs.some.of].join(', ');
  return {
    code: 'FORBIDDEN',
    sentence: `This proposal asks ${asked}; the word of ${mspId} would not count.`,
  };
}

function openFault(standing: ProposalStanding, now: number): RuleFailure | undefined {
  const status = proposalStatusAt(standing, now);
  if (status === 'open') return undefined;
  return status === 'expired'
    ? {
        code: 'PROPOSAL_EXPIRED',
        sentence: 'The proposal expired before its approvals were complete; propose it again.',
      }
    : { code: 'INVALID_STATE', sentence: `The proposal is ${status} already.` };
}

function wordFault(
  { approvals, rejections }: Pick<Proposal, 'approvals' | 'rejections'>,
  mspId: string,
): RuleFailure | undefined {
  const word = [...approvals, ...rejections].find((vote) => vote.mspId === mspId);
  if (word === undefined) return undefined;
  return {
    code: 'INVALID_STATE',
    sentence: `${word.memberId} has spoken for ${mspId} already; what an organisation said stays.`,
  };
}

function hashFault(
  { contentHash }: Pick<Proposal, 'contentHash'>,
  approved: string,
): RuleFailure | undefined {
  if (contentHash === approved) return undefined;
  return {
    code: 'PROPOSAL_CONTENT_MISMATCH',
    sentence: `The proposal has the content hash ${contentHash}, not ${approved}; read it again.`,
  };
}
