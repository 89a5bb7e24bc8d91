import type { LedgerBlock } from '@veilsum/ledger';
import type { JournalEntry, QueryRecord } from '@veilsum/protocol';
import { transactionsOf, type ObjectChange } from './ledger-history.js';

/** One event in the story of a query. */
export interface StoryLine {
  readonly at: string;
  readonly blockNumber: number;
  readonly transactionId: string;
  readonly what: string;
}

/** @returns everything that the ledger has on a query, in order */
export async function queryStory(
  blocks: AsyncIterable<LedgerBlock>,
  queryId: string,
): Promise<StoryLine[]> {
  const story: StoryLine[] = [];
  for await (const block of blocks) {
    for (const { transactionId, blockNumber, timestampMs, call, changes } of transactionsOf(
      block,
    )) {
      const words = changes.flatMap((change) => describeChange(change, queryId));
      if (words.length === 0) continue;
      const at = new Date(timestampMs).toISOString();
      story.push({ at, blockNumber, transactionId, what: `${call}: ${words.join('; ')}` });
    }
  }
  return story;
}

function describeChange({ type, parts, value }: ObjectChange, queryId: string): string[] {
  if (value === null) return [];
  if (type === 'query' && parts[0] === queryId) {
    const { status, attempt } = value as QueryRecord;
    return [
      attempt === undefined ? status : `${status}, attempt ${attempt.attempt} (${attempt.state})`,
    ];
  }
  if (type === 'journal' && (value as JournalEntry).queryId === queryId) {
    const { amount, debit, credit, kind } = value as JournalEntry;
    return [`${kind}: ${amount} from ${debit} to ${credit}`];
  }
  return parts[0] === queryId ? [`${type} recorded`] : [];
}
