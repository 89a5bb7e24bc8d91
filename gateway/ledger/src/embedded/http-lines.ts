import { errorOfProblem } from './http-problem.js';

export interface LineOptions {
  readonly signal: AbortSignal;
  /** Silence for longer than this ends the reading with an error. */
  readonly silenceMsMax: number;
}

/** Longer than any block that a ledger writes. */
const LINE_CHARACTERS_MAX = 64_000_000;

/**
 * The lines of an HTTP answer as they come, empty ones left out.
 * @throws {@link VeilsumError} the problem that the server answered with; other errors when the
 * connection broke, fell silent or was aborted
 */
export async function* readLines(url: string, options: LineOptions): AsyncGenerator<string> {
  const silence = new AbortController();
  const timer = setTimeout(() => {
    silence.abort();
  }, options.silenceMsMax);
  try {
    const signal = AbortSignal.any([options.signal, silence.signal]);
    const response = await fetch(url, { signal });
    if (!response.ok || response.body === null) throw await failureOf(response);
    const decoder = new TextDecoder();
    let parts: string[] = [];
    let length = 0;
    for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
      timer.refresh();
      const [first = '', ...rest] = decoder.decode(chunk, { stream: true }).split('\n');
      parts.push(first);
      length += first.length;
      if (length > LINE_CHARACTERS_MAX) throw new Error('A line is longer than any block.');
      if (rest.length === 0) continue;
      const lines = [parts.join(''), ...rest];
      const unfinished = lines.pop() ?? '';
      parts = [unfinished];
      length = unfinished.length;
      yield* lines.filter((line) => line !== '');
    }
  } finally {
    clearTimeout(timer);
    silence.abort();
  }
}

async function failureOf(response: Response): Promise<Error> {
  const text = await response.text();
  return errorOfProblem(text) ?? new Error(`The server answered with status ${response.status}.`);
}
