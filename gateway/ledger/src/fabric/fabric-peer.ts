import { Client, credentials, type CallOptions, type ChannelOptions } from '@grpc/grpc-js';
import {
  connect,
  hash,
  type Contract,
  type Gateway,
  type Network,
} from '@hyperledger/fabric-gateway';
import { common, gateway, msp, peer as protos } from '@hyperledger/fabric-protos';
import { VeilsumError } from '@veilsum/protocol';

import type { FabricPeer, FabricProfile } from '../fabric-profile.js';
import { encodePem } from '../identity/certificate.js';
import type { TransactionSigner } from '../signer.js';
import { decodeFabricBlock, hashEnvelopes } from './block-decoding.js';
import type { Patience } from './retry-pause.js';

/** No call waits for ever. Fabric's own limits within them are 10 seconds an endorser or orderer. */
const DEADLINES_MS = { evaluate: 30_000, endorse: 30_000, submit: 15_000, commitStatus: 30_000 };

/** Fabric's peers close connections that are probed more often than once a minute. */
const KEEPALIVE_MS = 75_000;
const KEEPALIVE_TIMEOUT_MS = 20_000;
/** A restarted peer is found again within this time. */
const RECONNECT_MS_MAX = 1000;
/** Fabric's own limit of a message. */
const MESSAGE_BYTES_MAX = 100 * 1024 * 1024;

/** gRPC would give a new client the connection of an old one otherwise. */
const OWN_CONNECTION: ChannelOptions = { 'grpc.use_local_subchannel_pool': 1 };

/** Ends a call with the patience of whoever waits for it, if that is earlier than the limit of its kind. */
export function within(kind: keyof typeof DEADLINES_MS, patience: Patience): CallOptions {
  return endingIn(Math.min(DEADLINES_MS[kind], patience.remainingMs + GRACE_MS));
}

/** A last call may still bring its answer when patience ends. */
export const GRACE_MS = 500;

/** Ends a call so many milliseconds from now. */
export function endingIn(spanMs: number): CallOptions {
  return { deadline: Date.now() + spanMs };
}

/** A connection to one peer of the own organisation. It connects when it is first used. */
export class FabricPeerConnection {
  readonly name: string;
  readonly gateway: Gateway;
  readonly network: Network;
  /** The consortium's contracts. */
  readonly contract: Contract;
  readonly #client: Client;
  readonly #peer: FabricPeer;
  readonly #profile: FabricProfile;
  readonly #signer: TransactionSigner;
  #verified: Promise<void> | undefined;

  /** @param options - of gRPC, beside those that every connection has */
  constructor(
    peer: FabricPeer,
    profile: FabricProfile,
    signer: TransactionSigner,
    options: ChannelOptions = {},
  ) {
    this.name = peer.name;
    this.#peer = peer;
    this.#profile = profile;
    this.#signer = signer;
    this.#client = openClient(peer, options);
    const deadline = (span: number) => () => endingIn(span);
    this.gateway = connect({
      client: this.#client,
      identity: { mspId: signer.mspId, credentials: Buffer.from(encodePem(signer.certificate)) },
      // The port signs the message itself, so nothing may be hashed before.
      hash: hash.none,
      signer: (message) => signer.sign(message),
      evaluateOptions: deadline(DEADLINES_MS.evaluate),
      endorseOptions: deadline(DEADLINES_MS.endorse),
      submitOptions: deadline(DEADLINES_MS.submit),
      commitStatusOptions: deadline(DEADLINES_MS.commitStatus),
    });
    this.network = this.gateway.getNetwork(profile.channel);
    this.contract = this.network.getContract(profile.chaincode);
  }

  /**
   * Makes sure, once, that the peer's channel is the one that the profile names.
   * @throws {@link VeilsumError} LEDGER_INTEGRITY, or {@link GatewayError}
   */
  async verify(): Promise<void> {
    this.#verified ??= this.#verifyGenesis();
    try {
      await this.#verified;
    } catch (error) {
      this.#verified = undefined;
      throw error;
    }
  }

