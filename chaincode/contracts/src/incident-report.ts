import {
  VeilsumError,
  type Incident,
  type IncidentReport,
  type MemberId,
  type QueryId,
  type QueryRecord,
} from '@veilsum/protocol';
import {
  incidentIdOf,
  latenessFault,
  mismatchFault,
  missedOpeningFault,
  staleMappingFault,
  subjectOf,
  type RuleFailure,
} from '@veilsum/rules';
import { requireCommitment } from './commitment-progress.js';
import {
  findIncident,
  incidentEvent,
  openIncident,
  type IncidentDraft,
} from './incident-record.js';
import { committeeKeys, contributions } from './ledger-objects.js';
import { openUndecodableGroup } from './opening-of-group.js';
import { requireOpeningTask } from './opening-record.js';
import { keyholderParts, queries, shares } from './query-objects.js';
import type { TransactionCall } from './transaction-call.js';
import type { WorldState } from './world-state.js';

/** What a kind of incident needs to be known of the ledger. */
type DraftedPart = Omit<IncidentDraft, 'kind' | 'subject' | 'evidenceHash'>;
type ReportOf<Kind extends IncidentReport['kind']> = Extract<IncidentReport, { kind: Kind }>;

/** Opens an incident that somebody reports; what was reported before is the same incident. */
export async function reportIncident(
  call: TransactionCall,
  report: IncidentReport,
): Promise<Incident> {
  const subject = subjectOf(report);
  const existing = await findIncident(call.state, incidentIdOf(subject));
  if (existing !== undefined) return existing;
  const evidence = 'evidenceHash' in report ? { evidenceHash: report.evidenceHash } : {};
  const draft = { kind: report.kind, subject, ...evidence, ...(await draftOf(call, report)) };
  // The ledger cannot write what it reads later in one transaction, so the blocks are named first.
  if (report.kind === 'undecodable-result') await openUndecodableGroup(call, report);
  const incident = await openIncident(call, draft);
  call.emit('incidentChanged', incidentEvent(incident));
  return incident;
}

async function draftOf(call: TransactionCall, report: IncidentReport): Promise<DraftedPart> {
  switch (report.kind) {
    case 'late-contribution':
      return lateDraft(call, report);
    case 'missed-opening':
    case 'opening-mismatch':
      return openingDraft(call, report);
    case 'stale-mapping':
      return staleDraft(call, report);
    case 'bad-decryption-share':
      return shareDraft(call, report);
    case 'use-outside-purpose':
      return useDraft(call, report);
    case 'undecodable-result':
      return {};
  }
}

async function lateDraft(
  { state, now }: TransactionCall,
  { commitmentId }: ReportOf<'late-contribution'>,
): Promise<DraftedPart> {
  const commitment = await requireCommitment(state, commitmentId);
  const { contributorId: memberId, productId, epoch } = commitment;
  return { memberId, place: { productId, epoch }, fault: latenessFault(commitment, now) };
}

async function openingDraft(
  { state, now }: TransactionCall,
  report: ReportOf<'missed-opening' | 'opening-mismatch'>,
): Promise<DraftedPart> {
  const task = await requireOpeningTask(state, report);
  const { contributorId: memberId, productId, epoch } = task;
  const fault =
    report.kind === 'missed-opening' ? missedOpeningFault(task, now) : mismatchFault(task);
  return { memberId, place: { productId, epoch }, fault };
}

async function staleDraft(
  { state }: TransactionCall,
  { memberId, productId, epoch }: ReportOf<'stale-mapping'>,
): Promise<DraftedPart> {
  const found = await state.list(contributions, productId, epoch, memberId);
  return { memberId, place: { productId, epoch }, fault: staleMappingFault(found) };
}

async function shareDraft(
  { state }: TransactionCall,
  { queryId, attempt, index }: ReportOf<'bad-decryption-share'>,
): Promise<DraftedPart> {
  const { plan } = await requirePlannedQuery(state, queryId);
  await state.require(shares, ...keyholderParts(queryId, attempt, index));
  const { keyholders } = await state.require(committeeKeys, plan.keyId);
  return { memberId: requireKeyholder(keyholders, index) };
}

async function useDraft(
  { state }: TransactionCall,
  { queryId }: ReportOf<'use-outside-purpose'>,
): Promise<DraftedPart> {
  const query = await requirePlannedQuery(state, queryId);
  return { memberId: query.analystId, fault: unopenedFault(query) };
}

/** Only what was opened can have been used. */
function unopenedFault({ status }: Pick<QueryRecord, 'status'>): RuleFailure | undefined {
  return status === 'released' || status === 'settled'
    ? undefined
    : { code: 'INVALID_STATE', sentence: `The query is ${status}, so nobody has its result.` };
}

async function requirePlannedQuery(state: WorldState, queryId: QueryId) {
  const query = await state.require(queries, queryId);
  const { plan } = query;
  if (plan === undefined) throw new VeilsumError('QUERY_REFUSED', 'The query was refused.');
  return { ...query, plan };
}

function requireKeyholder(keyholders: readonly MemberId[], index: number): MemberId {
  const memberId = keyholders[index - 1];
  if (memberId !== undefined) return memberId;
  throw new VeilsumError('NOT_FOUND', `There is no keyholder ${index}.`);
}
