import type { CloseableAsyncIterable } from '@hyperledger/fabric-gateway';

/**
 * How long a stream may bring nothing before its peer is asked whether it is there. Peers close connections
 * that gRPC itself probes more often than once a minute, so that a dead one would be noticed late.
 */
const SILENCE_MS = 15_000;

/**
 * What a stream brings, until it ends, the signal aborts, or it is silent and so is its peer.
 * @param probe - asks the peer something over the same connection, and fails when no answer comes
 * @throws what the stream or the probe failed with
 */
export async function* untilSilent<Item>(
  stream: CloseableAsyncIterable<Item>,
  signal: AbortSignal,
  probe: () => Promise<unknown>,
): AsyncGenerator<Item> {
  const watch = new SilenceWatch(stream, probe);
  const close = () => {
    stream.close();
  };
  signal.addEventListener('abort', close, { once: true });
  try {
    for await (const item of stream) {
      watch.heard();
      yield item;
    }
    watch.throwIfSilent();
  } catch (error) {
    watch.throwIfSilent();
    throw error;
  } finally {
    watch.end();
    signal.removeEventListener('abort', close);
    close();
  }
}

/** Closes a stream that brings nothing while a probe of its peer fails too. */
class SilenceWatch {
  readonly #stream: CloseableAsyncIterable<unknown>;
  readonly #probe: () => Promise<unknown>;
  readonly #timer: NodeJS.Timeout;
  #hasEnded = false;
  #failure: { readonly cause: unknown } | undefined;

  constructor(stream: CloseableAsyncIterable<unknown>, probe: () => Promise<unknown>) {
    this.#stream = stream;
    this.#probe = probe;
    this.#timer = setTimeout(() => void this.#ask(), SILENCE_MS);
  }

  heard(): void {
    this.#timer.refresh();
  }

  end(): void {
    this.#hasEnded = true;
    clearTimeout(this.#timer);
  }

  /** @throws what the probe failed with */
  throwIfSilent(): void {
    if (this.#failure !== undefined) throw this.#failure.cause;
  }

  async #ask(): Promise<void> {
    try {
      await this.#probe();
      if (!this.#hasEnded) this.#timer.refresh();
    } catch (cause) {
      if (this.#hasEnded) return;
      this.#failure = { cause };
      this.#stream.close();
    }
  }
}
