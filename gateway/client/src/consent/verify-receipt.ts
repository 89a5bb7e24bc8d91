import { isDeepStrictEqual } from 'node:util';
import { EncodingError, hashCanonicalJson, type JsonValue } from '@veilsum/crypto';
import { VeilsumError, type Consent } from '@veilsum/protocol';
import { z } from 'zod';
import { receiptDocument } from './receipt.js';

/** What a check of a receipt came to. */
export interface ReceiptCheck {
  readonly consentId: string;
  /** Of the terms that it shows. */
  readonly revision: number;
  /** What happened to the consent after the receipt was written; empty when it is up to date. */
  readonly since: readonly ReceiptEvent[];
}

/** Something that happened to a consent. */
export interface ReceiptEvent {
  readonly revision: number;
  readonly status: Consent['status'];
  /** Ledger time in milliseconds. */
  readonly at: number;
}

/** What is read of a receipt before the whole is compared. */
const shape = z.looseObject({
  recordId: z.string(),
  record: z.unknown(),
  events: z.array(z.unknown()).min(1),
});

/** @returns the id of the consent that a receipt is of. @throws {@link VeilsumError} RECEIPT_INVALID */
export function consentOfReceipt(receipt: unknown): string {
  const parsed = shape.safeParse(receipt);
  if (!parsed.success) throw invalid('The file is no consent receipt of this structure.');
  return parsed.data.recordId;
}

/**
 * Holds a receipt against the ledger: its record must have the hash that the contributor signed, and all of
 * it must be what the ledger says up to its last event.
 * @param history - every version of the consent on the ledger, the first one first
 * @throws {@link VeilsumError} RECEIPT_INVALID saying what differs
 */
export function verifyReceipt(receipt: JsonValue, history: readonly Consent[]): ReceiptCheck {
  const parsed = shape.safeParse(receipt);
  if (!parsed.success) throw invalid('The file is no consent receipt of this structure.');
  const { record, events } = parsed.data;
  const known = history.slice(0, events.length);
  const shown = known.at(-1);
  if (shown === undefined || known.length < events.length) {
    throw invalid('The receipt tells of an event that the ledger does not have.');
  }
  if (hashOf(record) !== shown.receiptHash) {
    throw invalid(
      `The record of the receipt does not have the hash that ${shown.contributorId} put on the ledger.`,
    );
  }
  const expected = receiptDocument(known) as Record<string, JsonValue>;
  const given = receipt as Record<string, JsonValue>;
  const fields = [...new Set([...Object.keys(expected), ...Object.keys(given)])];
  const different = fields.filter((field) => !isDeepStrictEqual(expected[field], given[field]));
  if (different.length > 0) {
    throw invalid(`The receipt is not what the ledger says, in: ${different.join(', ')}.`);
  }
  return {
    consentId: shown.consentId,
    revision: shown.revision,
    since: history.slice(known.length).map(({ revision, status, changedAt }) => ({
      revision,
      status,
      at: changedAt,
    })),
  };
}

/** undefined for what has no canonical form, such as fractions. */
function hashOf(record: unknown): string | undefined {
  try {
    return hashCanonicalJson(record);
  } catch (error) {
    if (error instanceof EncodingError) return undefined;
    throw error;
  }
}

const invalid = (sentence: string) => new VeilsumError('RECEIPT_INVALID', sentence);