  /** Number of blocks that the peer has. @throws {@link GatewayError} */
  async height(options?: CallOptions): Promise<number> {
    const info = await this.#ask('GetChainInfo', [], options);
    return common.BlockchainInfo.deserializeBinary(info).getHeight();
  }

  /** The same peer over a connection of its own: this one may be dead without a sign of it. */
  reopened(): FabricPeerConnection {
    return new FabricPeerConnection(this.#peer, this.#profile, this.#signer, OWN_CONNECTION);
  }

  /** Whether the peer has a transaction, valid or not. @throws {@link GatewayError} */
  async hasTransaction(transactionId: string): Promise<boolean> {
    try {
      const found = await this.#ask('GetTransactionByID', [transactionId]);
      return protos.ProcessedTransaction.deserializeBinary(found).hasTransactionenvelope();
    } catch (error) {
      if (isAbsence(error)) return false;
      throw error;
    }
  }

  /** A request for the outcome of a transaction, not signed yet, as `gateway.newCommit` takes it. */
  commitRequest(transactionId: string): Uint8Array {
    const { mspId, credentials } = this.gateway.getIdentity();
    const identity = new msp.SerializedIdentity();
    identity.setMspid(mspId);
    identity.setIdBytes(credentials);
    const request = new gateway.CommitStatusRequest();
    request.setChannelId(this.network.getName());
    request.setTransactionId(transactionId);
    request.setIdentity(identity.serializeBinary());
    const signed = new gateway.SignedCommitStatusRequest();
    signed.setRequest(request.serializeBinary());
    return signed.serializeBinary();
  }

  close(): void {
    this.gateway.close();
    this.#client.close();
  }

  async #verifyGenesis(): Promise<void> {
    const block = decodeFabricBlock(await this.#ask('GetBlockByNumber', ['0']));
    if (
      block.hash === this.#profile.genesisHash &&
      hashEnvelopes(block.envelopes) === block.dataHash
    )
      return;
    throw new VeilsumError(
      'LEDGER_INTEGRITY',
      `The channel of ${this.name} was founded otherwise than the network profile says.`,
    );
  }

  /** Asks the peer about its own ledger (Fabric's system chaincode `qscc`). */
  #ask(
    transaction: string,
    parameters: readonly string[],
    options?: CallOptions,
  ): Promise<Uint8Array> {
    const proposal = this.network.getContract('qscc').newProposal(transaction, {
      arguments: [this.network.getName(), ...parameters],
      endorsingOrganizations: [this.#signer.mspId],
    });
    return proposal.evaluate(options);
  }
}

function openClient(
  { address, tlsServerName, tlsRootCertificate }: FabricPeer,
  options: ChannelOptions,
): Client {
  return new Client(address, credentials.createSsl(Buffer.from(tlsRootCertificate)), {
    // Also keeps an address of digits from being offered as the server's name, which TLS forbids.
    'grpc.ssl_target_name_override': tlsServerName,
    'grpc.default_authority': tlsServerName,
    'grpc.keepalive_time_ms': KEEPALIVE_MS,
    'grpc.keepalive_timeout_ms': KEEPALIVE_TIMEOUT_MS,
    'grpc.initial_reconnect_backoff_ms': 100,
    'grpc.min_reconnect_backoff_ms': 100,
    'grpc.max_reconnect_backoff_ms': RECONNECT_MS_MAX,
    'grpc.max_receive_message_length': MESSAGE_BYTES_MAX,
    'grpc.max_send_message_length': MESSAGE_BYTES_MAX,
    ...options,
  });
}

/** The words of the peer's index for an id that no block has. */
function isAbsence(error: unknown): boolean {
  return (
    error instanceof Error && /no such transaction ID|entry not found in index/i.test(error.message)
  );
}
