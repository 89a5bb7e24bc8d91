import { VeilsumError, type ErrorCode } from '@veilsum/protocol';

/** The ledger keeps no longer reason (committee.ts of the formats). */
const REASON_MAX = 500;

/**
 * A check of docs/protocol.md §6.3–6.5 found what must not be: the keyholder takes no further part in
 * the attempt and says so on the ledger. Anything else that goes wrong is tried again, or is a defect.
 */
export class Refusal extends VeilsumError {
  /** @param reason plain sentence for everyone who reads the ledger; ids at most, never a secret */
  constructor(code: ErrorCode, reason: string, cause?: unknown) {
    super(code, reason.slice(0, REASON_MAX), cause === undefined ? {} : { cause });
    this.name = 'Refusal';
  }
}

/** Runs a check whose failure of any kind means that the object shown is not what it has to be. */
export function refuseUnless<T>(code: ErrorCode, reason: string, check: () => T): T {
  try {
    return check();
  } catch (error) {
    if (error instanceof Refusal) throw error;
    throw new Refusal(code, reason, error);
  }
}
