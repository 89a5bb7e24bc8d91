import { hashCanonicalJson } from '@veilsum/crypto';
import type { Proposal } from '@veilsum/protocol';
import type { Commit } from './commit.js';
import type { CommittedState } from './committed-state.js';
import { POWERS } from './proposal-operations.js';

/** Nothing is adopted without the approval, to exactly this content and in time, of those whose it needs. */
export function adoptedByApproval(state: CommittedState, commit: Commit): string[] {
  return commit.changes
    .of('proposal')
    .flatMap(({ before, after }) =>
      after?.status === 'adopted' && before?.status !== 'adopted'
        ? adoptionFaults(state, after, commit.at)
        : [],
    )
    .map((fault) => `a proposal was adopted: ${fault}`);
}

function adoptionFaults(state: CommittedState, proposal: Proposal, at: number): string[] {
  const { proposalId, approvals, needs, expiresAt, contentHash } = proposal;
  const spoken = approvals.map(({ mspId }) => mspId);
  const faults: string[] = [];
  if (new Set(spoken).size !== spoken.length) faults.push('an organisation spoke twice');
  if (new Set(spoken).size < 2) faults.push('one organisation alone approved it');
  const missing = [...needs.all, ...organisationsWith(state, proposal)].filter(
    (mspId) => !spoken.some((it) => it === mspId),
  );
  faults.push(...missing.map((mspId) => `without ${mspId}`));
  const further = needs.some.of.filter((mspId) => spoken.includes(mspId)).length;
  if (further < needs.some.n) faults.push(`by ${further} of the others`);
  if (at > expiresAt) faults.push('after it had expired');
  const change = state.get('proposedChange', proposalId);
  if (hashCanonicalJson(change) !== contentHash) faults.push('with another content');
  return faults;
}

/** Who decides in any case, as they were before the change: the operators, and the regulators where they say so. */
function organisationsWith(state: CommittedState, { kind }: Proposal): string[] {
  const wanted = [
    'operator',
    ...(['rulebook', 'rewardScheme'].includes(kind) ? ['regulator'] : []),
  ];
  const represented = new Set(
    state
      .list('member')
      .filter(({ status, roles }) => status === 'active' && roles.some((role) => POWERS.has(role)))
      .map(({ mspId }) => String(mspId)),
  );
  return Object.entries(state.list('consortium')[0]?.mspRoles ?? {})
    .filter(([mspId, roles]) => represented.has(mspId) && roles.some((it) => wanted.includes(it)))
    .map(([mspId]) => mspId);
}

/** Every vote is that of a member of the organisation who may speak for it, on the day. */
export function votesByRepresentatives(state: CommittedState, commit: Commit): string[] {
  return commit.changes.of('proposal').flatMap(({ before, after }) => {
    const votes = votesOf(after);
    if (votes.length <= votesOf(before).length) return [];
    const voter = state.get('member', commit.signer.memberId);
    const own = votes.some(
      ({ memberId, mspId }) => memberId === voter?.memberId && mspId === voter.mspId,
    );
    const may = voter?.roles.some((role) => POWERS.has(role)) ?? false;
    return own && may ? [] : [`${commit.signer.memberId} spoke for an organisation`];
  });
}

const votesOf = (proposal: Proposal | undefined) =>
  proposal === undefined ? [] : [...proposal.approvals, ...proposal.rejections];

/** What was proposed, by whom, until when and whom it needs stays as it was. */
export function proposalsKept(_: CommittedState, { changes }: Commit): string[] {
  return [
    ...changes
      .of('proposal')
      .filter(({ before, after }) => before !== undefined && fixedOf(before) !== fixedOf(after))
      .map(({ parts: [proposalId] }) => `proposal ${proposalId} was changed`),
    ...changes
      .of('proposedChange')
      .filter(({ before }) => before !== undefined)
      .map(({ parts: [proposalId] }) => `the content of proposal ${proposalId} was changed`),
  ];
}

function fixedOf(proposal: Proposal | undefined): string {
  const { kind, contentHash, proposedBy, proposedAt, expiresAt, needs } = proposal ?? {};
  return JSON.stringify([kind, contentHash, proposedBy, proposedAt, expiresAt, needs]);
}

/** What only a proposal writes: a transaction that writes it adopts one. */
const PROPOSED_ONLY = [
  'rulebook',
  'rewardScheme',
  'product',
  'committeeKey',
  'consortium',
] as const;

export function rulesOnlyByProposal(_: CommittedState, { transaction, changes }: Commit): string[] {
  if (transaction === 'initialize') return [];
  const adopts = changes.of('proposal').some(({ after }) => after?.status === 'adopted');
  return adopts
    ? []
    : PROPOSED_ONLY.flatMap((type) =>
        changes.of(type).map(() => `a ${type} was written without a proposal`),
      );
}
