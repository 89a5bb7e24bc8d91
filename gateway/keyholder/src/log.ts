import { VeilsumError } from '@veilsum/protocol';
import { pino, type Logger, type LevelWithSilent } from 'pino';

/** What may appear in a log: ids, codes and plain sentences; never a share, a passphrase or a plaintext. */
export type Log = Pick<Logger, 'info' | 'warn' | 'error' | 'debug' | 'fatal'>;

/** JSON lines on standard error; standard output is left to the ready line. */
export function createLog(level: LevelWithSilent, memberId: string): Logger {
  const options = {
    level,
    base: { service: 'keyholder', memberId },
    // A net under the rule that no secret is passed to the log in the first place.
    redact: { paths: ['*.passphrase', '*.share', '*.value', '*.token', '*.authorization'] },
  };
  return pino(options, pino.destination({ fd: 2, sync: true }));
}

/** Code and sentence of our own errors; of others only the kind, since their text is not ours. */
export function wordsOf(error: unknown): { code: string; reason: string } {
  if (error instanceof VeilsumError) return { code: error.code, reason: error.message };
  return { code: 'INTERNAL', reason: error instanceof Error ? error.name : 'unknown failure' };
}
