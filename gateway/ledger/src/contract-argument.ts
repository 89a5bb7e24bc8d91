import { encodeCanonicalJson, type JsonValue } from '@veilsum/crypto';
import { VeilsumError } from '@veilsum/protocol';

/** Contracts refuse longer arguments as well; this keeps them from being sent or parsed at all. */
const ARGUMENT_CHARACTERS_MAX = 1_000_000;

/**
 * The one argument of a transaction, as canonical JSON text.
 * @throws {@link VeilsumError} LIMIT_EXCEEDED when it is longer than a ledger takes
 */
export function encodeArgument(value: JsonValue): string {
  const argument = encodeCanonicalJson(value);
  requireArgumentLength(argument);
  return argument;
}

/** @throws {@link VeilsumError} LIMIT_EXCEEDED */
export function requireArgumentLength(argument: string): void {
  if (argument.length <= ARGUMENT_CHARACTERS_MAX) return;
  throw new VeilsumError('LIMIT_EXCEEDED', 'The argument has over 1,000,000 characters.');
}

/** What a contract returned, parsed; nothing becomes null. */
export function decodeResponse(response: string): JsonValue {
  return response === '' ? null : (JSON.parse(response) as JsonValue);
}
