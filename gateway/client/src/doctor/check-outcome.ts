/** One thing that was looked at; `mend` says what to do when it is not in order. */
export interface CheckOutcome {
  readonly check: string;
  readonly ok: boolean;
  readonly found: string;
  readonly mend: string;
}
