import type { ChannelConfiguration } from './channel-configuration.js';
import { identify } from './signed-data.js';
import type { CheckedTransaction } from './transaction-check.js';

/** What part of a transaction is not in order. */
export type TransactionCheckName = 'signatures' | 'endorsements' | 'validation codes' | 'execution';

/** Something that is wrong with one transaction. */
export interface TransactionFinding {
  readonly check: TransactionCheckName;
  readonly transactionId: string;
  readonly blockNumber: number;
  readonly sentence: string;
  /** Of the chaincode's definition, when what is wrong depends on the contracts. */
  readonly sequence?: number;
}

const SIGNATURE_CODES = ['BAD_CREATOR_SIGNATURE', 'BAD_PROPOSAL_TXID', 'BAD_COMMON_HEADER'];
const ENDORSEMENT_CODES = ['ENDORSEMENT_POLICY_FAILURE', 'INVALID_ENDORSER_TRANSACTION'];

interface Recorded {
  readonly number: number;
  /** Code that the peer which sent the block gave the transaction. */
  readonly recorded: string;
  readonly configuration: ChannelConfiguration;
}

/** What is wrong with a transaction, given the code that it should have. */
export function findingsOf(
  transaction: CheckedTransaction,
  { number, recorded, configuration }: Recorded,
): TransactionFinding[] {
  const { code, envelope, index } = transaction;
  const transactionId = envelope?.transactionId ?? `at position ${index}`;
  const place = { transactionId, blockNumber: number };
  const findings: TransactionFinding[] = [];
  if (code !== recorded) {
    const sentence = `It is recorded as ${recorded} but is ${code}: ${MEANINGS[code] ?? 'it is not in order'}.`;
    findings.push({ ...place, check: checkOf(code), sentence });
  }
  if (code !== 'VALID') return findings;
  const problems = validProblems(transaction, configuration);
  return [
    ...findings,
    ...problems.map((sentence) => ({ ...place, check: 'signatures' as const, sentence })),
  ];
}

const MEANINGS: Readonly<Record<string, string>> = {
  VALID: 'it is signed, endorsed and rests on what the ledger had then',
  BAD_CREATOR_SIGNATURE: 'it is not signed by a member of an organisation of the channel',
  BAD_PROPOSAL_TXID: 'its identifier is not made of its sender and number',
  BAD_COMMON_HEADER: 'its header is malformed',
  ENDORSEMENT_POLICY_FAILURE: 'it does not have the endorsements that it needs',
  INVALID_ENDORSER_TRANSACTION: 'what was endorsed is not the answer to what was proposed',
  DUPLICATE_TXID: 'it was recorded before',
  MVCC_READ_CONFLICT: 'what it had read was changed before it came',
  PHANTOM_READ_CONFLICT: 'a range that it had read was changed before it came',
};

function checkOf(code: string): TransactionCheckName {
  if (SIGNATURE_CODES.includes(code)) return 'signatures';
  return ENDORSEMENT_CODES.includes(code) ? 'endorsements' : 'validation codes';
}

/** What Fabric does not ask for when it validates, and is not in order all the same. */
function validProblems(
  { envelope, action }: CheckedTransaction,
  { organisations }: ChannelConfiguration,
): string[] {
  if (envelope === undefined || action === undefined) return [];
  const certificate = identify(envelope.creator, organisations)?.certificate;
  const { timestampMs } = envelope;
  const isCurrent =
    certificate !== undefined &&
    Date.parse(certificate.validFrom) <= timestampMs &&
    timestampMs <= Date.parse(certificate.validTo);
  return [
    ...(isCurrent ? [] : ["Its sender's certificate was not valid at its time."]),
    ...(action.proposedBySender ? [] : ['It was proposed by another than its sender.']),
  ];
}
