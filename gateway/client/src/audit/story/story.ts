import type { LedgerBlock } from '@veilsum/ledger';
import { VeilsumError, type Member, type QueryRecord } from '@veilsum/protocol';
import { transactionsOf, type AuditedTransaction, type ObjectChange } from '../ledger-history.js';
import { LedgerState } from '../ledger-state.js';
import { changedFields, type FieldChange } from './field-changes.js';
import { storyFacts, type StoryFact } from './story-facts.js';
import { storyKinds, type StoryTopic, type ToldKind } from './story-kinds.js';
import { StoryScope, type StorySubject } from './story-subject.js';
import { changeSentence } from './story-sentences.js';

/** One object that changed. */
export interface StoryChange {
  readonly kind: string;
  readonly topic: StoryTopic;
  readonly sentence: string;
  readonly fields: readonly FieldChange[];
}

/** One transaction of a story. */
export interface StoryEvent {
  /** ISO 8601, UTC; the time that the signer claimed. */
  readonly at: string;
  readonly blockNumber: number;
  readonly transactionId: string;
  /** `contract:transaction`. */
  readonly call: string;
  /** The member who signed; its organisation when the certificate belongs to no member. */
  readonly by: string;
  /** Everything in one line. */
  readonly what: string;
  readonly changes: readonly StoryChange[];
}

/** Everything that the ledger has on a query, a consent or a member. */
export interface Story {
  readonly subject: StorySubject;
  /** How things stand at the end. */
  readonly facts: readonly StoryFact[];
  readonly events: readonly StoryEvent[];
}

/**
 * Tells a story from the blocks alone.
 * @param blocks - gives them from block 0, already replayed; read twice
 * @throws {@link VeilsumError} NOT_FOUND when the ledger has nothing of it
 */
export async function tellStory(
  blocks: () => AsyncIterable<LedgerBlock>,
  subject: StorySubject,
): Promise<Story> {
  const scope = new StoryScope(subject);
  for await (const one of transactionsIn(blocks())) scope.collect(one);
  const state = new LedgerState();
  const events: StoryEvent[] = [];
  for await (const transaction of transactionsIn(blocks())) {
    const changes = toldChanges(transaction, { scope, subject, state });
    if (changes.length > 0) events.push(eventOf(transaction, changes, state));
    state.apply(transaction);
  }
  if (!isKnown(subject, state)) {
    throw new VeilsumError('NOT_FOUND', `There is no ${subject.kind} ${subject.id}.`);
  }
  return { subject, facts: storyFacts(subject, scope, state), events };
}

async function* transactionsIn(
  blocks: AsyncIterable<LedgerBlock>,
): AsyncGenerator<AuditedTransaction> {
  for await (const block of blocks) yield* transactionsOf(block);
}

interface Telling {
  readonly scope: StoryScope;
  readonly subject: StorySubject;
  /** Before the transaction. */
  readonly state: LedgerState;
}

function toldChanges(
  transaction: AuditedTransaction,
  { scope, subject, state }: Telling,
): StoryChange[] {
  const isOwn = subject.kind === 'member' && signerOf(transaction, state) === subject.id;
  return transaction.changes
    .filter(
      (change) => isOwn || scope.includes(change) || scope.includes(valueBefore(change, state)),
    )
    .flatMap((change) => toldChange(change, state));
}

/** What is removed is told by what it was. */
function valueBefore(change: ObjectChange, state: LedgerState): ObjectChange {
  return { ...change, value: state.value(change.type, change.parts) ?? null };
}

function toldChange(change: ObjectChange, state: LedgerState): StoryChange[] {
  const { type, parts, value } = change;
  const kind = kindOf(type);
  if (kind === undefined) return [];
  const before = state.value(type, parts);
  const fields = changedFields(tellable(type, before), tellable(type, value), kind.fields);
  const sentence = changeSentence({ kind, change, before });
  return [{ kind: type, topic: kind.topic, sentence, fields }];
}

/** @returns undefined for a kind that is left out; a kind that nobody described is told under its own name */
function kindOf(type: string): ToldKind | undefined {
  const kind = Object.hasOwn(storyKinds, type) ? storyKinds[type] : undefined;
  if (kind === undefined) return { topic: 'rules', noun: type };
  return 'leftOut' in kind ? undefined : kind;
}

/** A query's record is deep; what a reader asks for is put on its surface. */
function tellable(type: string, value: unknown): unknown {
  if (type !== 'query' || value === undefined || value === null) return value;
  const record = value as QueryRecord;
  const { request, plan, verdict, attempt } = record;
  const refused = verdict.trace.filter(({ passed }) => !passed);
  return {
    ...record,
    asked: [
      `${request.function} ${request.measures.join(', ')}`.trim(),
      `of ${request.productId}@${request.productVersion}, ${request.epoch}`,
      `for ${request.purpose}, ${request.release}`,
    ].join(' '),
    ...(verdict.allowed ? {} : { refused: refused.map(({ sentence }) => sentence) }),
    ...(plan === undefined ? {} : { price: plan.price, rulebookVersion: plan.rulebookVersion }),
    ...(attempt === undefined ? {} : { attempt: `${attempt.attempt}, ${attempt.state}` }),
  };
}

function eventOf(
  transaction: AuditedTransaction,
  changes: StoryChange[],
  state: LedgerState,
): StoryEvent {
  const { transactionId, blockNumber, timestampMs, call } = transaction;
  return {
    at: new Date(timestampMs).toISOString(),
    blockNumber,
    transactionId,
    call,
    by: signerOf(transaction, state) ?? `an identity of ${transaction.mspId}`,
    what: `${call}: ${changes.map(({ sentence }) => sentence).join('; ')}`,
    changes,
  };
}

/** Who signed; a first registration signs before the certificate is anyone's. */
function signerOf(
  { fingerprint, changes }: AuditedTransaction,
  state: LedgerState,
): string | undefined {
  const known = state.value('certificate', [fingerprint]) as { memberId: string } | undefined;
  if (known !== undefined) return known.memberId;
  const registered = changes.find(
    ({ type, value }) =>
      type === 'member' &&
      (value as Member | null)?.certificateFingerprints.some((own) => own === fingerprint),
  );
  return (registered?.value as Member | undefined)?.memberId;
}

function isKnown({ kind, id }: StorySubject, state: LedgerState): boolean {
  if (kind === 'query') return state.query(id) !== undefined;
  if (kind === 'consent') return state.consent(id) !== undefined;
  return state.value('member', [id]) !== undefined;
}
