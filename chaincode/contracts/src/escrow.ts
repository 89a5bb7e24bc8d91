import { accountIdSchema, amountSchema, type QueryId } from '@veilsum/protocol';
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

/** Holds the price of a query until it is settled or refunded. */
export async function holdEscrow(
  call: EscrowCall,
  queryId: QueryId,
  parts: Escrow['parts'],
): Promise<void> {
  await call.state.put(escrows, [queryId], { parts });
  await post(
    call,
    parts.map(({ accountId, amount }) => ({
      debit: accountId,
      credit: `escrow:${queryId}`,
      amount,
      kind: accountId === 'fund:subsidy' ? 'subsidy-price' : 'escrow',
      queryId,
    })),
  );
}

/** The postings that give everyone back what he paid into the escrow of a query. */
export async function refundPostings(
  state: WorldState,
  { queryId, analyst, price }: { queryId: QueryId; analyst: string; price: string },
): Promise<Posting[]> {
  // Queries of the first release have no record of their escrow; the analyst paid all of it.
  const parts = (await state.get(escrows, queryId))?.parts ?? [
    { accountId: `member:${analyst}`, amount: price },
  ];
  return parts.map(({ accountId, amount }) => ({
    debit: `escrow:${queryId}`,
    credit: accountId,
    amount,
    kind: 'refund' as const,
    queryId,
  }));
}
