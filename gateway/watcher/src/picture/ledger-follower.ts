import { setTimeout as delay } from 'node:timers/promises';
import type { Ledger, LedgerBlock } from '@veilsum/ledger';
import { VeilsumError } from '@veilsum/protocol';

const RETRY_MS = 1000;

/** The one stream of blocks of a watcher. It goes on where it was, however often it is cut. */
export class LedgerFollower {
  readonly #ledger: Pick<Ledger, 'blocks'>;
  readonly #onBlock: (block: LedgerBlock) => void;
  #next: number;
  #connection = new AbortController();
  #contradiction: string | undefined;

  /** @param fromBlock - the first block that was not looked at */
  constructor(
    ledger: Pick<Ledger, 'blocks'>,
    fromBlock: number,
    onBlock: (block: LedgerBlock) => void,
  ) {
    this.#ledger = ledger;
    this.#next = fromBlock;
    this.#onBlock = onBlock;
  }

  /** Blocks that have come. */
  get height(): number {
    return this.#next;
  }

  /** Why the ledger is not to be believed any more. */
  get contradiction(): string | undefined {
    return this.#contradiction;
  }

  /** Cuts the stream and connects again. */
  reconnect(): void {
    this.#connection.abort();
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted && this.#contradiction === undefined) {
      this.#connection = new AbortController();
      try {
        await this.#follow(AbortSignal.any([signal, this.#connection.signal]));
      } catch (error) {
        this.judge(error);
      }
      await delay(RETRY_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  /** Keeps in mind a failure after which nothing that the ledger says counts. */
  judge(error: unknown): void {
    if (error instanceof VeilsumError && error.code === 'LEDGER_INTEGRITY') {
      this.#contradiction ??= error.message;
    }
  }

  async #follow(signal: AbortSignal): Promise<void> {
    for await (const block of this.#ledger.blocks({ fromBlock: this.#next, signal })) {
      if (block.number < this.#next) continue;
      this.#onBlock(block);
      this.#next = block.number + 1;
    }
  }
}
