import type { JsonValue } from '@veilsum/crypto';
import { VeilsumError } from '@veilsum/protocol';
import type { ZodType } from 'zod';

import type { Ledger, LedgerCommit, LedgerRequest } from './ledger.js';

/** A contract's transaction as documents write it, e.g. `member:list`. */
export type LedgerCall = `${string}:${string}`;

/**
 * Asks a contract and reads its answer strictly.
 * @throws {@link VeilsumError} what the contract says, or UNSUPPORTED_VERSION when its answer is of
 * another form than this release reads
 */
export async function askLedger<Answer>(
  ledger: Pick<Ledger, 'evaluate'>,
  call: LedgerCall,
  argument: object,
  schema: ZodType<Answer>,
): Promise<Answer> {
  return readAnswer(call, await ledger.evaluate(requestOf(call, argument)), schema);
}

/** Submits a transaction, and waits until it is committed. @throws {@link VeilsumError} */
export function tellLedger(
  ledger: Pick<Ledger, 'submit'>,
  call: LedgerCall,
  argument: object,
): Promise<LedgerCommit> {
  return ledger.submit(requestOf(call, argument));
}

/** @throws {@link VeilsumError} UNSUPPORTED_VERSION */
export function readAnswer<Answer>(
  call: LedgerCall,
  answer: JsonValue,
  schema: ZodType<Answer>,
): Answer {
  const parsed = schema.safeParse(answer);
  if (parsed.success) return parsed.data;
  const sentence = `The ledger's answer to ${call} is not in a form that this release reads.`;
  throw new VeilsumError('UNSUPPORTED_VERSION', sentence, { cause: parsed.error });
}

function requestOf(call: LedgerCall, argument: object): LedgerRequest {
  const [contract = '', transaction = ''] = call.split(':');
  // Whatever canonical JSON cannot hold is refused where the argument is encoded.
  return { contract, transaction, argument: argument as JsonValue };
}
