import { StatusCode } from '@hyperledger/fabric-gateway';
import { VeilsumError } from '@veilsum/protocol';

import { GRACE_MS, endingIn, within, type FabricPeerConnection } from './fabric-peer.js';
import { requireFailedCall, type FailedCall, type PeerSet } from './peer-set.js';
import { OUTAGE_PAUSES, Patience, pause } from './retry-pause.js';
import type { PendingTransaction } from './transaction-journal.js';

/**
 * An ordering service under load takes seconds, and one whose leader died has lost what it acknowledged:
 * after this time, doubling, a transaction that no block has is sent once more.
 */
const COMMIT_WAIT_MS = 10_000;
const COMMIT_WAIT_MS_MAX = 40_000;
/** Longer than a transaction that an ordering service took is on its way. */
const REFUSAL_WAIT_MS = 30_000;

/** A transaction that is in a block, valid or not. */
export interface SettledTransaction {
  readonly transactionId: string;
  readonly blockNumber: number;
  readonly validationCode: number;
  /** What the contract returned: UTF-8 of JSON, or empty. */
  readonly result: Uint8Array;
}

export interface SettlementOptions {
  /** Whether nobody can have sent the transaction before. */
  readonly isNew: boolean;
  readonly patience: Patience;
}

/**
 * Brings signed transactions into a block. Whatever goes wrong on the way leaves it open whether a
 * transaction will be in one: it is looked up by its id, and as long as no block has it the same bytes are
 * sent again, of which Fabric lets one be valid. Nothing is ever endorsed anew here.
 */
export class TransactionSettlement {
  readonly #peers: PeerSet;

  constructor(peers: PeerSet) {
    this.#peers = peers;
  }

  /**
   * @throws {@link VeilsumError} COMMIT_STATUS_UNKNOWN when patience is over, or the refusal of an
   * ordering service when no block has the transaction and none will
   */
  async settle(
    pending: PendingTransaction,
    { isNew, patience }: SettlementOptions,
  ): Promise<SettledTransaction> {
    const course = new SettlementCourse(this.#peers, pending, patience);
    if (!isNew) await course.lookUp();
    for (let failures = 1; ; failures += 1) {
      try {
        return await course.advance();
      } catch (error) {
        course.failed(requireFailedCall(error), isNew);
        if (patience.isOver || this.#peers.closing.aborted) throw unknown(pending, error);
      }
      await pause(failures, OUTAGE_PAUSES, this.#peers.closing);
      await course.lookUp();
    }
  }
}

/** One transaction on its way: whether it has to be sent, and for how long its commit is waited for. */
class SettlementCourse {
  readonly #peers: PeerSet;
  readonly #pending: PendingTransaction;
  readonly #patience: Patience;
  readonly #signedTransaction: Uint8Array;
  #commitRequest: Uint8Array | undefined;
  #isToBeSent = true;
  #sendings = 0;
  #waitMs = COMMIT_WAIT_MS;
  /** What was taken before the first refusal is in a block when the wait ends. */
  #refusal: { readonly error: VeilsumError; readonly wait: Patience } | undefined;

  constructor(peers: PeerSet, pending: PendingTransaction, patience: Patience) {
    this.#peers = peers;
    this.#pending = pending;
    this.#patience = patience;
    this.#signedTransaction = Buffer.from(pending.signedTransaction, 'base64');
  }

  /** @throws {@link FailedCall} */
  async advance(): Promise<SettledTransaction> {
    if (this.#isToBeSent) {
      this.#sendings += 1;
      await this.#peers.callOnce((peer) => this.#send(peer));
      this.#isToBeSent = false;
    }
    return this.#peers.callOnce((peer) => this.#waitForCommit(peer));
  }

  /** @throws {@link VeilsumError} a refusal that leaves nothing open */
  failed({ failure }: FailedCall, isNew: boolean): void {
    if (!this.#isToBeSent) this.#waitMs = Math.min(this.#waitMs * 2, COMMIT_WAIT_MS_MAX);
    if (failure.kind !== 'refused') return;
    if (this.#isToBeSent && isNew && this.#sendings === 1) throw failure.refusal;
    this.#refusal ??= { error: failure.refusal, wait: new Patience(REFUSAL_WAIT_MS) };
  }

  /**
   * Looks whether a block has the transaction. If that cannot be told, it is sent or waited for as before.
   * @throws {@link VeilsumError} a refusal after which the transaction stays absent
   */
  async lookUp(): Promise<void> {
    const { transactionId } = this.#pending;
    try {
      this.#isToBeSent = !(await this.#peers.callOnce((peer) =>
        peer.hasTransaction(transactionId),
      ));
    } catch (error) {
      requireFailedCall(error);
      return;
    }
    if (this.#isToBeSent && this.#refusal !== undefined && this.#refusal.wait.isOver) {
      throw this.#refusal.error;
    }
  }

  async #send(peer: FabricPeerConnection): Promise<void> {
    const transaction = peer.gateway.newTransaction(this.#signedTransaction);
    await transaction.submit(within('submit', this.#patience));
  }

  async #waitForCommit(peer: FabricPeerConnection): Promise<SettledTransaction> {
    const { transactionId } = this.#pending;
    this.#commitRequest ??= peer.commitRequest(transactionId);
    const commit = peer.gateway.newCommit(this.#commitRequest);
    const spanMs = Math.min(this.#waitMs, this.#patience.remainingMs);
    const status = await commit.getStatus(endingIn(spanMs + GRACE_MS)).finally(() => {
      // The signature is good for every further attempt.
      this.#commitRequest = commit.getBytes();
    });
    if (status.code === StatusCode.DUPLICATE_TXID) throw new Error('Only the copy was reported.');
    const transaction = peer.gateway.newTransaction(this.#signedTransaction);
    return {
      transactionId,
      blockNumber: Number(status.blockNumber),
      validationCode: status.code,
      result: transaction.getResult(),
    };
  }
}

function unknown({ transactionId }: PendingTransaction, cause: unknown): VeilsumError {
  return new VeilsumError(
    'COMMIT_STATUS_UNKNOWN',
    'Whether a block has the transaction could not be found out in time. It is kept, and settled at the next start or when the same is asked again; look its id up before sending anything else.',
    { transactionId, cause },
  );
}
