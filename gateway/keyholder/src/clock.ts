/** The keyholder's own time; dates are never judged by anyone else's clock (docs/protocol.md §6.3). */
export interface Clock {
  /** @returns milliseconds since 1970-01-01 UTC */
  now(): number;
}

/** The clock of the machine that the keyholder runs on. */
export const systemClock: Clock = { now: () => Date.now() };
