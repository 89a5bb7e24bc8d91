import { z } from 'zod';

/** A non-negative integer of minor units as a decimal string (it may pass 2^53). */
export const amountSchema = z.string().regex(/^(0|[1-9]\d{0,29})$/, 'whole minor units');

/** A signed integer as a decimal string, without a negative zero. */
export const integerStringSchema = z
  .string()
  .regex(/^(0|-?[1-9]\d{0,59})$/, 'an integer without leading zeros');

/** Privacy cost in millionths of ε. */
export const epsilonMicroSchema = z.number().int().min(0).max(1_000_000_000);

/** Ledger time: milliseconds since 1970-01-01 UTC, as the transaction claims it. */
export const timestampSchema = z.number().int().min(0).max(8_640_000_000_000_000);

/** Ten-thousandths of a whole. */
export const basisPointsSchema = z.number().int().min(0).max(10_000);

/** What one period of contributions is called: 2017, 2017-Q1, 2017-M01 or 2017-W01. */
export const epochSchema = z
  .string()
  .regex(/^\d{4}(-(Q[1-4]|M(0[1-9]|1[0-2])|W(0[1-9]|[1-4]\d|5[0-3])))?$/, 'like 2017-Q1');
