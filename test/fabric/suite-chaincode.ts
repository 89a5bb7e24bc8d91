import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import {
  serveTransactions,
  type ServedChaincode,
  type TransactionRunner,
} from '@veilsum/chaincode-server';
import {
  createContracts,
  invokeTransaction,
  type StateEntry,
  type TransactionStub,
} from '@veilsum/contracts';
import { crashProcess, listProcesses } from '@veilsum/local-network';
import type { EndorsementPolicy } from '@veilsum/rules';

/**
 * A part of the state that looks like a whole ledger: every composite key begins with the part's name.
 * Each case of the contract suite gets one, since a network takes long to found.
 */
class PartitionStub implements TransactionStub {
  readonly #stub: TransactionStub;
  readonly #prefix: string;

  constructor(stub: TransactionStub, partition: string) {
    this.#stub = stub;
    this.#prefix = `${partition}/`;
  }

  getTxID(): string {
    return this.#stub.getTxID();
  }
  getChannelID(): string {
    return this.#stub.getChannelID();
  }
  getTxTimestamp() {
    return this.#stub.getTxTimestamp();
  }
  getState(key: string): Promise<Uint8Array> {
    return this.#stub.getState(key);
  }
  putState(key: string, value: Uint8Array): Promise<void> {
    return this.#stub.putState(key, value);
  }
  deleteState(key: string): Promise<void> {
    return this.#stub.deleteState(key);
  }
  setStateEndorsementPolicy(key: string, policy: EndorsementPolicy): Promise<void> {
    return this.#stub.setStateEndorsementPolicy(key, policy);
  }
  getStateByPartialCompositeKey(type: string, attributes: string[]): AsyncIterable<StateEntry> {
    return this.#stub.getStateByPartialCompositeKey(this.#prefix + type, attributes);
  }
  getHistoryForKey(key: string) {
    return this.#stub.getHistoryForKey(key);
  }
  createCompositeKey(type: string, attributes: string[]): string {
    return this.#stub.createCompositeKey(this.#prefix + type, attributes);
  }
  splitCompositeKey(key: string): { objectType: string; attributes: string[] } {
    const { objectType, attributes } = this.#stub.splitCompositeKey(key);
    return { objectType: objectType.slice(this.#prefix.length), attributes };
  }
  setEvent(name: string, payload: Uint8Array): void {
    this.#stub.setEvent(name, payload);
  }
}

/** The contracts; `case17/member:register` runs `member:register` in the partition `case17`. */
function partitionedRunner(): TransactionRunner {
  const contracts = createContracts({ clock: Date.now, founderMspId: 'AssociationMSP' });
  return ({ stub, clientIdentity }, { contract, ...invocation }) => {
    const [partition = '', name = ''] = contract.split('/');
    const context = { stub: new PartitionStub(stub, partition), clientIdentity };
    return invokeTransaction(contracts, context, { ...invocation, contract: name });
  };
}

/** Puts a partitioned server in the place of each organisation's own. */
export function serveSuite(folder: string): Promise<Map<string, ServedChaincode>> {
  return serveInPlace(folder, partitionedRunner());
}

/**
 * Puts a server of this process in the place of each organisation's own, under its name and address.
 * @returns the servers by MSP id
 */
export async function serveInPlace(
  folder: string,
  run: TransactionRunner,
): Promise<Map<string, ServedChaincode>> {
  const running = (await listProcesses(folder)).filter(({ kind }) => kind === 'chaincode');
  const served = new Map<string, ServedChaincode>();
  for (const { name, organisation } of running) {
    const text = await readFile(join(folder, 'processes', `${name}.json`), 'utf8');
    const { chaincodeId, address } = JSON.parse(text) as { chaincodeId: string; address: string };
    await crashProcess(folder, name);
    served.set(organisation, await serveOnceFree({ chaincodeId, address, run }));
  }
  return served;
}

/** The threads of a killed process may hold its port for a moment. */
async function serveOnceFree(
  options: Parameters<typeof serveTransactions>[0],
  attempts = 50,
): Promise<ServedChaincode> {
  try {
    return await serveTransactions(options);
  } catch (error) {
    if (attempts <= 1) throw error;
    await new Promise((resolve) => setTimeout(resolve, 100));
    return serveOnceFree(options, attempts - 1);
  }
}
