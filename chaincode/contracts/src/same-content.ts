import { encodeCanonicalJson } from '@veilsum/crypto';
import { VeilsumError } from '@veilsum/protocol';

/** Whether two objects have the same canonical JSON. */
export function isSameContent(left: unknown, right: unknown): boolean {
  return encodeCanonicalJson(left) === encodeCanonicalJson(right);
}

/**
 * Whether a stored object is what is sent now, so that sending it again changes nothing.
 * @param added fields of the stored object that the contract added to what was sent
 */
export function isSentAgain<Stored extends object>(
  stored: Stored,
  sent: object,
  added: readonly (keyof Stored & string)[],
): boolean {
  const names: readonly string[] = added;
  const given = Object.entries(stored).filter(([field]) => !names.includes(field));
  return isSameContent(Object.fromEntries(given), sent);
}

/** The error for an id that is taken by other content. */
export function takenId(noun: string, id: string): VeilsumError {
  return new VeilsumError(
    'ALREADY_EXISTS_WITH_DIFFERENT_CONTENT',
    `The ${noun} ${id} exists with other content.`,
  );
}
