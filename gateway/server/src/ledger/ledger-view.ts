import { Inject, Injectable } from '@nestjs/common';
import { waitForHeight, type Ledger } from '@veilsum/ledger';
import { VeilsumError } from '@veilsum/protocol';

import { LEDGER } from '../settings.js';

const HEIGHT = /^[0-9]{1,15}$/;

/** How much of the ledger the gateway sees. Callers look at it through other peers, which may be ahead. */
@Injectable()
export class LedgerView {
  /** It never shrinks, so what was seen once need not be asked for again. */
  #seen = 0;
  #asking: Promise<number> | undefined;

  constructor(@Inject(LEDGER) private readonly ledger: Ledger) {}

  /**
   * Waits, for some seconds, until the gateway sees as many blocks as its caller.
   * @param header what the caller sent; nothing needs no waiting
   * @throws {@link VeilsumError} INVALID_ARGUMENT, or LEDGER_UNAVAILABLE when it is not there in time
   */
  async reach(header: string | string[] | undefined): Promise<void> {
    if (header === undefined) return;
    if (typeof header !== 'string' || !HEIGHT.test(header)) {
      const sentence = 'The header veilsum-ledger-height must be a number of blocks.';
      throw new VeilsumError('INVALID_ARGUMENT', sentence);
    }
    const height = Number(header);
    if (height <= this.#seen) return;
    await waitForHeight({ height: () => this.#ask() }, height);
  }

  /** However many callers wait, the ledger is asked once. */
  #ask(): Promise<number> {
    this.#asking ??= this.#read().finally(() => {
      this.#asking = undefined;
    });
    return this.#asking;
  }

  async #read(): Promise<number> {
    this.#seen = Math.max(this.#seen, await this.ledger.height());
    return this.#seen;
  }
}
