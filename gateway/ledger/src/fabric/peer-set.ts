import { setMaxListeners } from 'node:events';

import type { CloseableAsyncIterable } from '@hyperledger/fabric-gateway';
import { VeilsumError } from '@veilsum/protocol';

import type { FabricProfile } from '../fabric-profile.js';
import type { TransactionSigner } from '../signer.js';
import { endingIn, FabricPeerConnection } from './fabric-peer.js';
import { classifyFailure, isSilence, type PeerFailure } from './peer-failure.js';
import { OUTAGE_PAUSES, Patience, pause } from './retry-pause.js';
import { untilSilent } from './silence-watch.js';

/** How long peers of other organisations may contradict the own one before their word is passed on. */
const DISAGREEMENT_MS_MAX = 20_000;

/** A peer that answers at all tells its height within this time, even on a machine under load. */
const PROBE_MS = 10_000;

/** Opens a stream at a peer. */
export type OpenStream<Item> = (
  peer: FabricPeerConnection,
) => Promise<CloseableAsyncIterable<Item>>;

/** A call that failed, classified. */
export class FailedCall extends Error {
  readonly failure: PeerFailure;

  constructor(failure: PeerFailure, cause: unknown) {
    super('A call to a peer failed.', { cause });
    this.failure = failure;
  }
}

/**
 * The peers of the own organisation, of which one is used until it fails. Others are never asked: what
 * the ledger says is read from the own organisation alone.
 */
export class PeerSet {
  readonly #peers: FabricPeerConnection[];
  readonly #mspId: string;
  readonly #closing = new AbortController();
  #index = 0;
  /** A peer with fewer blocks is behind what this process has seen. */
  #heightMin = 0;
  /** The current peer, once it has shown the right channel and height. */
  #ready: FabricPeerConnection | undefined;
  /** Peers that are looked at now: whoever wants to call one waits for the same answer. */
  readonly #examinations = new Map<FabricPeerConnection, Promise<void>>();

