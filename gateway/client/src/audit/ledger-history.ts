import { sha256Hex } from '@veilsum/crypto';
import type { LedgerBlock } from '@veilsum/ledger';

/** One object that a transaction wrote: its kind, the parts of its key, and its value, null if removed. */
export interface ObjectChange {
  readonly type: string;
  readonly parts: readonly string[];
  readonly value: unknown;
}

/** One valid transaction as the auditor reads it. */
export interface AuditedTransaction {
  readonly transactionId: string;
  readonly blockNumber: number;
  /** `contract:transaction`. */
  readonly call: string;
  readonly timestampMs: number;
  /** SHA-256 of the certificate that signed, in hex. */
  readonly fingerprint: string;
  readonly mspId: string;
  /** JSON text, as it was signed. */
  readonly argument: string;
  readonly changes: readonly ObjectChange[];
}

/** @returns the valid transactions of a block in order; this reads the ledger's keys by itself, not by the contracts */
export function transactionsOf(block: LedgerBlock): AuditedTransaction[] {
  return block.transactions
    .filter(({ validationCode }) => validationCode === 'VALID')
    .map((transaction) => ({
      transactionId: transaction.transactionId,
      blockNumber: block.number,
      call: `${transaction.contract}:${transaction.transaction}`,
      timestampMs: transaction.timestampMs,
      fingerprint: sha256Hex(Buffer.from(transaction.certificate, 'base64')),
      mspId: transaction.mspId,
      argument: transaction.argument,
      changes: transaction.writes.map(({ key, value }) => changeOf(key, value)),
    }));
}

/** A composite key is U+0000, then each part followed by U+0000, as Fabric makes them. */
function changeOf(key: string, value: string | null): ObjectChange {
  const [type = '', ...parts] = key.slice(1, -1).split('\u0000');
  return { type, parts, value: value === null ? null : (JSON.parse(value) as unknown) };
}
