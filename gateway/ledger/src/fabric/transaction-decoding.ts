import { createHash } from 'node:crypto';

import { common, msp, peer } from '@hyperledger/fabric-protos';

import { decodeReadWriteSet, type NamespaceReadWriteSet } from './read-write-set.js';

/** Fabric's HeaderType, as far as a channel with one application has them. */
export const HEADER_TYPE = { config: 1, endorserTransaction: 3 } as const;

/** What stands around every transaction: who sent what, signed. */
export interface FabricEnvelope {
  readonly type: number;
  readonly channel: string;
  readonly transactionId: string;
  readonly timestampMs: number;
  readonly epoch: number;
  /** Chaincode that the header names; empty when it names none. */
  readonly chaincode: string;
  readonly channelHeader: Uint8Array;
  readonly signatureHeader: Uint8Array;
  /** Serialised identity of the sender. */
  readonly creator: Uint8Array;
  readonly nonce: Uint8Array;
  /** What {@link signature} is over. */
  readonly payload: Uint8Array;
  readonly signature: Uint8Array;
  /** The transaction or configuration itself. */
  readonly data: Uint8Array;
}

/** One signature of a peer over the answer to a proposal. */
export interface FabricEndorsement {
  /** Serialised identity. */
  readonly endorser: Uint8Array;
  readonly signature: Uint8Array;
}

/** What peers endorsed. */
export interface FabricAction {
  readonly chaincode: string;
  readonly version: string;
  /** Function and arguments. */
  readonly arguments: readonly Uint8Array[];
  /** Whether the proposal has the sender's own header. */
  readonly proposedBySender: boolean;
  /** Whether the endorsed answer is to this proposal. */
  readonly answersProposal: boolean;
  /** Status of the chaincode's response; 200 is good. */
  readonly status: number;
  readonly response: Uint8Array;
  readonly event?: {
    readonly chaincode: string;
    readonly name: string;
    readonly payload: Uint8Array;
  };
  readonly readWriteSets: readonly NamespaceReadWriteSet[];
  /** What endorsers signed, followed by their identity. */
  readonly endorsedBytes: Uint8Array;
  readonly endorsements: readonly FabricEndorsement[];
}

/** @throws an error when the bytes are no envelope with all its headers */
export function decodeEnvelope(bytes: Uint8Array): FabricEnvelope {
  const envelope = common.Envelope.deserializeBinary(bytes);
  const payloadBytes = envelope.getPayload_asU8();
  const payload = common.Payload.deserializeBinary(payloadBytes);
  const header = payload.getHeader();
  if (header === undefined) throw new Error('no header');
  const channel = common.ChannelHeader.deserializeBinary(header.getChannelHeader_asU8());
  const signature = common.SignatureHeader.deserializeBinary(header.getSignatureHeader_asU8());
  const time = channel.getTimestamp();
  return {
    type: channel.getType(),
    channel: channel.getChannelId(),
    transactionId: channel.getTxId(),
    timestampMs:
      time === undefined ? 0 : time.getSeconds() * 1000 + Math.floor(time.getNanos() / 1e6),
    epoch: channel.getEpoch(),
    chaincode: chaincodeNamed(channel.getExtension_asU8()),
    channelHeader: header.getChannelHeader_asU8(),
    signatureHeader: header.getSignatureHeader_asU8(),
    creator: signature.getCreator_asU8(),
    nonce: signature.getNonce_asU8(),
    payload: payloadBytes,
    signature: envelope.getSignature_asU8(),
    data: payload.getData_asU8(),
  };
}

/** @throws an error when the envelope does not hold exactly one endorsed action */
export function decodeAction(envelope: FabricEnvelope): FabricAction {
  const [action, ...others] = peer.Transaction.deserializeBinary(envelope.data).getActionsList();
  if (action === undefined || others.length > 0) throw new Error('not one action');
  const payload = peer.ChaincodeActionPayload.deserializeBinary(action.getPayload_asU8());
  const proposal = payload.getChaincodeProposalPayload_asU8();
  const endorsed = payload.getAction();
  if (endorsed === undefined) throw new Error('nothing endorsed');
  const endorsedBytes = endorsed.getProposalResponsePayload_asU8();
  const answer = peer.ProposalResponsePayload.deserializeBinary(endorsedBytes);
  const outcome = peer.ChaincodeAction.deserializeBinary(answer.getExtension_asU8());
  const proposalHash = createHash('sha256')
    .update(envelope.channelHeader)
    .update(action.getHeader_asU8())
    .update(proposal)
    .digest();
  return {
    ...outcomeOf(outcome),
    arguments: argumentsOf(proposal),
    proposedBySender: sameBytes(action.getHeader_asU8(), envelope.signatureHeader),
    answersProposal: sameBytes(proposalHash, answer.getProposalHash_asU8()),
    endorsedBytes,
    endorsements: endorsed.getEndorsementsList().map((endorsement) => ({
      endorser: endorsement.getEndorser_asU8(),
      signature: endorsement.getSignature_asU8(),
    })),
  };
}

type Outcome = Pick<
  FabricAction,
  'chaincode' | 'version' | 'status' | 'response' | 'event' | 'readWriteSets'
>;

function outcomeOf(outcome: peer.ChaincodeAction): Outcome {
  const id = outcome.getChaincodeId();
  const response = outcome.getResponse();
  return {
    chaincode: id?.getName() ?? '',
    version: id?.getVersion() ?? '',
    status: response?.getStatus() ?? 0,
    response: response?.getPayload_asU8() ?? new Uint8Array(),
    ...eventOf(outcome.getEvents_asU8()),
    readWriteSets: decodeReadWriteSet(outcome.getResults_asU8()),
  };
}

/** Organisation and certificate (PEM text) of a serialised identity. @throws an error when it is none */
export function decodeIdentity(bytes: Uint8Array): { mspId: string; pem: string } {
  const identity = msp.SerializedIdentity.deserializeBinary(bytes);
  return {
    mspId: identity.getMspid(),
    pem: Buffer.from(identity.getIdBytes_asU8()).toString('latin1'),
  };
}

/** Whether two byte arrays hold the same. */
export function sameBytes(left: Uint8Array, right: Uint8Array): boolean {
  return Buffer.compare(left, right) === 0;
}

function chaincodeNamed(extension: Uint8Array): string {
  const header = peer.ChaincodeHeaderExtension.deserializeBinary(extension);
  return header.getChaincodeId()?.getName() ?? '';
}

function argumentsOf(proposal: Uint8Array): Uint8Array[] {
  const payload = peer.ChaincodeProposalPayload.deserializeBinary(proposal);
  const invocation = peer.ChaincodeInvocationSpec.deserializeBinary(payload.getInput_asU8());
  return invocation.getChaincodeSpec()?.getInput()?.getArgsList_asU8() ?? [];
}

function eventOf(bytes: Uint8Array): Pick<FabricAction, 'event'> {
  if (bytes.length === 0) return {};
  const event = peer.ChaincodeEvent.deserializeBinary(bytes);
  return {
    event: {
      chaincode: event.getChaincodeId(),
      name: event.getEventName(),
      payload: event.getPayload_asU8(),
    },
  };
}
