import { StatusCode } from '@hyperledger/fabric-gateway';
import type { JsonValue } from '@veilsum/crypto';
import { VeilsumError } from '@veilsum/protocol';

import { decodeResponse } from '../contract-argument.js';
import type {
  FollowOptions,
  Ledger,
  LedgerBlock,
  LedgerCommit,
  LedgerEvent,
  LedgerRequest,
} from '../ledger.js';
import type { FabricProfile } from '../fabric-profile.js';
import type { FabricConnection } from '../ledger-connection.js';
import type { TransactionSigner } from '../signer.js';
import { followChaincodeEvents } from './chaincode-events.js';
import { followChannelBlocks, followLedgerBlocks } from './channel-blocks.js';
import { contractCallOf, type ContractCall } from './contract-call.js';
import { within, type FabricPeerConnection } from './fabric-peer.js';
import { PeerSet } from './peer-set.js';
import { CONFLICT_PAUSES, Patience, pause } from './retry-pause.js';
import { TransactionJournal, type PendingTransaction } from './transaction-journal.js';
import {
  TransactionSettlement,
  type SettledTransaction,
  type SettlementOptions,
} from './transaction-settlement.js';
import { errorOfInvalid, isWorthAnotherAttempt } from './validation-verdict.js';

/** A change of the leader took a BFT ordering service 26 seconds. */
const PATIENCE_MS = 60_000;
/** However many rivals change the same key, one of them succeeds in every block. */
const CONFLICT_MS_MAX = 300_000;
/** Orderers take 10 MB, and what is refused there has cost all endorsers their work. */
const SIGNED_BYTES_MAX = 8 * 1024 * 1024;

/** The ledger port of one member on a Fabric channel (docs/fabric-client.md). */
export class FabricLedger implements Ledger {
  readonly #peers: PeerSet;
  readonly #signer: TransactionSigner;
  readonly #profile: FabricProfile;
  readonly #patienceMs: number;
  readonly #journal: TransactionJournal;
  readonly #settlement: TransactionSettlement;
  /** Transactions of this process and those before it whose outcome could not be found out in time. */
  #unresolved: readonly PendingTransaction[] = [];

  private constructor(connection: FabricConnection, peers: PeerSet, journal: TransactionJournal) {
    this.#peers = peers;
    this.#signer = connection.signer;
    this.#profile = connection.profile;
    this.#patienceMs = connection.patienceMs ?? PATIENCE_MS;
    this.#journal = journal;
    this.#settlement = new TransactionSettlement(peers);
  }

  /**
   * Connects, makes sure that it is the channel of the profile, and settles what an earlier process of
   * the member left open.
   * @throws {@link VeilsumError} INVALID_ARGUMENT when the profile names no peer of the member's
   * organisation, LEDGER_UNAVAILABLE, LEDGER_INTEGRITY, STATE_FOLDER_INVALID
   */
  static async connect(connection: FabricConnection): Promise<FabricLedger> {
    const { profile, signer, journalFolder } = connection;
    const peers = new PeerSet(profile, signer);
    try {
      const journal = await TransactionJournal.open(journalFolder, profile.genesisHash);
      const ledger = new FabricLedger(connection, peers, journal);
      await ledger.height();
      await ledger.#resolvePending();
      return ledger;
    } catch (error) {
      peers.close();
      throw error;
    }
  }

