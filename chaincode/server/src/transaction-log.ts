/** `info` tells of start, stop and unexpected failures; `debug` also of every transaction. */
export type LogLevel = 'error' | 'info' | 'debug';

const RANK: Readonly<Record<LogLevel, number>> = { error: 0, info: 1, debug: 2 };

/** What a line tells; never an argument, a value of the state or a secret. */
export type LogFacts = Readonly<Record<string, string | number | readonly string[] | undefined>>;

/** The process's own log: JSON lines on standard error, since standard output announces readiness. */
export class TransactionLog {
  readonly #level: LogLevel;
  readonly #write: (line: string) => void;

  constructor(
    level: LogLevel = 'info',
    write: (line: string) => void = (line) => process.stderr.write(line),
  ) {
    this.#level = level;
    this.#write = write;
  }

  /** Writes one line unless the level is too fine. */
  log(level: LogLevel, message: string, facts: LogFacts = {}): void {
    if (RANK[level] > RANK[this.#level]) return;
    const time = new Date().toISOString();
    this.#write(`${JSON.stringify({ time, level, message, ...facts })}\n`);
  }
}

/**
 * Where an unexpected error came from: its class and the places of its stack. Its message is left out,
 * because those of parsers and schemas repeat what they were given.
 */
export function originOf(error: unknown): LogFacts {
  if (!(error instanceof Error)) return { error: typeof error };
  const lines = (error.stack ?? '').split('\n').map((line) => line.trim());
  const cause = error.cause === undefined ? {} : { cause: originOf(error.cause)['error'] };
  const at = lines.filter((line) => line.startsWith('at ')).slice(0, 8);
  return { error: error.name, at, ...cause };
}
