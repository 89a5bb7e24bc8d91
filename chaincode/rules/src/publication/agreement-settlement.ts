import type { Agreement, QueryId } from '@veilsum/protocol';
import type { Posting } from '../account/postings.js';
import type { Fraction } from '../settlement/fraction.js';
import { bonusFor } from './agreement-rules.js';
import { writeFraction } from './exact-fraction.js';

/** An agreement after it was decided, with the money that this moves. */
export interface SettledAgreement {
  readonly agreement: Agreement;
  /** Out of the reservation, all of it. */
  readonly postings: readonly Posting[];
}

/** The posting that sets the cap of an agreement aside. */
export function reservePosting({ agreementId, payerId, cap }: Agreement): Posting {
  return {
    debit: `member:${payerId}`,
    credit: `reserve:${agreementId}`,
    amount: cap,
    kind: 'bonus-reserve',
    reference: agreementId,
  };
}

/** Decides an active agreement by a published value, once: the bonus to the payee, the rest back. */
export function settleAgreement(
  agreement: Agreement,
  {
    queryId,
    value,
    at,
  }: { readonly queryId: QueryId; readonly value: Fraction; readonly at: number },
): SettledAgreement {
  const earned = bonusFor(agreement, value);
  const bonus = earned ?? 0n;
  const outcome = { queryId, value: writeFraction(value), bonus: String(bonus), at };
  return {
    agreement: { ...agreement, status: earned === undefined ? 'missed' : 'paid', outcome },
    postings: [
      bonusPosting(agreement, bonus),
      returnPosting(agreement, BigInt(agreement.cap) - bonus),
    ],
  };
}

/** Ends an agreement without a bonus: the whole reservation goes back. */
export function endAgreement(
  agreement: Agreement,
  status: 'lapsed' | 'cancelled',
): SettledAgreement {
  return {
    agreement: { ...agreement, status },
    postings: [returnPosting(agreement, BigInt(agreement.cap))],
  };
}

function bonusPosting({ agreementId, payeeId }: Agreement, bonus: bigint): Posting {
  return {
    debit: `reserve:${agreementId}`,
    credit: `member:${payeeId}`,
    amount: String(bonus),
    kind: 'performance-bonus',
    reference: agreementId,
  };
}

function returnPosting({ agreementId, payerId }: Agreement, rest: bigint): Posting {
  return {
    debit: `reserve:${agreementId}`,
    credit: `member:${payerId}`,
    amount: String(rest),
    kind: 'bonus-return',
    reference: agreementId,
  };
}
