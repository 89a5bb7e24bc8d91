import { accountIdSchema, amountSchema, type QueryId, type QueryRecord } from '@veilsum/protocol';
import type { Posting } from '@veilsum/rules';
import { z } from 'zod';
import { post } from './posting.js';
import type { TransactionCall } from './transaction-call.js';
import type { StateKind, WorldState } from './world-state.js';

const escrowSchema = z.strictObject({
  /** Who paid what into it; on a refund each gets the same back. */
  parts: z.array(z.strictObject({ accountId: accountIdSchema, amount: amountSchema })).min(1),
});
export type Escrow = z.infer<typeof escrowSchema>;

/** queryId */
const escrows: StateKind<Escrow> = {
  type: 'escrow',
  noun: 'escrow',
  schema: escrowSchema,
  notFound: 'NOT_FOUND',
};

type EscrowCall = Pick<TransactionCall, 'state' | 'now' | 'transactionId'>;

/**
 * Holds the price of a query until it is settled or refunded. When something is held already, since the
 * query waited for a review, everyone pays or gets back the difference.
 */
export async function holdEscrow(
  call: EscrowCall,
  queryId: QueryId,
  parts: Escrow['parts'],
): Promise<void> {
  const held = (await call.state.get(escrows, queryId))?.parts ?? [];
  await call.state.put(escrows, [queryId], { parts });
  const accounts = new Set([...held, ...parts].map(({ accountId }) => accountId));
  await post(
    call,
    [...accounts].map((accountId) =>
      differencePosting(queryId, accountId, heldOf(parts, accountId) - heldOf(held, accountId)),
    ),
  );
}

/** What an account has paid into the escrow of a query, in minor units. */
export async function readHeld(
  state: WorldState,
  queryId: QueryId,
  accountId: string,
): Promise<bigint> {
  return heldOf((await state.get(escrows, queryId))?.parts ?? [], accountId);
}

function heldOf(parts: Escrow['parts'], accountId: string): bigint {
  return parts
    .filter((part) => part.accountId === accountId)
    .reduce((sum, { amount }) => sum + BigInt(amount), 0n);
}

function differencePosting(queryId: QueryId, accountId: string, more: bigint): Posting {
  const escrow = `escrow:${queryId}`;
  if (more < 0n) {
    return { debit: escrow, credit: accountId, amount: String(-more), kind: 'refund', queryId };
  }
  const kind = accountId === 'fund:subsidy' ? 'subsidy-price' : 'escrow';
  return { debit: accountId, credit: escrow, amount: String(more), kind, queryId };
}

type EscrowedQuery = Pick<QueryRecord, 'queryId' | 'analystId' | 'payerId' | 'plan'>;

/** Who paid what into the escrow of a query. */
export async function readEscrowParts(
  state: WorldState,
  { queryId, analystId, plan }: EscrowedQuery,
): Promise<Escrow['parts']> {
  // Queries of the first release have no record of their escrow; the analyst paid all of it.
  return (
    (await state.get(escrows, queryId))?.parts ?? [
      { accountId: `member:${analystId}`, amount: plan?.price ?? '0' },
    ]
  );
}

/** The postings that give everyone back what he paid into the escrow of a query. */
export async function refundPostings(state: WorldState, query: EscrowedQuery): Promise<Posting[]> {
  const { queryId } = query;
  return (await readEscrowParts(state, query)).map(({ accountId, amount }) => ({
    debit: `escrow:${queryId}`,
    credit: accountId,
    amount,
    kind: 'refund' as const,
    queryId,
  }));
}

/** The parts of a price: the payer's own, and what the subsidy fund adds. */
export function escrowParts(payerId: string, price: bigint, support: bigint): Escrow['parts'] {
  const own = { accountId: `member:${payerId}`, amount: String(price - support) };
  return support === 0n ? [own] : [own, { accountId: 'fund:subsidy', amount: String(support) }];
}
