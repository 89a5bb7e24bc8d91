import { VeilsumError, type Block } from '@veilsum/protocol';

/** Blocks that come in order, each linked to the one before, over reconnects. */
export class BlockSequence {
  #next: number;
  #last: Block | undefined;

  constructor(fromBlock: number) {
    this.#next = fromBlock;
  }

  /** Number of blocks that the ledger must have by what was seen of it; 0 when nothing was. */
  get heightMin(): number {
    return this.#last === undefined ? 0 : this.#next;
  }

  /** Where to go on reading: at the last block seen, to notice when it was rewritten. */
  get resumeAt(): number {
    return this.#last === undefined ? this.#next : this.#next - 1;
  }

  /**
   * Takes the next block.
   * @returns false when it is the last one again
   * @throws {@link VeilsumError} LEDGER_INTEGRITY
   */
  accept(block: Block): boolean {
    if (block.number === this.#last?.number) {
      if (block.hash === this.#last.hash) return false;
      throw new VeilsumError('LEDGER_INTEGRITY', `Block ${block.number} was rewritten.`);
    }
    const isLinked = this.#last === undefined || block.previousHash === this.#last.hash;
    if (block.number !== this.#next || !isLinked) {
      throw new VeilsumError(
        'LEDGER_INTEGRITY',
        `Block ${this.#next} does not follow from the one before.`,
      );
    }
    this.#last = block;
    this.#next += 1;
    return true;
  }
}
