import type { JournalEntry, QueryRecord } from '@veilsum/protocol';
import type { ObjectChange } from '../ledger-history.js';
import { wordsOf } from './field-changes.js';
import type { ToldKind } from './story-kinds.js';

interface Sentenced {
  readonly kind: ToldKind;
  readonly change: ObjectChange;
  /** The object before the transaction. */
  readonly before: unknown;
}

/** Kinds whose change says more than that there was one. */
const sentences: Readonly<Record<string, (value: never, before: unknown) => string>> = {
  query: ({ queryId, status, attempt, review }: QueryRecord) => {
    const details = [
      ...(review === undefined ? [] : [`review ${review.status}`]),
      ...(attempt === undefined ? [] : [`attempt ${attempt.attempt} ${attempt.state}`]),
    ];
    return `query ${queryId} is ${[status, ...details].join(', ')}`;
  },
  journal: ({ amount, debit, credit, kind }: JournalEntry) =>
    `${kind.replaceAll('-', ' ')}: ${amount} from ${accountName(debit)} to ${accountName(credit)}`,
  consentUse: ({ consentId, uses }: { consentId: string; uses: number }) =>
    `consent ${consentId} counts ${uses} ${uses === 1 ? 'use' : 'uses'}`,
};

/** @returns what happened to an object, in a sentence without an end */
export function changeSentence({ kind, change, before }: Sentenced): string {
  const { type, parts, value } = change;
  const name = `${kind.noun} ${nameOf(parts)}`.trim();
  if (value === null) return `${name} removed`;
  const special = Object.hasOwn(sentences, type) ? sentences[type] : undefined;
  if (special !== undefined) return special(value as never, before);
  const status = (value as { status?: unknown }).status;
  if (before === undefined) {
    return typeof status === 'string' ? `${name} recorded, ${wordsOf(status)}` : `${name} recorded`;
  }
  const earlier = (before as { status?: unknown }).status;
  return typeof status === 'string' && status !== earlier
    ? `${name} is ${wordsOf(status)}`
    : `${name} changed`;
}

/** Keys that begin with a place are named by their last part, those of a query by what follows it. */
const nameOf = (parts: readonly string[]) => parts.at(-1) ?? '';

/** Whose money: a member by its id, an escrow by the beginning of its query's. */
function accountName(account: string): string {
  return account
    .replace(/^member:/, '')
    .replace(/^frozen:(.*)$/, 'the frozen rewards of $1')
    .replace(/^escrow:(.{8}).*$/, 'escrow $1…')
    .replace(/^fund:/, 'fund ');
}