  async submit(request: LedgerRequest): Promise<LedgerCommit> {
    const call = contractCallOf(request);
    const earlier = await this.#settleEarlier(call.requestHash);
    if (earlier !== undefined) return commitOf(earlier);
    const rivalry = new Patience(CONFLICT_MS_MAX);
    for (let attempt = 1; ; attempt += 1) {
      const settled = await this.#attempt(call).catch((error: unknown) => {
        if (!isConflict(error) || rivalry.isOver) throw error;
      });
      if (settled !== undefined) {
        if (isValid(settled)) return commitOf(settled);
        const { validationCode } = settled;
        if (!isWorthAnotherAttempt(validationCode, attempt) || rivalry.isOver) {
          throw errorOfInvalid(settled);
        }
      }
      await pause(attempt, CONFLICT_PAUSES, this.#peers.closing);
    }
  }

  async evaluate(request: LedgerRequest): Promise<JsonValue> {
    const { name, argument } = contractCallOf(request);
    const patience = new Patience(this.#patienceMs);
    const options = {
      arguments: [argument],
      endorsingOrganizations: [this.#signer.mspId],
    };
    const result = await this.#peers.call(
      ({ contract }) => contract.newProposal(name, options).evaluate(within('evaluate', patience)),
      patience,
    );
    return decodeResult(result);
  }

  events(options: FollowOptions): AsyncIterable<LedgerEvent> {
    return followChaincodeEvents(this.#peers, this.#profile.chaincode, options);
  }

  blocks(options: FollowOptions): AsyncIterable<LedgerBlock> {
    return followLedgerBlocks(this.#peers, this.#profile, options);
  }

  /** Blocks as the peers keep them (`common.Block`, protobuf), for whoever verifies the channel. */
  channelBlocks(options: FollowOptions): AsyncIterable<Uint8Array> {
    return followChannelBlocks(this.#peers, options);
  }

  height(): Promise<number> {
    return this.#peers.call((peer) => peer.height(), new Patience(this.#patienceMs));
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- others have to wait for a disk
  async close(): Promise<void> {
    this.#peers.close();
  }

  /** One transaction, from its proposal to its block. */
  async #attempt(call: ContractCall): Promise<SettledTransaction> {
    const patience = new Patience(this.#patienceMs);
    const endorsed = await this.#peers.call(
      (peer) => this.#endorse(peer, call, patience),
      patience,
    );
    const pending = await this.#journal.add({ ...endorsed, requestHash: call.requestHash });
    return this.#settle(pending, { isNew: true, patience: new Patience(this.#patienceMs) });
  }

  /** A fresh proposal, endorsed and signed as transaction. */
  async #endorse(peer: FabricPeerConnection, call: ContractCall, patience: Patience) {
    const proposal = peer.contract.newProposal(call.name, { arguments: [call.argument] });
    const endorsed = await proposal.endorse(within('endorse', patience));
    const signature = await this.#signer.sign(endorsed.getDigest());
    const bytes = peer.gateway.newSignedTransaction(endorsed.getBytes(), signature).getBytes();
    if (bytes.length > SIGNED_BYTES_MAX) throw tooLarge(bytes.length);
    return {
      transactionId: endorsed.getTransactionId(),
      signedTransaction: Buffer.from(bytes).toString('base64'),
    };
  }

  async #settle(
    pending: PendingTransaction,
    options: SettlementOptions,
  ): Promise<SettledTransaction> {
    try {
      const settled = await this.#settlement.settle(pending, options);
      this.#peers.sawBlock(settled.blockNumber);
      await this.#journal.remove(pending.transactionId);
      return settled;
    } catch (error) {
      if (isRefusal(error)) await this.#journal.remove(pending.transactionId);
      else this.#unresolved = [...this.#unresolved, pending];
      throw error;
    }
  }

  /** Settles what earlier processes left open, as far as that can be done in time. */
  async #resolvePending(): Promise<void> {
    const patience = new Patience(this.#patienceMs);
    const options = { isNew: false, patience };
    const pending = await this.#journal.pending();
    // Whoever sent them is gone: nobody waits for an outcome, which the ledger shows from now on.
    await Promise.all(
      pending.map((entry) => this.#settle(entry, options).catch(requireVeilsumError)),
    );
  }

  /**
   * The same request may have been made before, and its transaction be on its way still: then that one
   * counts, and no second one is made.
   */
  async #settleEarlier(requestHash: string): Promise<SettledTransaction | undefined> {
    const earlier = this.#unresolved.find((pending) => pending.requestHash === requestHash);
    if (earlier === undefined) return undefined;
    this.#unresolved = this.#unresolved.filter((pending) => pending !== earlier);
    const options = { isNew: false, patience: new Patience(this.#patienceMs) };
    const settled = await this.#settle(earlier, options).catch((error: unknown) => {
      if (isRefusal(error)) return undefined;
      throw error;
    });
    if (settled !== undefined && isValid(settled)) return settled;
    return this.#settleEarlier(requestHash);
  }
}

/**
 * The ledger port of a member on a Fabric channel, through the peers of its own organisation.
 * Close what it returns.
 * @throws {@link VeilsumError} see {@link FabricLedger.connect}
 */
export function connectFabricLedger(connection: FabricConnection): Promise<FabricLedger> {
  return FabricLedger.connect(connection);
}

function isValid({ validationCode }: SettledTransaction): boolean {
  return validationCode === StatusCode.VALID;
}

/** Peers that read different states: nothing was sent to be ordered. */
function isConflict(error: unknown): boolean {
  return error instanceof VeilsumError && error.code === 'MVCC_CONFLICT';
}

/** Whether no block has the transaction and none will. */
function isRefusal(error: unknown): boolean {
  return error instanceof VeilsumError && error.code !== 'COMMIT_STATUS_UNKNOWN';
}

function requireVeilsumError(error: unknown): undefined {
  if (error instanceof VeilsumError) return undefined;
  throw error;
}

function commitOf({ transactionId, blockNumber, result }: SettledTransaction): LedgerCommit {
  return { transactionId, blockNumber, result: decodeResult(result) };
}

function decodeResult(result: Uint8Array): JsonValue {
  return decodeResponse(Buffer.from(result).toString());
}

function tooLarge(bytes: number): VeilsumError {
  const sentence = `The transaction has ${bytes} bytes with its writes, over the ${SIGNED_BYTES_MAX} that are sent.`;
  return new VeilsumError('LIMIT_EXCEEDED', sentence);
}
