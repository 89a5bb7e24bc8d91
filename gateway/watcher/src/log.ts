import { VeilsumError } from '@veilsum/protocol';
import { pino, type LevelWithSilent, type Logger } from 'pino';

/** Ids, codes and plain sentences; never a secret, a token or the body of an answer. */
export type Log = Pick<Logger, 'info' | 'warn' | 'error' | 'debug'>;

/** JSON lines on standard error; standard output is left to the ready line. */
export function createLog(level: LevelWithSilent, memberId: string): Logger {
  const base = { service: 'watcher', memberId };
  // A net under the rule that no secret is passed to the log in the first place.
  const redact = ['*.authorization', '*.key', '*.token', '*.passphrase'];
  return pino({ level, base, redact }, pino.destination({ fd: 2, sync: true }));
}

/** Code and sentence of our own errors; of others only the kind, since their text is not ours. */
export function wordsOf(error: unknown): { readonly code: string; readonly reason: string } {
  if (error instanceof VeilsumError) return { code: error.code, reason: error.message };
  return { code: 'INTERNAL', reason: error instanceof Error ? error.name : 'unknown failure' };
}
