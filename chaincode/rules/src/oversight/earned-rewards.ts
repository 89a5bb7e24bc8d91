import type { JournalEntry } from '@veilsum/protocol';
import type { Posting } from '../account/postings.js';

/** What members earn, as against what is given back to them or moved by them. */
const EARNED: ReadonlySet<JournalEntry['kind']> = new Set<JournalEntry['kind']>([
  'contributor-minimum',
  'contributor-coverage',
  'keyholder-fee',
  'operator-fee',
  'subsidy-top-up',
  'cost-compensation',
  'performance-bonus',
]);

const MEMBER = 'member:';

/** The member that earns what a posting moves; undefined when it is no reward of a member. */
export function earnerOf({ credit, kind }: Pick<Posting, 'credit' | 'kind'>): string | undefined {
  return credit.startsWith(MEMBER) && EARNED.has(kind) ? credit.slice(MEMBER.length) : undefined;
}
