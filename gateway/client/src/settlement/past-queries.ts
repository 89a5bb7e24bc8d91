import { askLedger } from '@veilsum/ledger';
import {
  consortiumSchema,
  costSchema,
  queryRecordSchema,
  rewardSchemeSchema,
  settlementExplanationSchema,
  settlementFactsSchema,
  type Cost,
  type RewardScheme,
  type SettlementExplanation,
} from '@veilsum/protocol';
import type { RewardTerms } from '@veilsum/rules';
import { z } from 'zod';
import type { Session } from '../session/session.js';
import type { PastQuery } from './scheme-comparison.js';

type Reader = Pick<Session, 'ledger'>;

const schemeAnswerSchema = z.strictObject({
  inForce: rewardSchemeSchema.nullable(),
  adopted: z.array(rewardSchemeSchema),
});

/** The reward scheme in force, or null, and every adopted one. */
export function readSchemes({ ledger }: Reader): Promise<z.infer<typeof schemeAnswerSchema>> {
  return askLedger(ledger, 'settlement:scheme', {}, schemeAnswerSchema);
}

/** A query's money with its reasons. @throws {@link VeilsumError} INVALID_STATE when it was refused */
export function readExplanation(
  { ledger }: Reader,
  queryId: string,
): Promise<SettlementExplanation> {
  return askLedger(ledger, 'settlement:explain', { queryId }, settlementExplanationSchema);
}

/** Registered costs, all of them. */
export function readCosts({ ledger }: Reader): Promise<Cost[]> {
  return askLedger(ledger, 'settlement:costs', {}, z.array(costSchema));
}

/** Which queries are meant; all settled ones when empty. */
export interface PastFilter {
  readonly queryId?: string | undefined;
  readonly productId?: string | undefined;
  readonly epoch?: string | undefined;
}

/** Settled queries with all that their settlement depended on. */
export async function readPastQueries(
  session: Reader,
  { queryId, productId, epoch }: PastFilter,
): Promise<PastQuery[]> {
  const { ledger } = session;
  const records = await askLedger(
    ledger,
    'query:list',
    { status: 'settled', ...(productId === undefined ? {} : { productId }) },
    z.array(queryRecordSchema),
  );
  const meant = records.filter(
    (record) =>
      (queryId === undefined || record.queryId === queryId) &&
      (epoch === undefined || record.request.epoch === epoch),
  );
  const past: PastQuery[] = [];
  for (const record of meant) {
    const of = { queryId: record.queryId };
    const facts = await askLedger(ledger, 'settlement:facts', of, settlementFactsSchema);
    const { shares, topUps } = await readExplanation(session, record.queryId);
    past.push({ facts, shares, topUps });
  }
  return past;
}

/** The terms that a scheme would make. */
export async function termsUnder({ ledger }: Reader, scheme: RewardScheme): Promise<RewardTerms> {
  const { split } = await askLedger(ledger, 'consortium:read', {}, consortiumSchema);
  return { scheme, foundingSplit: split };
}
