/**
 * Runs one job per key at a time and at most `widthMax` together. A key that is asked for while its
 * job runs gets one more run afterwards, so no news is lost and none piles up.
 */
export class WorkQueue<Key> {
  readonly #job: (key: Key) => Promise<void>;
  readonly #widthMax: number;
  readonly #waiting = new Set<Key>();
  readonly #running = new Map<Key, Promise<void>>();
  #isClosed = false;

  /** @param job must not throw; what it throws would have nowhere to go */
  constructor(job: (key: Key) => Promise<void>, widthMax: number) {
    this.#job = job;
    this.#widthMax = widthMax;
  }

  ask(key: Key): void {
    if (this.#isClosed) return;
    this.#waiting.add(key);
    this.#startNext();
  }

  /** Starts nothing any more and waits for what runs. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#waiting.clear();
    await Promise.all(this.#running.values());
  }

  #startNext(): void {
    for (const key of this.#waiting) {
      if (this.#running.size >= this.#widthMax) return;
      if (this.#running.has(key)) continue;
      this.#waiting.delete(key);
      const run = this.#job(key).finally(() => {
        this.#running.delete(key);
        this.#startNext();
      });
      this.#running.set(key, run);
    }
  }
}
