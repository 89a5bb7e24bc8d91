import {
  VeilsumError,
  type Block,
  type LedgerTransaction,
  type TransactionEnvelope,
} from '@veilsum/protocol';

import { sealBlock } from './block-encoding.js';
import type { LedgerStore } from './ledger-store.js';
import type { TransactionOutcome } from './ledger-service.js';
import type { SimulationResult } from './simulation.js';
import { OverlayView, validate } from './state-view.js';

interface Candidate {
  readonly envelope: TransactionEnvelope;
  readonly simulation: SimulationResult;
  readonly resolve: (outcome: TransactionOutcome) => void;
  readonly reject: (error: VeilsumError) => void;
}

/** Bounds the memory and the time that one block takes. */
const BLOCK_TRANSACTIONS_MAX = 500;
const BLOCK_CHARACTERS_MAX = 4_000_000;

/**
 * Orders simulated transactions into blocks, validates them in that order and writes them. A block is
 * cut when the one before is on disk and holds what came meanwhile, so one fsync serves many.
 */
export class BlockWriter {
  readonly #store: LedgerStore;
  readonly #onFailure: (error: Error) => void;
  readonly #waiting: Candidate[] = [];
  #writing: Promise<void> | undefined;
  #failure: VeilsumError | undefined;

  /** @param onFailure - told when the disk refuses a block; nothing is accepted from then on */
  constructor(store: LedgerStore, onFailure: (error: Error) => void) {
    this.#store = store;
    this.#onFailure = onFailure;
  }

  /**
   * Waits until the transaction is in a block on disk.
   * @throws {@link VeilsumError} COMMIT_STATUS_UNKNOWN when the disk failed while its block was written
   */
  write(envelope: TransactionEnvelope, simulation: SimulationResult): Promise<TransactionOutcome> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ envelope, simulation, resolve, reject });
      this.#writing ??= this.#writeAll();
    });
  }

  /** Waits until nothing is being written. */
  async drain(): Promise<void> {
    await this.#writing;
  }

  async #writeAll(): Promise<void> {
    // Whoever is in the same turn of the event loop still comes into the first block.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#waiting.length > 0) {
      const candidates = this.#takeBlock();
      try {
        await this.#writeBlock(candidates);
      } catch (cause) {
        this.#fail(cause, candidates);
      }
    }
    this.#writing = undefined;
  }

  #takeBlock(): Candidate[] {
    let characters = 0;
    let count = 0;
    for (const candidate of this.#waiting) {
      characters += sizeOf(candidate);
      if (count > 0 && (count >= BLOCK_TRANSACTIONS_MAX || characters > BLOCK_CHARACTERS_MAX)) {
        break;
      }
      count += 1;
    }
    return this.#waiting.splice(0, count);
  }

  async #writeBlock(candidates: readonly Candidate[]): Promise<void> {
    const number = this.#store.height;
    const transactions = await this.#validate(number, candidates);
    const previousHash = previousHashOf(this.#store.last);
    const sealed = sealBlock({ format: 'veilsum-block/1', number, previousHash, transactions });
    await this.#store.append(sealed);
    candidates.forEach(({ resolve }, index) => {
      const transaction = transactions[index];
      if (transaction !== undefined) resolve(outcomeOf(transaction, number));
    });
  }

  async #validate(block: number, candidates: readonly Candidate[]): Promise<LedgerTransaction[]> {
    const view = new OverlayView(this.#store.currentState());
    const transactions: LedgerTransaction[] = [];
    for (const { envelope, simulation } of candidates) {
      const { readWriteSet } = simulation;
      const validationCode = await validate(readWriteSet, view);
      if (validationCode === 'VALID') {
        view.apply(readWriteSet.writes, { block, transaction: transactions.length });
      }
      transactions.push({ envelope, ...simulation, validationCode });
    }
    return transactions;
  }

  #fail(cause: unknown, candidates: readonly Candidate[]): void {
    this.#failure = new VeilsumError('LEDGER_UNAVAILABLE', 'The ledger cannot write to its disk.', {
      cause,
    });
    for (const { envelope, reject } of candidates) {
      const { transactionId } = envelope.proposal;
      const sentence = 'The disk failed while the transaction was written.';
      reject(new VeilsumError('COMMIT_STATUS_UNKNOWN', sentence, { transactionId, cause }));
    }
    for (const { reject } of this.#waiting.splice(0)) reject(this.#failure);
    this.#onFailure(this.#failure);
  }
}

/** Where a transaction of a block ended. */
export function outcomeOf(transaction: LedgerTransaction, blockNumber: number): TransactionOutcome {
  const { envelope, validationCode, response } = transaction;
  return {
    transactionId: envelope.proposal.transactionId,
    blockNumber,
    validationCode,
    response,
  };
}

function previousHashOf(last: Block | undefined): Block['hash'] {
  if (last !== undefined) return last.hash;
  throw new VeilsumError('LEDGER_INTEGRITY', 'The ledger has no genesis block.');
}

/** About how much text a transaction adds to its block. */
function sizeOf({ envelope, simulation: { readWriteSet, response } }: Candidate): number {
  const { reads, ranges, writes } = readWriteSet;
  const rangeResults = ranges.reduce((sum, { results }) => sum + results.length, 0);
  const written = writes.reduce(
    (sum, { key, value }) => sum + key.length + (value ?? '').length,
    0,
  );
  return (
    2000 +
    envelope.proposal.argument.length +
    response.length +
    written +
    150 * (reads.length + rangeResults)
  );
}
