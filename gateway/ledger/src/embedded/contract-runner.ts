import type { CallerIdentity, TransactionContext } from '@veilsum/contracts';
import { VeilsumError, parseLedgerMessage, type TransactionProposal } from '@veilsum/protocol';

import { Simulation, type SimulationPurpose, type SimulationResult } from './simulation.js';
import type { StateView } from './state-view.js';

/** What the ledger uses of a contract class written for Fabric. */
export interface LedgerContractClass {
  getName(): string;
  createContext(): object;
  beforeTransaction(context: never): Promise<void>;
  aroundTransaction(context: never, transaction: never, parameters: unknown): Promise<unknown>;
  afterTransaction(context: never, result: unknown): Promise<void>;
}

/** One transaction to run: what was asked, by whom, on which state. */
export interface ContractCall {
  readonly proposal: TransactionProposal;
  readonly caller: CallerIdentity;
  readonly view: StateView;
  readonly purpose: SimulationPurpose;
}

/** Functions that every contract inherits and nobody calls from outside. */
const LIFECYCLE = new Set([
  'constructor',
  'beforeTransaction',
  'afterTransaction',
  'aroundTransaction',
  'unknownTransaction',
  'createContext',
  'getName',
]);

/** Runs contracts as Fabric's chaincode process does, without Fabric. */
export class ContractRunner {
  readonly #contracts = new Map<string, LedgerContractClass>();
  readonly #transactions = new Map<string, ReadonlySet<string>>();

  constructor(contracts: readonly LedgerContractClass[]) {
    for (const contract of contracts) {
      this.#contracts.set(contract.getName(), contract);
      this.#transactions.set(contract.getName(), transactionsOf(contract));
    }
  }

  /**
   * Runs a transaction without writing.
   * @throws {@link VeilsumError} what the contract refused with, UNKNOWN_TRANSACTION, or INTERNAL when
   * the contract failed in any other way
   */
  async run(call: ContractCall): Promise<SimulationResult> {
    const { contract: name, transaction, transactionId } = call.proposal;
    const contract = this.#contracts.get(name);
    if (contract === undefined || this.#transactions.get(name)?.has(transaction) !== true) {
      throw new VeilsumError(
        'UNKNOWN_TRANSACTION',
        `There is no transaction ${name}:${transaction}.`,
        { transactionId },
      );
    }
    try {
      return await invoke(contract, call);
    } catch (error) {
      throw refusalOf(error, transactionId);
    }
  }
}

async function invoke(
  contract: LedgerContractClass,
  { proposal, caller, view, purpose }: ContractCall,
): Promise<SimulationResult> {
  const stub = new Simulation(proposal, view, purpose);
  const context = Object.assign(contract.createContext(), {
    stub,
    clientIdentity: caller,
  } satisfies TransactionContext) as never;
  await contract.beforeTransaction(context);
  const result = await contract.aroundTransaction(context, proposal.transaction as never, [
    proposal.argument,
  ]);
  await contract.afterTransaction(context, result);
  return stub.result(encodeResponse(result));
}

/** As Fabric's serializer: text goes as it is, nothing becomes empty, anything else becomes JSON. */
function encodeResponse(result: unknown): string {
  if (result === undefined || result === null) return '';
  return typeof result === 'string' ? result : JSON.stringify(result);
}

/** Fabric offers the functions of the class itself; those of its base classes are none. */
function transactionsOf(contract: LedgerContractClass): ReadonlySet<string> {
  const prototype = Object.getPrototypeOf(contract) as Record<string, unknown>;
  return new Set(
    Object.getOwnPropertyNames(prototype).filter(
      (name) => !LIFECYCLE.has(name) && typeof prototype[name] === 'function',
    ),
  );
}

/** Only the message of a contract's error crosses a peer, and unexpected ones may tell too much. */
function refusalOf(error: unknown, transactionId: string): VeilsumError {
  const known =
    error instanceof VeilsumError
      ? error
      : parseLedgerMessage(error instanceof Error ? error.message : '');
  const { code, message } =
    known ?? new VeilsumError('INTERNAL', 'The contract failed unexpectedly.');
  return new VeilsumError(code, message, { transactionId, cause: error });
}
