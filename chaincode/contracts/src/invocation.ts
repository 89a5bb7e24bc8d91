import { VeilsumError } from '@veilsum/protocol';
import type { LedgerContract } from './ledger-contract.js';
import type { TransactionContext } from './transaction-stub.js';

/** A transaction as a client names it. */
export interface Invocation {
  readonly contract: string;
  readonly transaction: string;
  /** JSON text. */
  readonly argument: string;
}

/**
 * The names that callers may use: the functions of the contract's own class, as Fabric's chaincode
 * library finds them.
 */
export function transactionNames(contract: LedgerContract): string[] {
  const prototype: unknown = Object.getPrototypeOf(contract);
  return Object.getOwnPropertyNames(prototype).filter(
    (name) => name !== 'constructor' && !name.startsWith('_'),
  );
}

/**
 * Runs one transaction in process, as Fabric's chaincode library would.
 * @returns what the contract returns, JSON text
 * @throws Error whose message is `CODE: sentence`
 */
export async function invokeTransaction(
  contracts: readonly LedgerContract[],
  context: TransactionContext,
  { contract, transaction, argument }: Invocation,
): Promise<string> {
  const called = contracts.find((candidate) => candidate.getName() === contract);
  if (called === undefined || !transactionNames(called).includes(transaction)) {
    throw new Error(unknownTransaction(contract, transaction).toLedgerMessage());
  }
  const functions = called as unknown as Readonly<Record<string, TransactionFunction>>;
  const run = functions[transaction];
  if (run === undefined)
    throw new Error(unknownTransaction(contract, transaction).toLedgerMessage());
  return run.call(called, context, argument);
}

type TransactionFunction = (
  this: LedgerContract,
  context: TransactionContext,
  argument: string,
) => Promise<string>;

function unknownTransaction(contract: string, transaction: string): VeilsumError {
  return new VeilsumError(
    'UNKNOWN_TRANSACTION',
    `There is no transaction ${contract}:${transaction}.`,
  );
}
