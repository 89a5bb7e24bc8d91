import { VeilsumError } from '@veilsum/protocol';

import { decodePem } from '../identity/certificate.js';
import type { LedgerBlock, LedgerBlockTransaction } from '../ledger.js';
import { decodeFabricBlock } from './block-decoding.js';
import {
  decodeAction,
  decodeEnvelope,
  decodeIdentity,
  HEADER_TYPE,
  type FabricAction,
  type FabricEnvelope,
} from './transaction-decoding.js';
import { recordedCodes } from './validation-codes.js';

const utf8Decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * A Fabric block in the form that both ledgers share, believing whoever sent it.
 * @param bytes - `common.Block`
 * @param chaincode - whose calls are wanted
 * @throws {@link VeilsumError} LEDGER_INTEGRITY when it cannot be read
 */
export function readLedgerBlock(bytes: Uint8Array, chaincode: string): LedgerBlock {
  const { number, hash, previousHash, envelopes, metadata } = decodeFabricBlock(bytes);
  const codes = recordedCodes({ metadata });
  const transactions = envelopes.flatMap((envelope, index) => {
    const code = codes[index] ?? 'NOT_VALIDATED';
    return callOf(envelope, { chaincode, code, number }) ?? [];
  });
  return { number, hash, previousHash, transactions };
}

/** A transaction that can be read, in the form that both ledgers share. Contracts store text only. */
export function ledgerTransactionOf(
  envelope: FabricEnvelope,
  action: FabricAction,
  { chaincode, code }: { readonly chaincode: string; readonly code: string },
): LedgerBlockTransaction {
  const { mspId, pem } = decodeIdentity(envelope.creator);
  const [call = '', argument = ''] = action.arguments.map((bytes) => utf8Decoder.decode(bytes));
  const [contract = '', transaction = ''] = call.split(':');
  const set = action.readWriteSets.find(({ namespace }) => namespace === chaincode);
  const { event } = action;
  return {
    transactionId: envelope.transactionId,
    contract,
    transaction,
    argument,
    timestampMs: envelope.timestampMs,
    mspId,
    certificate: Buffer.from(decodePem(pem)).toString('base64'),
    validationCode: code,
    writes: (set?.writes ?? []).map(({ key, value }) => ({
      key,
      value: value === null ? null : utf8Decoder.decode(value),
    })),
    events:
      event === undefined ? [] : [{ name: event.name, payload: utf8Decoder.decode(event.payload) }],
    response: utf8Decoder.decode(action.response),
  };
}

/** Whether a transaction calls a chaincode or writes what is the chaincode's. */
export function concerns(action: FabricAction, chaincode: string): boolean {
  const namespaces = action.readWriteSets.map(({ namespace }) => namespace);
  return action.chaincode === chaincode || namespaces.includes(chaincode);
}

interface Wanted {
  readonly chaincode: string;
  readonly code: string;
  readonly number: number;
}

/** What is refused may be malformed, too, and counts for nothing; what is valid must be readable. */
function callOf(bytes: Uint8Array, wanted: Wanted): LedgerBlockTransaction | undefined {
  try {
    const envelope = decodeEnvelope(bytes);
    if (envelope.type !== HEADER_TYPE.endorserTransaction) return undefined;
    const action = decodeAction(envelope);
    return concerns(action, wanted.chaincode)
      ? ledgerTransactionOf(envelope, action, wanted)
      : undefined;
  } catch (cause) {
    if (wanted.code !== 'VALID') return undefined;
    throw new VeilsumError(
      'LEDGER_INTEGRITY',
      `A transaction of block ${wanted.number} cannot be read.`,
      { cause },
    );
  }
}