  /** @throws {@link VeilsumError} INVALID_ARGUMENT when the profile names no peer of the signer's organisation */
  constructor(profile: FabricProfile, signer: TransactionSigner) {
    const own = profile.organisations.find(({ mspId }) => mspId === signer.mspId);
    if (own === undefined || own.peers.length === 0) {
      const sentence = `The network profile names no peer of ${signer.mspId}.`;
      throw new VeilsumError('INVALID_ARGUMENT', sentence);
    }
    this.#peers = own.peers.map((peer) => new FabricPeerConnection(peer, profile, signer));
    this.#mspId = signer.mspId;
    // Every call that waits listens to it.
    setMaxListeners(0, this.#closing.signal);
  }

  /** Aborts when the connection is closed. */
  get closing(): AbortSignal {
    return this.#closing.signal;
  }

  /** Remembers that a block was seen, so that no peer without it is believed from now on. */
  sawBlock(blockNumber: number): void {
    this.#heightMin = Math.max(this.#heightMin, blockNumber + 1);
  }

  /**
   * Calls the current peer once. After a failure that another peer may not have, the next is current.
   * @throws {@link FailedCall}
   */
  async callOnce<Answer>(action: (peer: FabricPeerConnection) => Promise<Answer>): Promise<Answer> {
    const peer = this.#current();
    try {
      await this.#prepare(peer);
      return await action(peer);
    } catch (error) {
      throw this.#failed(peer, error);
    }
  }

  /**
   * What one stream of the current peer brings, until it breaks or the signal aborts.
   * @throws {@link FailedCall} unless the signal aborted
   */
  async *streamOnce<Item>(open: OpenStream<Item>, signal: AbortSignal): AsyncGenerator<Item> {
    const peer = this.#current();
    try {
      await this.#prepare(peer);
      const stream = await open(peer);
      yield* untilSilent(stream, signal, () => this.#probe(peer));
    } catch (error) {
      if (!signal.aborted) throw this.#failed(peer, error);
    }
  }

  /**
   * Calls peer after peer until one answers.
   * @throws {@link VeilsumError} a refusal, or LEDGER_UNAVAILABLE when patience is over
   */
  async call<Answer>(
    action: (peer: FabricPeerConnection) => Promise<Answer>,
    patience: Patience,
  ): Promise<Answer> {
    const disagreement = new Patience(Math.min(DISAGREEMENT_MS_MAX, patience.remainingMs));
    for (let failures = 1; ; failures += 1) {
      try {
        return await this.callOnce(action);
      } catch (error) {
        const { failure } = requireFailedCall(error);
        if (failure.kind === 'refused') throw failure.refusal;
        if (failure.kind === 'disagreement' && disagreement.isOver) throw failure.refusal;
        if (failure.kind === 'unavailable' && this.#isVain(patience)) {
          throw this.#unreachable(error);
        }
      }
      // The other peers are tried at once; only after a round of them it is time to wait.
      const rounds = Math.floor(failures / this.#peers.length);
      if (rounds > 0) await pause(rounds, OUTAGE_PAUSES, this.closing);
    }
  }

  close(): void {
    this.#closing.abort();
    for (const peer of this.#peers) peer.close();
  }

  #current(): FabricPeerConnection {
    const peer = this.#peers[this.#index];
    if (peer === undefined) throw new Error('A set of peers is never empty.');
    return peer;
  }

  #failed(peer: FabricPeerConnection, error: unknown): FailedCall {
    const failure = classifyFailure(error, this.#mspId);
    if (failure.kind === 'unavailable') this.#leave(peer);
    return new FailedCall(failure, error);
  }

  /** Goes on with the next peer, unless another call did so already. */
  #leave(peer: FabricPeerConnection): void {
    if (peer !== this.#current()) return;
    this.#ready = undefined;
    this.#index = (this.#index + 1) % this.#peers.length;
  }

  #unreachable(cause: unknown): VeilsumError {
    const names = this.#peers.map(({ name }) => name).join(', ');
    const reason =
      cause instanceof FailedCall && cause.failure.kind === 'unavailable'
        ? ` Last answer: ${cause.failure.reason}`
        : '';
    const sentence = `The ledger cannot be used through ${names}.${reason}`;
    return new VeilsumError('LEDGER_UNAVAILABLE', sentence, { cause });
  }

  #isVain(patience: Patience): boolean {
    return patience.isOver || this.closing.aborted;
  }

  async #prepare(peer: FabricPeerConnection): Promise<void> {
    if (this.closing.aborted) throw new Error('The connection is closed.');
    if (this.#ready === peer) return;
    const examination = this.#examinations.get(peer) ?? this.#examine(peer);
    this.#examinations.set(peer, examination);
    await examination;
  }

  async #examine(peer: FabricPeerConnection): Promise<void> {
    try {
      const height = await this.#probe(peer);
      if (height < this.#heightMin) {
        const sentence = `${peer.name} has not caught up with what was seen before.`;
        throw new VeilsumError('LEDGER_UNAVAILABLE', sentence);
      }
      await peer.verify();
      if (peer === this.#current()) this.#ready = peer;
    } finally {
      this.#examinations.delete(peer);
    }
  }

  /**
   * Asks a peer for its height. One that is silent may be well behind a connection that died without a
   * sign, as firewalls let them: it is given a new one.
   */
  async #probe(peer: FabricPeerConnection): Promise<number> {
    try {
      return await peer.height(endingIn(PROBE_MS));
    } catch (error) {
      if (isSilence(error)) this.#reopen(peer);
      throw error;
    }
  }

  #reopen(peer: FabricPeerConnection): void {
    const index = this.#peers.indexOf(peer);
    if (index === -1 || this.closing.aborted) return;
    this.#leave(peer);
    this.#peers[index] = peer.reopened();
    peer.close();
  }
}

/** Anything else is a mistake of this program, and goes on as it is. */
export function requireFailedCall(error: unknown): FailedCall {
  if (error instanceof FailedCall) return error;
  throw error;
}
