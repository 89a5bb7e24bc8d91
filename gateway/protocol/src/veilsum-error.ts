import { errorCodes, type ErrorCode } from './error-codes/index.js';

/** A refusal or failure with a stable code; its message is the plain sentence alone, never a secret. */
export class VeilsumError extends Error {
  /** Stable code, the same in API, command line and ledger. */
  readonly code: ErrorCode;
  /** Id of the ledger transaction it is about, if any. */
  readonly transactionId: string | undefined;

  constructor(
    code: ErrorCode,
    sentence: string,
    options: { transactionId?: string; cause?: unknown } = {},
  ) {
    super(sentence, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'VeilsumError';
    this.code = code;
    this.transactionId = options.transactionId;
  }

  /** Whether trying the same again later can succeed. */
  get transient(): boolean {
    return errorCodes[this.code].transient;
  }

  /** `CODE: sentence`, the only form in which an error crosses a peer. */
  toLedgerMessage(): string {
    return `${this.code}: ${this.message}`;
  }
}

/**
 * Reads `CODE: sentence` anywhere in a peer's message.
 * @returns the error it names, or undefined when no known code is in it
 */
export function parseLedgerMessage(message: string): VeilsumError | undefined {
  const match = /\b([A-Z][A-Z0-9_]{2,63}): ([\s\S]+)$/.exec(message);
  const code = match?.[1];
  const sentence = match?.[2];
  if (code === undefined || sentence === undefined || !(code in errorCodes)) return undefined;
  return new VeilsumError(code as ErrorCode, sentence);
}
