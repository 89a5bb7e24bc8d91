import type { CommitteeKey, Consortium, Member, ProposedChange } from '@veilsum/protocol';
import type { LedgerState } from './ledger-state.js';

/** Roles with power over the rules. */
const POWERS: readonly string[] = ['operator', 'keyholder', 'regulator', 'auditor'];

/** Whether a member's word counts for its organisation. */
export function speaksForOrganisation({ roles, status }: Pick<Member, 'roles' | 'status'>) {
  return status === 'active' && roles.some((role) => POWERS.includes(role));
}

/** The organisations of the moment before a change took effect. */
interface Organisations {
  /** Those whose word counts. */
  readonly counted: readonly string[];
  readonly operators: readonly string[];
  readonly regulators: readonly string[];
}

/**
 * What is missing among the approvals of a change, worked out from the state alone: written a second time
 * after docs/ledger.md (Proposals), so that it shares no mistake with the contracts.
 */
export function approvalProblems(
  state: LedgerState,
  change: ProposedChange,
  approvers: readonly string[],
): string[] {
  const organisations = organisationsOf(state, change.kind === 'memberCertificate');
  const given = [...new Set(approvers)];
  const missing = decisiveOf(state, change, organisations).filter((one) => !given.includes(one));
  const problems = missing.map((mspId) => `without ${mspId}`);
  if (given.filter((mspId) => organisations.counted.includes(mspId)).length < 2) {
    problems.push('by one organisation');
  }
  if (!hasMajority(state, change, organisations, given)) problems.push('without a majority');
  return problems;
}

/** Who decides in any case. */
function decisiveOf(
  state: LedgerState,
  change: ProposedChange,
  { operators, regulators }: Organisations,
): readonly string[] {
  const important = change.kind === 'standard' && change.content['classification'] === 'important';
  if (important && regulators.length === 0) return [...operators, 'any regulator'];
  return important || changesPower(state, change) ? [...operators, ...regulators] : operators;
}

function hasMajority(
  state: LedgerState,
  change: ProposedChange,
  { counted }: Organisations,
  given: readonly string[],
): boolean {
  const electorate = electorateOf(state, change, counted);
  const votes = electorate.filter((mspId) => given.includes(mspId)).length;
  return electorate.length === 0 || votes > Math.floor(electorate.length / 2);
}

/** Of whom a majority has to approve; nobody in particular where two organisations are enough. */
function electorateOf(
  state: LedgerState,
  change: ProposedChange,
  counted: readonly string[],
): readonly string[] {
  if (changesPower(state, change)) return counted;
  const keyholders = keyholdersOf(state, change);
  const holding = new Set(keyholders.map((memberId) => memberOf(state, memberId)?.mspId ?? ''));
  return [...holding].filter((mspId) => counted.includes(mspId));
}

function keyholdersOf(state: LedgerState, { kind, content }: ProposedChange): readonly string[] {
  if (kind === 'committeeKey') return content['keyholders'] as string[];
  if (kind !== 'committeeKeyRetirement') return [];
  const key = state.value('committeeKey', [content['keyId'] as string]) as CommitteeKey | undefined;
  return key?.keyholders ?? [];
}

/** Whether a change is one of the rules or of who has power over them. */
function changesPower(state: LedgerState, { kind, content }: ProposedChange): boolean {
  if (['rulebook', 'rewardScheme', 'organisation'].includes(kind)) return true;
  const concerned: readonly (readonly string[])[] =
    kind === 'member'
      ? (content['registrations'] as Member[]).map(({ roles }) => roles)
      : [
          memberOf(state, (content['memberId'] as string | undefined) ?? '')?.roles ?? [],
          (content['roles'] as string[] | undefined) ?? [],
        ];
  return concerned.some((roles) => roles.some((role) => POWERS.includes(role)));
}

/** @param ableOnly leave out organisations without a certificate, which could never give them one */
function organisationsOf(state: LedgerState, ableOnly: boolean): Organisations {
  const mspRoles: Consortium['mspRoles'] = state.all<Consortium>('consortium')[0]?.mspRoles ?? {};
  const speakers = state
    .all<Member>('member')
    .filter(speaksForOrganisation)
    .filter(({ certificateFingerprints }) => !ableOnly || certificateFingerprints.length > 0);
  const counted = [...new Set(speakers.map(({ mspId }) => String(mspId)))];
  const withRole = (role: 'operator' | 'regulator') =>
    counted.filter((mspId) => mspRoles[mspId]?.includes(role));
  return { counted, operators: withRole('operator'), regulators: withRole('regulator') };
}

function memberOf(state: LedgerState, memberId: string): Member | undefined {
  return state.value('member', [memberId]) as Member | undefined;
}
