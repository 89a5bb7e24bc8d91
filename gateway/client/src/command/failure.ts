import { errorCodes, VeilsumError } from '@veilsum/protocol';
import { CryptoError } from '@veilsum/crypto';
import type { Output } from './output.js';

/** A failure as a person or a program reads it. */
export interface Failure {
  readonly code: string;
  readonly message: string;
  readonly wayOut: string;
  readonly retryable: boolean;
}

/** @returns what to say of an error; an unexpected one says no more than that, since it may hold secrets */
export function describeFailure(error: unknown): Failure {
  if (error instanceof VeilsumError) {
    return {
      code: error.code,
      message: error.message,
      wayOut: errorCodes[error.code].wayOut,
      retryable: error.transient,
    };
  }
  if (error instanceof CryptoError) {
    return { code: error.code, message: error.message, wayOut: '', retryable: false };
  }
  const name = error instanceof Error ? error.name : 'Error';
  return {
    code: 'INTERNAL',
    message: `${errorCodes.INTERNAL.title} (${name}; set VEILSUM_DEBUG=1 to see it whole)`,
    wayOut: errorCodes.INTERNAL.wayOut,
    retryable: false,
  };
}

/** Prints a failure and sets exit status 1. */
export function reportFailure(error: unknown, output: Output): void {
  const failure = describeFailure(error);
  if (process.env['VEILSUM_DEBUG'] === '1') output.note(String((error as Error).stack ?? error));
  output.result({ error: failure });
  if (!output.json) {
    output.note(`${failure.code}: ${failure.message}`);
    if (failure.wayOut !== '') output.note(failure.wayOut);
  }
  process.exitCode = 1;
}
