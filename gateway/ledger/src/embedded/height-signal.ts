interface Waiter {
  readonly height: number;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** A number of blocks that only grows, and those who wait for it to grow. */
export class HeightSignal {
  readonly #waiters = new Set<Waiter>();
  #value = 0;
  #failure: Error | undefined;

  get value(): number {
    return this.#value;
  }

  advance(height: number): void {
    this.#value = height;
    for (const waiter of this.#waiters) if (waiter.height <= height) waiter.resolve();
  }

  /** Rejects all who wait, now and later. */
  fail(error: Error): void {
    this.#failure ??= error;
    for (const waiter of this.#waiters) waiter.reject(this.#failure);
  }

  /** Waits for a height; rejects when the signal aborts or the ledger fails. */
  async wait(height: number, signal?: AbortSignal): Promise<void> {
    if (this.#value >= height) return;
    if (this.#failure !== undefined) throw this.#failure;
    signal?.throwIfAborted();
    await new Promise<void>((resolve, reject) => {
      const onAbort = () => {
        settle(() => {
          reject(new Error('The wait was aborted.'));
        });
      };
      const settle = (act: () => void) => {
        this.#waiters.delete(waiter);
        signal?.removeEventListener('abort', onAbort);
        act();
      };
      const waiter: Waiter = {
        height,
        resolve: () => {
          settle(resolve);
        },
        reject: (error) => {
          settle(() => {
            reject(error);
          });
        },
      };
      this.#waiters.add(waiter);
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  }
}
