import type { Product, QueryRecord } from '@veilsum/protocol';
import type {
  LedgerPicture,
  WatchedQuery,
} from '../../../gateway/watcher/src/picture/ledger-picture.js';
import { noOversight } from '../../../gateway/watcher/src/picture/oversight-picture.js';
import { sampleConsortium } from '../../../chaincode/contracts/src/testing/index.js';
import { blindingsOf, samplePlannedQuery } from '../attempt-facts.js';
import { sampleCandidate, sampleId, sampleProduct, type CandidateChanges } from '../query-facts.js';

/** Merchants 1 … n with stored contributions and live consents to the sample product; nothing asked yet. */
export function samplePicture(
  merchants: number,
  change: Partial<LedgerPicture> = {},
  changes: CandidateChanges = {},
  product: Product = sampleProduct(),
): LedgerPicture {
  const candidates = Array.from({ length: merchants }, (_, index) =>
    sampleCandidate(index + 1, changes, product),
  );
  return {
    consortium: sampleConsortium(),
    members: candidates.map(({ contributor }) => contributor),
    products: [product],
    consents: candidates.flatMap(({ consent }) => (consent === undefined ? [] : [consent])),
    contributions: candidates.map(({ contribution }) => contribution),
    queries: [],
    privacyAccounts: [],
    oversight: noOversight,
    ...change,
  };
}

/** A query in its first blinding round, of which keyholders 1 and 2 have recorded a blinding. */
export function watchedQuery(
  record: Partial<QueryRecord> = {},
  change: Partial<WatchedQuery> = {},
): WatchedQuery {
  const whole = { ...samplePlannedQuery(), ...record };
  return {
    record: whole,
    attempts:
      whole.attempt === undefined
        ? []
        : [{ attempt: whole.attempt, blindings: blindingsOf(1, 2), shares: [], refusals: [] }],
    disputes: [],
    keyholders: ['keyholder-1', 'keyholder-2', 'keyholder-3'],
    ...change,
  };
}

/** Refused queries at the given times, each with the codes. */
export function refusedQueries(times: readonly number[], codes: readonly string[]): WatchedQuery[] {
  const trace = codes.map((code) => ({
    rule: 'some-rule',
    version: 1,
    passed: false,
    code,
    sentence: 'It does not pass.',
    inputs: {},
  }));
  return times.map((requestedAt, index) => {
    const refused: QueryRecord = {
      ...samplePlannedQuery(),
      queryId: sampleId(0x100 + index) as QueryRecord['queryId'],
      status: 'refused',
      verdict: { allowed: false, trace },
      requestedAt,
    };
    return { record: refused, attempts: [], disputes: [], keyholders: [] };
  });
}
