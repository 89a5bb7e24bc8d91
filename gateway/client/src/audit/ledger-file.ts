import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { blockSchema, VeilsumError, type Block } from '@veilsum/protocol';
import type { LedgerService, LedgerStatus } from '@veilsum/ledger/embedded';

/** An exported ledger: one block a line, as `veilsum ledger export` writes it. It can only be read. */
export class LedgerFile implements LedgerService {
  readonly #path: string;
  #last: Block | undefined;
  #first: Block | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  async *blocks({ fromBlock }: { fromBlock: number }): AsyncGenerator<Block> {
    for await (const block of this.#read()) if (block.number >= fromBlock) yield block;
  }

  async status(): Promise<LedgerStatus> {
    if (this.#last === undefined) {
      for await (const block of this.#read()) {
        this.#first ??= block;
        this.#last = block;
      }
    }
    if (this.#first === undefined || this.#last === undefined) {
      throw new VeilsumError('SOURCE_UNREADABLE', `${this.#path} holds no block.`);
    }
    return {
      channel: this.#first.genesis?.channel ?? '',
      genesisHash: this.#first.hash,
      height: this.#last.number + 1,
      headHash: this.#last.hash,
    };
  }

  submit(): Promise<never> {
    return Promise.reject(readOnly());
  }

  evaluate(): Promise<never> {
    return Promise.reject(readOnly());
  }

  findTransaction(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  async *#read(): AsyncGenerator<Block> {
    const lines = createInterface({
      input: createReadStream(this.#path, 'utf8').on('error', () => undefined),
      crlfDelay: Infinity,
    });
    let number = 0;
    for await (const line of lines) {
      number += 1;
      if (line.trim() !== '') yield this.#parse(line, number);
    }
    if (number === 0) {
      throw new VeilsumError('SOURCE_UNREADABLE', `${this.#path} cannot be read or is empty.`);
    }
  }

  #parse(line: string, number: number): Block {
    try {
      return blockSchema.parse(JSON.parse(line));
    } catch (cause) {
      throw new VeilsumError(
        'SOURCE_UNREADABLE',
        `${this.#path}, line ${number}, is not a block.`,
        {
          cause,
        },
      );
    }
  }
}

const readOnly = () =>
  new VeilsumError('FORBIDDEN', 'An exported ledger can be read and checked, not changed.');
