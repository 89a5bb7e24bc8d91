import type {
  AdoptedRulebook,
  AskedQuestion,
  Attempt,
  AttemptRecord,
  Commitment,
  CommitteeKey,
  Consortium,
  Consent,
  Contribution,
  Delegation,
  Incident,
  IncidentVote,
  JournalEntry,
  Member,
  PrivacyAccount,
  Product,
  Proposal,
  ProposedChange,
  QueryRecord,
  RewardScheme,
  ShareDispute,
  Transfer,
} from '@veilsum/protocol';
import { createHash } from 'node:crypto';

/** What the ledger's composite keys hold, by the first part of the key. */
export interface LedgerObjects {
  query: QueryRecord;
  queryCohort: {
    contributionId: string;
    contributorId: string;
    consentId: string;
    legalEntityId: string;
    minimumPrice: string;
  };
  share: AttemptRecord['shares'][number];
  blinding: AttemptRecord['blindings'][number];
  refusal: AttemptRecord['refusals'][number];
  attempt: Attempt;
  dispute: ShareDispute;
  consent: Consent;
  consentUse: { consentId: string; uses: number };
  contribution: Contribution;
  member: Member;
  product: Product;
  certificate: { memberId: string; status: 'active' | 'revoked' };
  consortium: Consortium;
  proposal: Proposal;
  proposedChange: ProposedChange;
  rulebook: AdoptedRulebook;
  rewardScheme: RewardScheme;
  commitment: Commitment;
  incident: Incident;
  incidentVote: IncidentVote;
  question: AskedQuestion;
  delegation: Delegation;
  escrow: { parts: readonly { accountId: string; amount: string }[] };
  committeeKey: CommitteeKey;
  currentKey: { keyId: string };
  privacyAccount: PrivacyAccount;
  resultKey: { queryId: string };
  balance: { accountId: string; balance: string };
  credit: { accountId: string; amount: string };
  journal: JournalEntry;
  transfer: Transfer;
}
export type ObjectType = keyof LedgerObjects;

/** One object before and after a commit; undefined where there is none. */
export interface StateChange<Type extends ObjectType> {
  readonly parts: readonly string[];
  readonly before: LedgerObjects[Type] | undefined;
  readonly after: LedgerObjects[Type] | undefined;
}

interface Row {
  readonly parts: readonly string[];
  readonly text: string;
  readonly value: unknown;
}

interface Change extends Omit<StateChange<ObjectType>, 'before' | 'after'> {
  readonly type: string;
  readonly before: unknown;
  readonly after: unknown;
}

/** What one commit changed. */
export class CommitChanges {
  readonly #changes: readonly Change[];

  constructor(changes: readonly Change[]) {
    this.#changes = changes;
  }

  of<Type extends ObjectType>(type: Type): StateChange<Type>[] {
    return this.#changes.filter((change) => change.type === type) as StateChange<Type>[];
  }
}

/**
 * The committed state, kept from the writes of every committed transaction and read without any code of
 * the contracts or their rules.
 */
export class CommittedState {
  readonly #types = new Map<string, Map<string, Row>>();

  apply(writes: ReadonlyMap<string, Uint8Array | undefined>): CommitChanges {
    return new CommitChanges([...writes].map(([key, bytes]) => this.#write(key, bytes)));
  }

  get<Type extends ObjectType>(
    type: Type,
    ...parts: readonly string[]
  ): LedgerObjects[Type] | undefined {
    return this.#types.get(type)?.get(keyOf(parts))?.value as LedgerObjects[Type] | undefined;
  }

  /** Objects whose key begins with the parts. */
  list<Type extends ObjectType>(type: Type, ...prefix: readonly string[]): LedgerObjects[Type][] {
    return this.entries(type, ...prefix).map(({ value }) => value);
  }

  entries<Type extends ObjectType>(
    type: Type,
    ...prefix: readonly string[]
  ): { readonly parts: readonly string[]; readonly value: LedgerObjects[Type] }[] {
    const start = keyOf(prefix);
    const found: Row[] = [];
    for (const [key, row] of this.#types.get(type) ?? [])
      if (key.startsWith(start)) found.push(row);
    return found as ReturnType<typeof this.entries<Type>>;
  }

  /** Hash of every key and value, to tell whether two runs ended alike. */
  digest(): string {
    const lines = [...this.#types].flatMap(([type, rows]) =>
      [...rows].map(([key, { text }]) => `${type} ${key} ${text}`),
    );
    return createHash('sha256').update(lines.sort().join('\n')).digest('hex');
  }

  #write(key: string, bytes: Uint8Array | undefined): Change {
    // Fabric's composite keys: a zero, then every part with a zero behind it.
    const [type = '', ...parts] = key.slice(1, -1).split('\u0000');
    const rows = this.#types.get(type) ?? new Map<string, Row>();
    this.#types.set(type, rows);
    const name = keyOf(parts);
    const before = rows.get(name)?.value;
    const text = bytes === undefined ? undefined : new TextDecoder().decode(bytes);
    const after: unknown = text === undefined ? undefined : JSON.parse(text);
    if (text === undefined) rows.delete(name);
    else rows.set(name, { parts, text, value: after });
    return { type, parts, before, after };
  }
}

function keyOf(parts: readonly string[]): string {
  return parts.map((part) => `${part}\u0000`).join('');
}
