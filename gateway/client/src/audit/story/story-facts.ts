import type { Consent, Contribution, Member, QueryRecord } from '@veilsum/protocol';
import { journalBalances } from '../money-rules.js';
import type { LedgerState } from '../ledger-state.js';
import { textOf } from './field-changes.js';
import type { StoryScope, StorySubject } from './story-subject.js';

/** How one thing stands at the end of the ledger. */
export interface StoryFact {
  readonly name: string;
  readonly value: string;
}

interface CohortRow {
  readonly contributionId: string;
  readonly contributorId: string;
  readonly consentId: string;
}

/** @returns how the subject of a story stands at the end of the ledger */
export function storyFacts(
  subject: StorySubject,
  scope: StoryScope,
  state: LedgerState,
): StoryFact[] {
  const facts = {
    query: () => queryFacts(subject.id, state),
    consent: () => consentFacts(subject.id, scope, state),
    member: () => memberFacts(subject.id, scope, state),
  }[subject.kind]();
  return facts.map(([name, value]) => ({ name, value }));
}

type Fact = [name: string, value: string];

function queryFacts(queryId: string, state: LedgerState): Fact[] {
  const record = state.query(queryId);
  if (record === undefined) return [];
  const { request, plan, analystId, payerId } = record;
  const rows = state.objects<CohortRow>('queryCohort', queryId);
  const held = journalBalances(state.journal()).get(`escrow:${queryId}`) ?? 0n;
  return [
    ['status', record.status],
    ['asked by', analystId],
    ['paid by', payerId ?? analystId],
    ['product', `${request.productId}@${request.productVersion}, ${request.epoch}`],
    ['purpose', request.purpose],
    ['question', `${request.function} ${request.measures.join(', ')}`.trim()],
    ['grouped by', textOf(request.groupBy)],
    ['release', request.release],
    ['ε charged (millionths)', String(record.chargedEpsilonMicro)],
    ['price', plan?.price ?? 'none'],
    ['held in escrow', String(held)],
    ...ruleFacts(record),
    ['plan hash', record.planHash ?? 'none'],
    [
      'cohort',
      rows.length === 0
        ? 'none'
        : rows.map((row) => `${row.contributorId} under consent ${row.consentId}`).join('; '),
    ],
  ];
}

function ruleFacts({ request, plan, resultLevel, rewardSchemeVersion }: QueryRecord): Fact[] {
  return [
    ['level of the result', resultLevel ?? 'not decided under a rulebook'],
    ['rulebook', versionText(plan?.rulebookVersion)],
    ['reward scheme', versionText(rewardSchemeVersion)],
    ['delegation', request.delegationId ?? 'none'],
    ['cited questions', textOf(request.questionIds ?? [])],
  ];
}

function consentFacts(consentId: string, scope: StoryScope, state: LedgerState): Fact[] {
  const consent = state.consent(consentId);
  if (consent === undefined) return [];
  const used = usesOf(scope, state);
  const contributions = state
    .all<Contribution>('contribution')
    .filter((one) => one.consentId === consentId);
  return [
    ['status', consent.status],
    ['given by', consent.contributorId],
    ['product', `${consent.productId}@${consent.productVersion}`],
    ['purposes', textOf(consent.purposes)],
    ['functions', textOf(consent.functions)],
    ['recipients', textOf(consent.recipients)],
    ['from', textOf(consent.notBefore)],
    ['until', textOf(consent.notAfter)],
    ['release', consent.release],
    ['uses', `${countedUses(consent, state)} of ${consent.maxUses}`],
    ['publication', textOf((consent as { publication?: unknown }).publication ?? 'not allowed')],
    ['contributions', textOf(contributions.map((one) => `${one.contributionId} (${one.status})`))],
    ['queries that used it', queryList(used)],
    ['cited questions', textOf((consent as { questionIds?: unknown }).questionIds ?? [])],
  ];
}

function memberFacts(memberId: string, scope: StoryScope, state: LedgerState): Fact[] {
  const member = state.value('member', [memberId]) as Member | undefined;
  if (member === undefined) return [];
  const balances = journalBalances(state.journal());
  const consents = state.all<Consent>('consent').filter((one) => one.contributorId === memberId);
  const asked = state.all<QueryRecord>('query').filter((one) => one.analystId === memberId);
  return [
    ['name', member.name],
    ['status', member.status],
    ['roles', textOf(member.roles)],
    ['organisation', member.mspId],
    ['legal entity', member.legalEntityId],
    ['size', member.size],
    ['money', String(balances.get(`member:${memberId}`) ?? 0n)],
    ['frozen money', String(balances.get(`frozen:${memberId}`) ?? 0n)],
    ['consents', textOf(consents.map((one) => `${one.consentId} (${one.status})`))],
    ['queries asked', queryList(asked)],
    ['queries that used its data', queryList(usesOf(scope, state))],
  ];
}

function usesOf(scope: StoryScope, state: LedgerState): QueryRecord[] {
  return [...scope.queryIds].flatMap((queryId) => state.query(queryId) ?? []);
}

const queryList = (queries: readonly QueryRecord[]) =>
  textOf(queries.map(({ queryId, status }) => `${queryId} (${status})`));

const versionText = (version: number | undefined) =>
  version === undefined || version === 0 ? 'none in force' : String(version);

function countedUses({ consentId }: Consent, state: LedgerState): number {
  return (state.value('consentUse', [consentId]) as { uses: number } | undefined)?.uses ?? 0;
}
