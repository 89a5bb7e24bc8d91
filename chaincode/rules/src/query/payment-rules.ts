import { CryptoError, hexToBytes, requireUsableRecipientKey } from '@veilsum/crypto';
import type { QueryRequest, RuleOutcome } from '@veilsum/protocol';
import { failed, passed } from '../verdict.js';

const RESULT_KEY = { rule: 'result-key', version: 1 };
const PRICE = { rule: 'price', version: 1 };
const ESCROW = { rule: 'escrow', version: 1 };

/** The result key must be new, and one that can be sealed to (docs/protocol.md §8). */
export function resultKeyUsable({ resultKey }: QueryRequest, used: boolean): RuleOutcome {
  const inputs = { resultKey };
  if (used) {
    const sentence = 'The result key was used by another query; make a fresh one.';
    return failed(RESULT_KEY, { code: 'RESULT_KEY_REUSED', sentence }, inputs);
  }
  if (!isUsable(resultKey)) {
    const sentence = 'The result key gives the same secret to everyone; make a fresh one.';
    return failed(RESULT_KEY, { code: 'QUERY_INVALID', sentence }, inputs);
  }
  return passed(RESULT_KEY, 'The result key is new and can be sealed to.', inputs);
}

/** The price may not pass what the analyst is ready to pay. */
export function priceAccepted({ maximumPrice }: QueryRequest, price: bigint): RuleOutcome {
  const inputs = { price: price.toString(), maximumPrice };
  if (price <= BigInt(maximumPrice)) {
    return passed(PRICE, `The price is ${price.toString()} minor units.`, inputs);
  }
  const sentence = `The price is ${price.toString()} minor units, above the maximum of ${maximumPrice}.`;
  return failed(PRICE, { code: 'PRICE_ABOVE_MAXIMUM', sentence }, inputs);
}

/**
 * The analyst's account must hold the price, or the maximum when the price is above it. What it holds is
 * no part of the trace.
 */
export function priceHeld(
  { maximumPrice }: QueryRequest,
  spendable: bigint,
  price: bigint,
): RuleOutcome {
  const needed = price < BigInt(maximumPrice) ? price : BigInt(maximumPrice);
  const inputs = { needed: needed.toString() };
  if (spendable >= needed) return passed(ESCROW, 'The account holds the price.', inputs);
  const sentence = `The account lacks ${(needed - spendable).toString()} minor units of the ${needed.toString()} that are needed; deposit money first.`;
  return failed(ESCROW, { code: 'INSUFFICIENT_FUNDS', sentence }, inputs);
}

function isUsable(resultKey: string): boolean {
  try {
    requireUsableRecipientKey(hexToBytes(resultKey));
    return true;
  } catch (error) {
    if (error instanceof CryptoError) return false;
    throw error;
  }
}
