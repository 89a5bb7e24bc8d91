import { bytesToHex, randomBytes } from '@veilsum/crypto';
import { hashSchema, mspIdSchema, type TransactionProposal } from '@veilsum/protocol';

import { encodeArgument } from '../contract-argument.js';
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
  const argument = encodeArgument(value);
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
