import { VeilsumError } from '@veilsum/protocol';
import type { LedgerTimestamp } from './transaction-stub.js';

/** Milliseconds since 1970 by the endorser's own clock. */
export type EndorserClock = () => number;

const SKEW_MS_MAX = 5 * 60 * 1000;

/** Ledger time in milliseconds since 1970, as the transaction's client claims it. */
export function ledgerTimeMs({ seconds, nanos }: LedgerTimestamp): number {
  const whole = typeof seconds === 'number' ? seconds : seconds.toNumber();
  return whole * 1000 + Math.trunc(nanos / 1_000_000);
}

/**
 * Refuses to endorse a claimed time that is over five minutes from the endorser's clock.
 * @param clock undefined when a committed transaction is replayed, whose time was checked back then
 * @throws {@link VeilsumError} CLOCK_SKEW
 */
export function requireCurrentTime(ledgerTime: number, clock: EndorserClock | undefined): void {
  if (clock === undefined) return;
  const skewMs = Math.abs(ledgerTime - clock());
  if (skewMs <= SKEW_MS_MAX) return;
  throw new VeilsumError(
    'CLOCK_SKEW',
    `The transaction's time is ${Math.round(skewMs / 1000)} seconds from the ledger's clock; at most 300 are accepted.`,
  );
}
