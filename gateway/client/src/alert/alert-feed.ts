import { setTimeout as delay } from 'node:timers/promises';
import { alertSchema, VeilsumError, type Alert } from '@veilsum/protocol';
import { problemOf } from '../session/gateway-api.js';

const RETRY_MS = 1000;
/** Far longer than any alert. */
const EVENT_LENGTH_MAX = 100_000;

export interface AlertFeedOptions {
  /** Base address of a watcher. */
  readonly url: string;
  /** Makes a bearer token for it. Secret. */
  readonly token: () => Promise<string>;
  readonly signal: AbortSignal;
}

/**
 * Revisions of alerts as a watcher writes them: first the last one of each, then what comes. When the
 * stream is cut it goes on after the last one that came.
 * @throws {@link VeilsumError} with the watcher's code when it refuses, GATEWAY_UNAVAILABLE when it cannot
 * be reached at first
 */
export async function* followAlerts(options: AlertFeedOptions): AsyncGenerator<Alert> {
  let last: string | undefined;
  for (let tries = 0; ; tries += 1) {
    try {
      for await (const { id, data } of await openFeed(options, last)) {
        last = id;
        yield alertSchema.parse(JSON.parse(data));
      }
    } catch (error) {
      if (isEnded(options.signal)) return;
      if (tries === 0 || !isPassing(error)) throw error;
    }
    await delay(RETRY_MS, undefined, { signal: options.signal }).catch(() => undefined);
    if (isEnded(options.signal)) return;
  }
}

const isEnded = (signal: AbortSignal) => signal.aborted;

interface FeedEvent {
  readonly id: string;
  readonly data: string;
}

async function openFeed(
  { url, token, signal }: AlertFeedOptions,
  last: string | undefined,
): Promise<AsyncIterable<FeedEvent>> {
  const headers: Record<string, string> = { authorization: `Bearer ${await token()}` };
  if (last !== undefined) headers['last-event-id'] = last;
  const address = `${url.replace(/\/+$/, '')}/alerts`;
  const response = await fetch(address, { headers, redirect: 'error', signal }).catch(
    (cause: unknown) => {
      const sentence = `The watcher at ${url} cannot be reached.`;
      throw new VeilsumError('GATEWAY_UNAVAILABLE', sentence, { cause });
    },
  );
  if (!response.ok || response.body === null) throw await problemOf(response);
  return eventsOf(response.body);
}

async function* eventsOf(body: ReadableStream<Uint8Array>): AsyncGenerator<FeedEvent> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const piece of body as unknown as AsyncIterable<Uint8Array>) {
    text += decoder.decode(piece, { stream: true });
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const found = /^id: ([0-9]+)\nevent: alert\ndata: (.*)$/.exec(text.slice(0, end));
      text = text.slice(end + 2);
      if (found !== null) yield { id: found[1] ?? '', data: found[2] ?? '' };
    }
    if (text.length > EVENT_LENGTH_MAX) {
      throw new VeilsumError('LIMIT_EXCEEDED', 'The watcher sends more than an alert can have.');
    }
  }
}

/** A connection that is cut comes again; what cannot be read does not. */
function isPassing(error: unknown): boolean {
  return error instanceof VeilsumError ? error.transient : error instanceof TypeError;
}
