import { decodePublicKey, hashCanonicalJson, type PublicKey } from '@veilsum/crypto';
import { askLedger, type Ledger } from '@veilsum/ledger';
import {
  attemptRecordSchema,
  committeeKeySchema,
  contributionSchema,
  productSchema,
  queryRecordSchema,
  VeilsumError,
  type AttemptRecord,
  type CommitteeKey,
  type Contribution,
  type Plan,
  type Product,
  type QueryRecord,
} from '@veilsum/protocol';
import { z } from 'zod';

/** A query that has a plan, with everything the ledger says that is needed to open or check it. */
export interface PlannedQuery {
  readonly record: QueryRecord;
  readonly plan: Plan;
  readonly planHash: string;
  readonly product: Product;
  readonly key: PublicKey;
  /** Members by index − 1. */
  readonly keyholders: readonly string[];
  readonly attempts: readonly AttemptRecord[];
}

/** @throws {@link VeilsumError} NOT_FOUND */
export function readQuery(ledger: Ledger, queryId: string): Promise<QueryRecord> {
  return askLedger(ledger, 'query:read', { queryId }, queryRecordSchema);
}

/** What the ledger has of each attempt at a query, the first one first. */
export function readAttempts(ledger: Ledger, queryId: string): Promise<AttemptRecord[]> {
  return askLedger(ledger, 'query:attempts', { queryId }, z.array(attemptRecordSchema));
}

/** @throws {@link VeilsumError} PRODUCT_NOT_FOUND */
export function readProduct(ledger: Ledger, productId: string, version: number): Promise<Product> {
  return askLedger(ledger, 'product:read', { productId, version }, productSchema);
}

/** @returns contributions, all or those that match */
export function readContributions(
  ledger: Ledger,
  filter: { readonly productId?: string; readonly epoch?: string; readonly contributorId?: string },
): Promise<Contribution[]> {
  return askLedger(ledger, 'contribution:list', filter, z.array(contributionSchema));
}

/** @throws {@link VeilsumError} KEY_NOT_ACTIVE, or KEY_RECORD_INVALID when its check fails here */
export async function readKey(ledger: Ledger, keyId: string): Promise<CommitteeKey> {
  return askLedger(ledger, 'committee:read', { keyId }, committeeKeySchema);
}

/**
 * Reads what the ledger knows of a query with a plan, and recomputes the plan's hash.
 * @throws {@link VeilsumError} QUERY_REFUSED when it has no plan, LEDGER_INTEGRITY when the hash differs
 */
export async function readPlannedQuery(ledger: Ledger, queryId: string): Promise<PlannedQuery> {
  const record = await readQuery(ledger, queryId);
  const { plan, planHash } = record;
  if (plan === undefined || planHash === undefined) {
    throw new VeilsumError('QUERY_REFUSED', `Query ${queryId} was refused, so there is no result.`);
  }
  if (hashCanonicalJson(plan) !== planHash) {
    throw new VeilsumError(
      'LEDGER_INTEGRITY',
      `The plan of query ${queryId} does not have its hash.`,
    );
  }
  const [product, committeeKey, attempts] = await Promise.all([
    readProduct(ledger, plan.productId, plan.productVersion),
    readKey(ledger, plan.keyId),
    readAttempts(ledger, queryId),
  ]);
  const key = decodePublicKey(committeeKey.record);
  return { record, plan, planHash, product, key, keyholders: committeeKey.keyholders, attempts };
}

/**
 * The finalHash that t keyholders recorded in one attempt (docs/protocol.md §7).
 * @returns the attempt and the hash, or undefined while there are fewer
 */
export function recordedFinal(
  { attempts, key }: Pick<PlannedQuery, 'attempts' | 'key'>,
  attemptNumber?: number,
): { readonly record: AttemptRecord; readonly finalHash: string } | undefined {
  for (const record of attempts) {
    if (attemptNumber !== undefined && record.attempt.attempt !== attemptNumber) continue;
    for (const { finalHash } of record.shares) {
      const agreeing = record.shares.filter((share) => share.finalHash === finalHash);
      if (agreeing.length >= key.t) return { record, finalHash };
    }
  }
  return undefined;
}
