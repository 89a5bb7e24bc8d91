import { hashCanonicalJson } from '@veilsum/crypto';
import type { CommitteeKey, Contribution, QueryRecord, QueryStatus } from '@veilsum/protocol';
import type { AuditRule } from './audit-rule.js';

/** From which status a query may come to which (docs/ledger.md, Queries). */
const transitions: Readonly<Record<QueryStatus | 'new', readonly QueryStatus[]>> = {
  new: ['reviewing', 'authorised', 'refused'],
  reviewing: ['reviewing', 'authorised', 'refused', 'expired'],
  authorised: ['authorised', 'blinded', 'expired', 'failed'],
  blinded: ['blinded', 'authorised', 'released', 'expired', 'failed'],
  released: ['released', 'settled', 'failed'],
  settled: [],
  refused: [],
  expired: [],
  failed: [],
};

/** Queries move as the protocol says, and keep plan and request. */
export const stateOrder: AuditRule = {
  check: 'state order',
  claim: 'Every query went through its states in order, with one unchanged plan.',
  observe({ changes }, before) {
    return changes
      .filter(({ type }) => type === 'query')
      .flatMap(({ value }) => {
        if (value === null) return ['A query was removed.'];
        const after = value as QueryRecord;
        return transitionProblems(after, before.query(after.queryId));
      });
  },
};

function transitionProblems(after: QueryRecord, earlier: QueryRecord | undefined): string[] {
  const from = earlier?.status ?? 'new';
  const requirements: [boolean, string][] = [
    [transitions[from].includes(after.status), `went from ${from} to ${after.status}`],
    [
      earlier?.planHash === undefined || earlier.planHash === after.planHash,
      'has another plan than before',
    ],
    [
      after.plan === undefined || hashCanonicalJson(after.plan) === after.planHash,
      'has a plan that does not have its hash',
    ],
  ];
  return requirements
    .filter(([holds]) => !holds)
    .map(([, what]) => `Query ${after.queryId} ${what}.`);
}

/** A result key, a contribution id, a container: nothing that must be fresh comes twice. */
export const uniqueness: AuditRule = {
  check: 'uniqueness',
  claim:
    'No result key served two plans, and no member has two live contributions for one product and epoch.',
  conclude(state) {
    const planned = state.all<QueryRecord>('query').filter(({ plan }) => plan !== undefined);
    const live = state
      .all<Contribution>('contribution')
      .filter(({ status }) => ['registered', 'stored', 'frozen'].includes(status));
    return [
      ...repeated(planned.map(({ plan }) => plan?.resultKey ?? '')).map(
        (key) => `Result key ${key} serves two plans.`,
      ),
      ...repeated(live.map((c) => `${c.contributorId}, ${c.productId}, ${c.epoch}`)).map(
        (place) => `There are two live contributions of ${place}.`,
      ),
    ];
  },
};

/** The part of a share record that the audit reads. */
interface RecordedShare {
  readonly index: number;
  readonly finalHash: string;
}

/** A query counts as released only when t keyholders of the fixed set recorded one final block. */
export const releases: AuditRule = {
  check: 'releases',
  claim:
    'Every released query has t keyholders of its fixed set who recorded the same final block.',
  conclude(state) {
    const keys = new Map(state.all<CommitteeKey>('committeeKey').map((key) => [key.keyId, key]));
    return state
      .all<QueryRecord>('query')
      .filter(({ status }) => status === 'released' || status === 'settled')
      .flatMap(({ queryId, plan, attempt }) => {
        const threshold = keys.get(plan?.keyId ?? ('' as CommitteeKey['keyId']))?.record.t;
        const shares = state
          .objects<RecordedShare>('share', queryId)
          .filter(({ index }) => attempt?.keyholders.includes(index) ?? false);
        const most = Math.max(
          0,
          ...shares.map(({ finalHash }) => shares.filter((s) => s.finalHash === finalHash).length),
        );
        return threshold !== undefined && most >= threshold
          ? []
          : [`Query ${queryId} is released with ${most} agreeing shares.`];
      });
  },
};

function repeated(values: readonly string[]): string[] {
  return [...new Set(values.filter((value, index) => values.indexOf(value) !== index))];
}
