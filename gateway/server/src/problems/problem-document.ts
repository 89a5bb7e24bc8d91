import { HttpException } from '@nestjs/common';
import { errorCodes, VeilsumError, type ErrorCode, type Problem } from '@veilsum/protocol';
import { ZodError } from 'zod';

/** Codes for refusals that the HTTP framework makes itself. */
const frameworkCodes: Readonly<Record<number, ErrorCode>> = {
  400: 'INVALID_ARGUMENT',
  404: 'NOT_FOUND',
  405: 'NOT_FOUND',
  413: 'LIMIT_EXCEEDED',
  415: 'INVALID_ARGUMENT',
};

/** Sentences for refusals of the framework, whose own may quote the request. */
const frameworkSentences: Partial<Record<ErrorCode, string>> = {
  INVALID_ARGUMENT: 'The request is not well-formed.',
  NOT_FOUND: 'There is nothing at this address.',
  LIMIT_EXCEEDED: 'The request is longer than this address takes.',
};

/**
 * The refusal that an error stands for. Whatever is not a refusal of ours becomes INTERNAL with a
 * sentence that tells nothing.
 */
export function refusalOf(error: unknown): VeilsumError {
  if (error instanceof VeilsumError) return error;
  if (error instanceof ZodError) return new VeilsumError('INVALID_ARGUMENT', sentenceOf(error));
  const code = frameworkCodes[statusOf(error)];
  const sentence = code === undefined ? undefined : frameworkSentences[code];
  if (code === undefined || sentence === undefined) {
    const internal = 'Something went wrong inside the gateway; its log says more.';
    return new VeilsumError('INTERNAL', internal, { cause: error });
  }
  return new VeilsumError(code, sentence, { cause: error });
}

/** RFC 9457 problem document, the body of every failure. */
export function problemDocument(refusal: VeilsumError, correlationId: string): Problem {
  const { httpStatus, title, transient } = errorCodes[refusal.code];
  return {
    type: `urn:veilsum:error:${refusal.code}`,
    title,
    status: httpStatus,
    detail: refusal.message,
    code: refusal.code,
    retryable: transient,
    ...(refusal.transactionId === undefined ? {} : { transactionId: refusal.transactionId }),
    correlationId,
  };
}

/** Body parsers throw errors of their own with a status; others come as exceptions of the framework. */
function statusOf(error: unknown): number {
  if (error instanceof HttpException) return error.getStatus();
  const status = (error as { readonly status?: unknown } | null | undefined)?.status;
  return typeof status === 'number' ? status : 500;
}

function sentenceOf(error: ZodError): string {
  const issue = error.issues[0];
  return `${issue?.path.map(String).join('.') ?? ''}: ${issue?.message ?? 'not valid'}`;
}
