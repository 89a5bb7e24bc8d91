import { createInterface } from 'node:readline/promises';
import { errorCodes, VeilsumError, type ErrorCode } from '@veilsum/protocol';
import { StepLog } from './step-log.js';

/** Where the command line prints: sentences for people, or one JSON object a line with --json. */
export interface Terminal {
  readonly json: boolean;
  /** Prints a result. */
  result(value: Readonly<Record<string, unknown>>, sentences: readonly string[]): void;
  /** @returns a log whose steps are printed as they end */
  stepLog(): StepLog;
}

/** @returns the terminal of this process */
export function processTerminal(json: boolean): Terminal {
  const line = (text: string) => process.stdout.write(`${text}\n`);
  return {
    json,
    result(value, sentences) {
      for (const text of json ? [JSON.stringify(value)] : sentences) line(text);
    },
    stepLog: () =>
      new StepLog(({ did, ms }) => {
        line(json ? JSON.stringify({ step: did, ms }) : `${did} (${seconds(ms)})`);
      }),
  };
}

/** @returns a duration for people, e.g. `4.6 s` */
export const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

/** Prints what went wrong, with its code and the way out, and sets the exit status. */
export function reportFailure(error: unknown, json: boolean): void {
  process.exitCode = 1;
  const code: ErrorCode = error instanceof VeilsumError ? error.code : 'INTERNAL';
  const message = error instanceof Error ? error.message : String(error);
  const { wayOut } = errorCodes[code];
  process.stderr.write(
    json ? `${JSON.stringify({ code, message, wayOut })}\n` : `${code}: ${message}\n${wayOut}\n`,
  );
}

/**
 * Asks for a word before something is lost.
 * @throws {@link VeilsumError} CONFIRMATION_REQUIRED when it is not typed, or nobody can type it
 */
export async function requireConfirmation(question: string, word: string): Promise<void> {
  if (process.stdin.isTTY) {
    const terminal = createInterface({ input: process.stdin, output: process.stderr });
    const answer = await terminal.question(`${question} Type ${word} to confirm: `);
    terminal.close();
    if (answer.trim() === word) return;
  }
  throw new VeilsumError('CONFIRMATION_REQUIRED', `${question} It was not confirmed.`);
}
