import { encodeCanonicalJson } from '@veilsum/crypto';
import { VeilsumError } from '@veilsum/protocol';
import { z, type ZodError, type ZodType } from 'zod';

/** Above this a stored value, which Fabric counts twice, comes near its envelope limit. */
const ARGUMENT_CHARACTERS_MAX = 1_000_000;

/**
 * The one JSON argument of a transaction.
 * @throws {@link VeilsumError} INVALID_ARGUMENT that names the first field at fault; LIMIT_EXCEEDED
 */
export function parseArgument<Value>(schema: ZodType<Value>, argument: unknown): Value {
  const result = schema.safeParse(parseJson(argument));
  if (!result.success) throw invalidArgument(result.error);
  return result.data;
}

/**
 * The part of an argument whose form another part names.
 * @throws {@link VeilsumError} INVALID_ARGUMENT that names the first field at fault
 */
export function parseContent<Value>(schema: ZodType<Value>, content: unknown): Value {
  const result = schema.safeParse(content);
  if (!result.success) throw invalidArgument(result.error, ['content']);
  return result.data;
}

function parseJson(argument: unknown): unknown {
  if (typeof argument !== 'string') {
    throw new VeilsumError('INVALID_ARGUMENT', 'A transaction takes one argument, a JSON text.');
  }
  if (argument.length > ARGUMENT_CHARACTERS_MAX) {
    throw new VeilsumError('LIMIT_EXCEEDED', 'The argument has over 1,000,000 characters.');
  }
  try {
    const value: unknown = JSON.parse(argument);
    // Refuses what canonical JSON cannot express: fractions, integers past 2^53, `__proto__`.
    encodeCanonicalJson(value);
    return value;
  } catch {
    throw new VeilsumError(
      'INVALID_ARGUMENT',
      'The argument is not a JSON text without fractions.',
    );
  }
}

function invalidArgument(error: ZodError, place: readonly string[] = []): VeilsumError {
  const issue = error.issues[0];
  const path = [...place, ...(issue?.path.map(String) ?? [])];
  if (issue?.code === 'unrecognized_keys') {
    const field = [...path, issue.keys[0] ?? ''].join('.');
    return new VeilsumError('INVALID_ARGUMENT', `The field ${field} is not known.`);
  }
  const field = path.length === 0 ? 'The argument' : `The field ${path.join('.')}`;
  return new VeilsumError(
    'INVALID_ARGUMENT',
    `${field} is not as required: ${issue?.message ?? 'invalid'}.`,
  );
}

/** The argument of a transaction that needs none: `{}`. */
export const nothingSchema = z.strictObject({});
