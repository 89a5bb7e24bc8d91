import type { Incident, JournalEntry } from '@veilsum/protocol';
import type { Commit } from './commit.js';
import type { CommittedState } from './committed-state.js';

/** Measures come at once only of what is major or was done before, and otherwise after the time of grace. */
export function firstDeviationsSpared(state: CommittedState, commit: Commit): string[] {
  return commit.changes.of('incident').flatMap(({ before, after }) => {
    if (after?.status !== 'escalated' || before?.status === 'escalated') return [];
    const over = isOver(before ?? after, commit.at);
    return over || after.severity === 'major' || isRepeated(state, after)
      ? []
      : [`${after.kind} ${after.incidentId} escalated, a first minor deviation`];
  });
}

/** As it was opened: with a time of grace that has ended. */
const isOver = ({ rectifyUntil }: Incident, at: number): boolean =>
  rectifyUntil > 0 && at > rectifyUntil;

function isRepeated(state: CommittedState, { incidentId, kind, memberId }: Incident): boolean {
  return state
    .list('incident')
    .filter((other) => other.incidentId !== incidentId && other.memberId === memberId)
    .some((other) => other.kind === kind && other.outcome !== 'lifted');
}

/** Whom a transaction about incidents suspends has one that is escalated and says so. */
export function suspendedByIncident(state: CommittedState, commit: Commit): string[] {
  if (!['incident', 'contribution'].includes(commit.contract)) return [];
  return commit.changes.of('member').flatMap(({ before, after }) => {
    if (after?.status !== 'suspended' || before?.status === 'suspended') return [];
    const grounds = escalatedOf(state, after.memberId, 'suspend-member');
    return grounds.length > 0 ? [] : [`${after.memberId} was suspended without an incident`];
  });
}

/** Rewards go to a frozen account exactly while an incident with that measure is escalated. */
export function frozenUnderIncident(state: CommittedState, { changes }: Commit): string[] {
  return changes
    .of('journal')
    .flatMap(({ after }) => (after === undefined ? [] : freezeFaults(state, after)));
}

/** What is earned by a query, and so can be held back. */
const REWARDS: ReadonlySet<string> = new Set([
  'contributor-minimum',
  'contributor-coverage',
  'keyholder-fee',
  'operator-fee',
  'subsidy-top-up',
  'cost-compensation',
]);

function freezeFaults(state: CommittedState, { debit, credit, kind }: JournalEntry): string[] {
  const creditor = frozenSide(state, credit);
  const debtor = frozenSide(state, debit);
  const holds: [boolean, string][] = [
    [creditor.type !== 'frozen' || creditor.frozen, 'were frozen without an incident'],
    [
      creditor.type !== 'member' || !REWARDS.has(kind) || !creditor.frozen,
      'were paid, though frozen',
    ],
    [debtor.type !== 'frozen' || creditor.type !== 'member' || !debtor.frozen, 'were released'],
  ];
  return holds
    .filter(([held]) => !held)
    .map(([, fault]) => `rewards from ${debit} to ${credit} ${fault}`);
}

/** The kind of an account, and whether an incident holds the rewards of its owner back. */
function frozenSide(state: CommittedState, accountId: string) {
  const [type = '', owner = ''] = accountId.split(':');
  const owned = type === 'member' || type === 'frozen';
  return { type, frozen: owned && escalatedOf(state, owner, 'freeze-rewards').length > 0 };
}

function escalatedOf(
  state: CommittedState,
  memberId: string,
  measure: Incident['measures'][number],
): Incident[] {
  return state
    .list('incident', memberId)
    .filter(({ status, measures }) => status === 'escalated' && measures.includes(measure));
}

/** Nobody alone punishes or spares: an operator and a regulator of two legal entities decided the same. */
export function incidentsClosedByTwo(state: CommittedState, commit: Commit): string[] {
  return commit.changes
    .of('incident')
    .filter(({ before, after }) => after?.status === 'closed' && before?.status !== 'closed')
    .flatMap(({ after }) => (after === undefined ? [] : [after]))
    .filter((incident) => commit.contract === 'incident' && !isAgreed(state, incident))
    .map(({ incidentId }) => `incident ${incidentId} was closed by one alone`);
}

function isAgreed(state: CommittedState, { incidentId, outcome }: Incident): boolean {
  const past = { penalise: 'penalised', lift: 'lifted', close: 'closed' } as const;
  const votes = state
    .list('incidentVote', incidentId)
    .filter(({ action }) => past[action] === outcome);
  const entities = votes.map(({ memberId }) => state.get('member', memberId)?.legalEntityId);
  return (
    new Set(votes.map(({ role }) => role)).size === 2 &&
    new Set(votes.map(({ amount }) => amount)).size === 1 &&
    new Set(entities).size === 2
  );
}
