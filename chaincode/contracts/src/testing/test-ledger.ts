import type { JsonValue } from '@veilsum/crypto';
import { VeilsumError, parseLedgerMessage, type ErrorCode } from '@veilsum/protocol';
import assert from 'node:assert/strict';

/** An enrolled identity as the ledger shows it to contracts. */
export interface TestIdentity {
  readonly mspId: string;
  /** SHA-256 of the certificate's DER, hex. */
  readonly fingerprint: string;
}

/** What the contract suite needs of a ledger, whichever it is. */
export interface TestLedger {
  /** The identity of a name; it is enrolled when it is first asked for, at the authority of its MSP. */
  identity(name: string, mspId: string): Promise<TestIdentity>;
  /** @returns what the contract returned, parsed, once committed */
  submit(as: string, contract: string, transaction: string, argument: unknown): Promise<JsonValue>;
  evaluate(
    as: string,
    contract: string,
    transaction: string,
    argument: unknown,
  ): Promise<JsonValue>;
  /** The ledger time of the next transaction, in milliseconds, about. */
  now(): number;
  close(): Promise<void>;
}

/** One behaviour that every ledger must show; `run` throws when it does not. */
export interface ContractCase {
  readonly name: string;
  run(ledger: TestLedger): Promise<void>;
}

/** Asserts that a call is refused with a code, and optionally that the sentence says something. */
export async function requireRefusal(
  call: Promise<unknown>,
  code: ErrorCode,
  sentence?: RegExp,
): Promise<void> {
  const outcome = await call.then(
    () => undefined,
    (error: unknown) => refusalOf(error),
  );
  assert.ok(outcome !== undefined, `The call succeeded instead of being refused with ${code}.`);
  assert.equal(outcome.code, code, outcome.message);
  if (sentence !== undefined) assert.match(outcome.message, sentence);
}

function refusalOf(error: unknown): VeilsumError {
  if (error instanceof VeilsumError) return error;
  const known = error instanceof Error ? parseLedgerMessage(error.message) : undefined;
  assert.ok(known !== undefined, `An error without a code: ${String(error)}`);
  return known;
}
