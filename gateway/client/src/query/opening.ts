import {
  applyBlindings,
  CombineError,
  combineSealedShares,
  createCertificate,
  hashFinal,
  hexToBigint,
  sha256Hex,
  type Ciphertext,
} from '@veilsum/crypto';
import {
  aggregateObjectSchema,
  blindingObjectSchema,
  VeilsumError,
  type AttemptRecord,
  type Certificate,
} from '@veilsum/protocol';
import type { GatewayApi } from '../session/gateway-api.js';
import { recordedFinal, type PlannedQuery } from './ledger-view.js';

/** An opened query: the certificate, which holds the result, and whose shares were wrong. */
export interface OpenedQuery {
  readonly certificate: Certificate;
  /** Members whose shares were wrong; the result does not depend on them. */
  readonly cheaters: readonly string[];
}

/**
 * Opens a released query: recomputes the final blocks, requires the finalHash of t keyholders, opens
 * the shares sealed to this analyst and combines them (docs/protocol.md §7).
 * @param resultSecretKey - X25519 secret key of the query, 32 bytes, secret
 * @throws {@link VeilsumError} SHARES_INSUFFICIENT, AGGREGATE_MISMATCH when the gateway's objects are
 * not those that keyholders opened, or the gateway's own error
 */
export async function openQuery(
  query: PlannedQuery,
  gateway: GatewayApi,
  resultSecretKey: Uint8Array,
): Promise<OpenedQuery> {
  const final = recordedFinal(query);
  if (final === undefined) {
    throw new VeilsumError(
      'SHARES_INSUFFICIENT',
      `Fewer than ${query.key.t} keyholders have released a share of this query so far.`,
    );
  }
  const finals = await finalBlocks(query, gateway, final.record);
  const { planHash, key } = query;
  const { attempt } = final.record.attempt;
  if (hashFinal({ key, planHash, attempt, blocks: finals }) !== final.finalHash) {
    throw new VeilsumError(
      'AGGREGATE_MISMATCH',
      "The gateway's aggregates and blindings are not those that the keyholders opened.",
    );
  }
  const sealedShares = await fetchShares(query, gateway, final);
  const opening = { key, planHash, attempt, finals };
  try {
    const combined = combineSealedShares({ ...opening, resultSecretKey, sealedShares });
    const cheaters = combined.cheaters.map((index) => query.keyholders[index - 1] ?? String(index));
    return { certificate: createCertificate(opening, combined) as Certificate, cheaters };
  } catch (error) {
    if (error instanceof CombineError) throw insufficient(query, error.cheaters);
    throw error;
  }
}

async function finalBlocks(
  { key, record }: PlannedQuery,
  gateway: GatewayApi,
  { attempt }: AttemptRecord,
): Promise<Ciphertext[]> {
  const base = `/v1/queries/${record.queryId}`;
  const aggregates = aggregateObjectSchema.parse(await gateway.getJson(`${base}/aggregates`));
  const blindings = await Promise.all(
    attempt.keyholders.map(async (index) => {
      const path = `${base}/attempts/${attempt.attempt}/blindings/${index}`;
      return blindingObjectSchema.parse(await gateway.getJson(path)).blocks.map(elementOf);
    }),
  );
  return applyBlindings(key, aggregates.blocks.map(elementOf), blindings);
}

/** hashFinal binds every element, so a wrong one cannot get past the comparison with the ledger. */
const elementOf = (hex: string) => hexToBigint(hex) as Ciphertext;

/** Sealed shares as the ledger names them; one that the gateway lacks or altered is left out. */
async function fetchShares(
  { record: { queryId } }: PlannedQuery,
  gateway: GatewayApi,
  { record, finalHash }: { record: AttemptRecord; finalHash: string },
): Promise<{ index: number; sealed: Uint8Array }[]> {
  const agreeing = record.shares.filter((share) => share.finalHash === finalHash);
  const fetched = await Promise.all(
    agreeing.map(async ({ index, shareHash }) => {
      const path = `/v1/queries/${queryId}/attempts/${record.attempt.attempt}/shares/${index}`;
      const sealed = await gateway.getBytes(path).catch(() => undefined);
      return sealed !== undefined && sha256Hex(sealed) === shareHash
        ? { index, sealed }
        : undefined;
    }),
  );
  return fetched.filter((share) => share !== undefined);
}

function insufficient(query: PlannedQuery, cheaters: readonly number[]): VeilsumError {
  const names = cheaters.map((index) => query.keyholders[index - 1] ?? String(index));
  const blame = names.length === 0 ? '' : ` Wrong shares came from ${names.join(', ')}.`;
  return new VeilsumError(
    'SHARES_INSUFFICIENT',
    `Fewer than ${query.key.t} good shares can be had.${blame}`,
  );
}
