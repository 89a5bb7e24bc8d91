/** What a code means to whoever meets it; docs/error-codes.md is generated from this. */
export interface ErrorCodeEntry {
  /** HTTP status of the problem document. */
  readonly httpStatus: number;
  /** Whether the same call can succeed later. */
  readonly transient: boolean;
  readonly title: string;
  readonly wayOut: string;
  /** A sentence as its reader meets it, with made-up names. */
  readonly example: string;
}

/** One row of the table of codes; the sentences are its title, the way out and the example. */
export const entry = (
  httpStatus: number,
  transient: boolean,
  ...[title, wayOut, example]: [string, string, string]
): ErrorCodeEntry => ({ httpStatus, transient, title, wayOut, example });
