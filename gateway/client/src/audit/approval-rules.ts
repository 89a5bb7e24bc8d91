import type { Member, Proposal, ProposedChange } from '@veilsum/protocol';
import { approvalProblems, speaksForOrganisation } from './approval-quorum.js';
import type { AuditRule } from './audit-rule.js';
import type { AuditedTransaction, ObjectChange } from './ledger-history.js';
import type { LedgerState } from './ledger-state.js';

/** Objects that nobody writes but by a proposal, with the kinds of proposals that do. */
const PROPOSED: Readonly<Record<string, readonly string[]>> = {
  product: ['standard'],
  committeeKey: ['committeeKey', 'committeeKeyRetirement'],
  consortium: ['organisation'],
};

/** Roles that the operator grants, and certifies, alone. */
const LONE_ROLES: readonly string[] = ['analyst', 'gateway'];

/** Nothing that needs others came without them. */
export const approvals: AuditRule = {
  check: 'approvals',
  claim:
    'Every change had the approvals that its kind needs; standards, committee keys, organisations, members who contribute, hold keys or oversee, and certificates of these came in no other way.',
  observe(transaction, before) {
    if (transaction.call === 'consortium:initialize') return foundingProblems(transaction);
    return [
      ...speakerProblems(transaction, before),
      ...quorumProblems(transaction, before),
      ...unproposedChanges(transaction, before),
      ...memberProblems(transaction, before),
    ];
  },
};

/** The first members can change the rules together, and none of their organisations alone. */
function foundingProblems({ changes }: AuditedTransaction): string[] {
  const founders = valuesOf<Member>(changes, 'member').filter(speaksForOrganisation);
  return new Set(founders.map(({ mspId }) => mspId)).size >= 2
    ? []
    : ['The consortium was founded by one organisation alone.'];
}

/** Whoever spoke for an organisation on a proposal was an active member of it with power over the rules. */
function speakerProblems({ changes, transactionId }: AuditedTransaction, before: LedgerState) {
  return valuesOf<Proposal>(changes, 'proposal')
    .flatMap((proposal) => [...proposal.approvals, ...proposal.rejections])
    .filter((vote) => vote.transactionId === transactionId)
    .filter(({ memberId, mspId }) => {
      const speaker = before.value('member', [memberId]) as Member | undefined;
      return speaker?.mspId !== mspId || !speaksForOrganisation(speaker);
    })
    .map(({ memberId, mspId }) => `${memberId} spoke for ${mspId} and may not.`);
}

/** Those approved who had to, by a count of the auditor's own. */
function quorumProblems(transaction: AuditedTransaction, before: LedgerState): string[] {
  return adoptedBy(transaction, before).flatMap(({ proposal, change }) => {
    const approvers = proposal.approvals.map(({ mspId }) => mspId);
    return approvalProblems(before, change, approvers).map(
      (problem) =>
        `The ${proposal.kind} of proposal ${proposal.proposalId} was adopted ${problem}.`,
    );
  });
}

/** Objects of the rules were written only by a transaction that adopted a proposal of their kind. */
function unproposedChanges(transaction: AuditedTransaction, before: LedgerState): string[] {
  const kinds = adoptedBy(transaction, before).map(({ proposal }) => proposal.kind as string);
  return transaction.changes
    .filter(({ type }) => PROPOSED[type]?.some((kind) => kinds.includes(kind)) === false)
    .map(({ type }) => `A ${type} was written by ${transaction.call} without a proposal.`);
}

/** Members came, changed their roles and got certificates as their roles ask for. */
function memberProblems(transaction: AuditedTransaction, before: LedgerState): string[] {
  const kinds = adoptedBy(transaction, before).map(({ proposal }) => proposal.kind as string);
  const isAdopted = kinds.some((kind) => kind.startsWith('member'));
  if (isAdopted) return [];
  return valuesOf<Member>(transaction.changes, 'member').flatMap((member) => {
    const was = before.value('member', [member.memberId]) as Member | undefined;
    const isLone = member.roles.every((role) => LONE_ROLES.includes(role));
    if (was === undefined) {
      return isLone ? [] : [`${member.memberId} became ${member.roles.join(', ')} by no proposal.`];
    }
    const own = isSignedBy(transaction, member.memberId, before);
    const problems: string[] = [];
    if (was.roles.join() !== member.roles.join()) problems.push('other roles');
    if (!own && !isLone && hasNewCertificate(was, member)) problems.push('a certificate');
    if (isPowerChanged(was, member) && !own && transaction.call === 'member:setStatus') {
      problems.push('another status');
    }
    return problems.map((what) => `${member.memberId} got ${what} by no proposal.`);
  });
}

const hasNewCertificate = (was: Member, is: Member): boolean =>
  is.certificateFingerprints.some((one) => !was.certificateFingerprints.includes(one));

const isPowerChanged = (was: Member, is: Member): boolean =>
  was.status !== is.status &&
  (speaksForOrganisation({ ...was, status: 'active' }) ||
    speaksForOrganisation({ ...is, status: 'active' }));

function isSignedBy({ fingerprint }: AuditedTransaction, memberId: string, before: LedgerState) {
  const certificate = before.value('certificate', [fingerprint]) as
    { memberId: string } | undefined;
  return certificate?.memberId === memberId;
}

/** The proposals that a transaction adopted, with what each would change. */
function adoptedBy({ changes }: AuditedTransaction, before: LedgerState) {
  return valuesOf<Proposal>(changes, 'proposal')
    .filter(({ proposalId, status }) => {
      const was = before.value('proposal', [proposalId]) as Proposal | undefined;
      return status === 'adopted' && was?.status === 'open';
    })
    .flatMap((proposal) => {
      const change = before.value('proposedChange', [proposal.proposalId]);
      return change === undefined ? [] : [{ proposal, change: change as ProposedChange }];
    });
}

function valuesOf<Value>(changes: readonly ObjectChange[], wanted: string): Value[] {
  return changes
    .filter(({ type, value }) => type === wanted && value !== null)
    .map(({ value }) => value as Value);
}
