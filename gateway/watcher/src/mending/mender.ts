import type { Alert, AlertKind } from '@veilsum/protocol';

/**
 * Does what mends an alert, if it can be done now. It may be called again and again.
 * @returns what was done, or undefined when there is nothing to do yet
 * @throws {@link VeilsumError} when it was tried and failed
 */
export type Mender = (alert: Alert) => Promise<string | undefined>;

/** Who mends which kinds of alert. */
export type Menders = Partial<Record<AlertKind, Mender>>;

/** The id after a word of an alert's subject, e.g. of `query` in `query:c0ffee…`. */
export function subjectId({ subject }: Pick<Alert, 'subject'>, word: string): string | undefined {
  const part = subject.split('/').find((one) => one.startsWith(`${word}:`));
  return part?.slice(word.length + 1);
}
