import type { LoggerService } from '@nestjs/common';
import { pino, type LevelWithSilent, type Logger } from 'pino';

/** Ids, codes and plain sentences; never a token, a body or a header. */
export type Log = Logger;

/** JSON lines on standard error; standard output is left to the ready line. */
export function createLog(level: LevelWithSilent, memberId: string): Log {
  const options = {
    level,
    base: { service: 'gateway', memberId },
    // A net under the rule that no secret is passed to the log in the first place.
    redact: ['*.authorization', '*.headers', '*.token', '*.passphrase'],
  };
  return pino(options, pino.destination({ fd: 2, sync: true }));
}

/** The framework's own messages, in the gateway's log. */
export class FrameworkLog implements LoggerService {
  constructor(private readonly destination: Log) {}

  log(message: unknown): void {
    this.destination.debug(text(message));
  }

  error(message: unknown): void {
    this.destination.error(text(message));
  }

  warn(message: unknown): void {
    this.destination.warn(text(message));
  }
}

function text(message: unknown): string {
  if (typeof message === 'string') return message;
  return message instanceof Error ? message.message : 'message of the framework';
}
