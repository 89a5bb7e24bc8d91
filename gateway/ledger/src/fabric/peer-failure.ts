import { GatewayError, type ErrorDetail } from '@hyperledger/fabric-gateway';
import { VeilsumError, parseLedgerMessage } from '@veilsum/protocol';

/**
 * What a failed call means for the caller. `refused` would be the same everywhere and later;
 * `disagreement` means that the own peer agreed and other organisations' peers did not, which a peer that
 * is a few blocks behind does too; `unavailable` may be different at the next peer or in a moment.
 */
export type PeerFailure =
  | { readonly kind: 'refused'; readonly refusal: VeilsumError }
  | { readonly kind: 'disagreement'; readonly refusal: VeilsumError }
  | { readonly kind: 'unavailable'; readonly reason: string };

/** gRPC's numbers (https://grpc.io/docs/guides/status-codes/) that are told apart here. */
const DEADLINE_EXCEEDED = 4;
const RESOURCE_EXHAUSTED = 8;

const REASON_CHARACTERS_MAX = 300;

/** Words of Fabric 2.5 and 3.1 for what no retry mends, and the code that names it. */
const REFUSALS: readonly (readonly [RegExp, () => VeilsumError])[] = [
  [
    /REQUEST_ENTITY_TOO_LARGE|exceeds maximum allowed|larger than max|message length too large/i,
    () => new VeilsumError('LIMIT_EXCEEDED', 'The transaction is larger than the channel takes.'),
  ],
  [
    /function that does not exist|Contract name is not known/i,
    () => new VeilsumError('UNKNOWN_TRANSACTION', 'The contracts have no such transaction.'),
  ],
  [
    /access denied|creator certificate is not valid|creator is malformed|implicit policy evaluation failed|status=FORBIDDEN|SignatureHeader|signature is invalid/i,
    () =>
      new VeilsumError(
        'CERTIFICATE_UNTRUSTED',
        'The network does not accept this identity: its certificate ended, was revoked, or comes from an authority that the channel does not know.',
      ),
  ],
];

/**
 * Classifies whatever a call through the Fabric client threw. Fabric's codes alone do not do: 10
 * (ABORTED) stands for size, policy, signature and simulation alike, so messages and details are read.
 * @param ownMspId - organisation of the peer that was asked, whose word about the ledger counts
 */
export function classifyFailure(error: unknown, ownMspId: string): PeerFailure {
  if (error instanceof VeilsumError) {
    return error.code === 'LEDGER_UNAVAILABLE'
      ? { kind: 'unavailable', reason: error.message }
      : { kind: 'refused', refusal: error };
  }
  if (!(error instanceof GatewayError)) {
    return { kind: 'unavailable', reason: reasonOf(error) };
  }
  return (
    contractRefusal(error, ownMspId) ??
    disagreement(error, ownMspId) ??
    networkRefusal(error) ?? { kind: 'unavailable', reason: reasonOf(error) }
  );
}

/** Whether a call brought no answer at all in its time. */
export function isSilence(error: unknown): boolean {
  return error instanceof GatewayError && error.code === DEADLINE_EXCEEDED;
}

/** A contract's `CODE: sentence` from the own organisation's peer. */
function contractRefusal(error: GatewayError, ownMspId: string): PeerFailure | undefined {
  const own = error.details.filter(({ mspId }) => mspId === ownMspId);
  const refusal = firstRefusal(own, error) ?? uncoded(own, error);
  return refusal === undefined ? undefined : { kind: 'refused', refusal };
}

/** The own peer endorsed, and others refused or computed something else. */
function disagreement(error: GatewayError, ownMspId: string): PeerFailure | undefined {
  const others = error.details.filter(({ mspId }) => mspId !== ownMspId);
  const refusal =
    firstRefusal(others, error) ?? uncoded(others, error) ?? differingPeers(error, others);
  return refusal === undefined ? undefined : { kind: 'disagreement', refusal };
}

function firstRefusal(details: readonly ErrorDetail[], error: GatewayError) {
  for (const { message } of details) {
    const refusal = parseLedgerMessage(message);
    if (refusal !== undefined) return aboutTransaction(refusal, error);
  }
  return undefined;
}

/** The contract failed without a code: what it says may tell too much. */
function uncoded(details: readonly ErrorDetail[], error: GatewayError): VeilsumError | undefined {
  const detail = details.find(({ message }) => message.startsWith('chaincode response'));
  if (detail === undefined) return undefined;
  const named = namedRefusal(detail.message);
  const refusal = named ?? new VeilsumError('INTERNAL', 'The contract failed unexpectedly.');
  return aboutTransaction(refusal, error);
}

/** Peers that are some blocks apart read different states: a rivalry with other transactions. */
function differingPeers(error: GatewayError, details: readonly ErrorDetail[]) {
  const differ = details.some(({ message }) => message.includes('ProposalResponsePayloads'));
  if (!differ) return undefined;
  const sentence =
    "The organisations' peers kept computing different results, as they do while other transactions change what this one reads; send it again.";
  return aboutTransaction(new VeilsumError('MVCC_CONFLICT', sentence), error);
}

function networkRefusal(error: GatewayError): PeerFailure | undefined {
  const refusal = namedRefusal(reasonOf(error)) ?? tooLarge(error);
  if (refusal === undefined) return undefined;
  return { kind: 'refused', refusal: aboutTransaction(refusal, error) };
}

/** gRPC itself refuses what passes its own limit of a message. */
function tooLarge({ code, message }: GatewayError): VeilsumError | undefined {
  if (code !== RESOURCE_EXHAUSTED || !/message/i.test(message)) return undefined;
  return new VeilsumError('LIMIT_EXCEEDED', 'The transaction is larger than the peer takes.');
}

function namedRefusal(message: string): VeilsumError | undefined {
  return REFUSALS.find(([words]) => words.test(message))?.[1]();
}

function aboutTransaction({ code, message }: VeilsumError, cause: GatewayError): VeilsumError {
  const { transactionId } = cause as { readonly transactionId?: string };
  return new VeilsumError(code, message, {
    cause,
    ...(transactionId === undefined ? {} : { transactionId }),
  });
}

/** What the peers said, in one line. */
function reasonOf(error: unknown): string {
  const texts = error instanceof Error ? [error.message] : [];
  const details = error instanceof GatewayError ? error.details : [];
  for (const { mspId, message } of details) texts.push(`${mspId}: ${message}`);
  return texts.join('; ').replaceAll(/\s+/g, ' ').slice(0, REASON_CHARACTERS_MAX);
}
