import type { Consent, Contribution, JournalEntry, QueryRecord } from '@veilsum/protocol';
import type { AuditedTransaction, ObjectChange } from '../ledger-history.js';

/** Whose story is told. */
export interface StorySubject {
  readonly kind: 'query' | 'consent' | 'member';
  readonly id: string;
}

/** A row of a cohort, as far as stories read it. */
interface CohortRow {
  readonly contributorId: string;
  readonly consentId: string;
}

/** Kinds of what happened to a query that belong into the story of a consent or member it used. */
const USE_KINDS: ReadonlySet<string> = new Set([
  'query',
  'share',
  'refusal',
  'publishedResult',
  'publishedGroup',
]);

/**
 * Collects, transaction by transaction, what a story is about: the object itself, what rests on it, what
 * used it, what it cites. An id found later does not bring back what was before it was known, so a reader
 * first collects over the whole history and then tells it.
 */
export class StoryScope {
  readonly #subject: StorySubject;
  /** Ids whose every mention belongs to the story. */
  readonly #ids: Set<string>;
  /** Ids of what a query cites: their own objects belong to its story, not everything that names them. */
  readonly #cited = new Set<string>();
  /** Queries that used the subject; only what they did with it belongs to the story. */
  readonly #uses = new Set<string>();
  /** Of a consent's story: who gave it. */
  #contributorId: string | undefined;

  constructor(subject: StorySubject) {
    this.#subject = subject;
    this.#ids = new Set([subject.id]);
  }

  get queryIds(): ReadonlySet<string> {
    return this.#uses;
  }

  collect({ changes }: AuditedTransaction): void {
    for (const { type, parts, value } of changes) {
      if (value === null) continue;
      if (type === 'consent') this.#collectConsent(value as Consent);
      if (type === 'contribution') this.#collectContribution(value as Contribution);
      if (type === 'queryCohort') this.#collectUse(parts[0] ?? '', value as CohortRow);
      if (type === 'query') this.#collectCitations(value as QueryRecord);
    }
  }

  /** Whether a change belongs to the story. */
  includes({ type, parts, value }: ObjectChange): boolean {
    if (parts.some((part) => this.#ids.has(part) || this.#cited.has(part))) return true;
    if (this.#mentions(value)) return true;
    if (!this.#uses.has(queryOf(parts, value))) return false;
    return USE_KINDS.has(type) || this.#isEarned(value);
  }

  #collectConsent({ consentId, contributorId }: Consent): void {
    if (consentId === this.#subject.id) this.#contributorId = contributorId;
  }

  #collectContribution({ consentId, contributionId }: Contribution): void {
    if (this.#subject.kind === 'consent' && consentId === this.#subject.id) {
      this.#ids.add(contributionId);
    }
  }

  #collectUse(queryId: string, { contributorId, consentId }: CohortRow): void {
    const { kind, id } = this.#subject;
    if (kind === 'query') return;
    if ((kind === 'consent' ? consentId : contributorId) === id) this.#uses.add(queryId);
  }

  #collectCitations({ queryId, request }: QueryRecord): void {
    if (this.#subject.kind !== 'query' || queryId !== this.#subject.id) return;
    const { delegationId, goalId, questionIds = [] } = request;
    for (const id of [delegationId, goalId, ...questionIds])
      if (id !== undefined) this.#cited.add(id);
  }

  /** Money that the giver of a consent got for a query which used it. */
  #isEarned(value: unknown): boolean {
    const id = this.#contributorId;
    if (id === undefined || value === null) return false;
    const { memberId, debit, credit } = value as Partial<JournalEntry> & { memberId?: string };
    const own = [`member:${id}`, `frozen:${id}`];
    return memberId === id || [debit, credit].some((account) => own.includes(account ?? ''));
  }

  #mentions(value: unknown): boolean {
    if (typeof value === 'string') {
      return this.#ids.has(value) || this.#ids.has(value.replace(/^(member|frozen|escrow):/, ''));
    }
    if (typeof value !== 'object' || value === null) return false;
    return Object.values(value).some((part) => this.#mentions(part));
  }
}

/** The query that an object is about: kinds of a query begin their keys with it, money names it. */
function queryOf(parts: readonly string[], value: unknown): string {
  const named = (value as { queryId?: unknown } | null)?.queryId;
  return typeof named === 'string' ? named : (parts[0] ?? '');
}
