import { bytesToHex, encodeCanonicalJson, randomBytes } from '@veilsum/crypto';
import { VeilsumError, hashSchema, mspIdSchema, type TransactionProposal } from '@veilsum/protocol';

import type { LedgerRequest } from '../ledger.js';
import type { TransactionSigner } from '../signer.js';

/** Who asks, on which channel, at what time (milliseconds since 1970). */
export interface ProposalOrigin {
  readonly channel: string;
  readonly signer: TransactionSigner;
  readonly timestampMs: number;
}

/**
 * A fresh transaction, to be signed as canonical JSON (docs/protocol.md §8).
 * @throws {@link VeilsumError} LIMIT_EXCEEDED when its argument is longer than the ledger takes
 */
export function createProposal(
  { contract, transaction, argument: value }: LedgerRequest,
  { channel, signer, timestampMs }: ProposalOrigin,
): TransactionProposal {
  const argument = encodeCanonicalJson(value);
  requireArgumentLength(argument);
  return {
    format: 'veilsum-transaction/1',
    channel,
    transactionId: hashSchema.parse(bytesToHex(randomBytes(32))),
    contract,
    transaction,
    argument,
    mspId: mspIdSchema.parse(signer.mspId),
    certificate: Buffer.from(signer.certificate).toString('base64'),
    timestampMs,
  };
}

/** Contracts refuse longer arguments as well; this keeps them from being sent or parsed at all. */
const ARGUMENT_CHARACTERS_MAX = 1_000_000;

/** @throws {@link VeilsumError} LIMIT_EXCEEDED */
export function requireArgumentLength(argument: string): void {
  if (argument.length <= ARGUMENT_CHARACTERS_MAX) return;
  throw new VeilsumError('LIMIT_EXCEEDED', 'The argument has over 1,000,000 characters.');
}
