import { randomUUID } from 'node:crypto';

import {
  VeilsumError,
  errorCodes,
  problemSchema,
  type ErrorCode,
  type Problem,
} from '@veilsum/protocol';

/** The problem document (RFC 9457) of an error; what is not meant for callers becomes INTERNAL. */
export function problemOf(error: unknown): Problem {
  const { code, message, transactionId } =
    error instanceof VeilsumError
      ? error
      : new VeilsumError('INTERNAL', 'The ledger failed unexpectedly.');
  const { title, httpStatus, transient } = errorCodes[code];
  return {
    type: `urn:veilsum:error:${code}`,
    title,
    status: httpStatus,
    detail: message,
    code,
    retryable: transient,
    ...(transactionId === undefined ? {} : { transactionId }),
    correlationId: randomUUID(),
  };
}

/** The error of a problem document, or undefined when the text is none. */
export function errorOfProblem(text: string): VeilsumError | undefined {
  const parsed = problemSchema.safeParse(parseJson(text));
  if (!parsed.success || !(parsed.data.code in errorCodes)) return undefined;
  const { code, detail, transactionId } = parsed.data;
  return new VeilsumError(
    code as ErrorCode,
    detail,
    transactionId === undefined ? {} : { transactionId },
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
