import { encodeCanonicalJson, sha256Hex, type JsonValue } from '@veilsum/crypto';
import { VeilsumError } from '@veilsum/protocol';
import { createContracts } from '../contract-set.js';
import { invokeTransaction } from '../invocation.js';
import type { LedgerContract } from '../ledger-contract.js';
import type { CallerIdentity, KeyModification } from '../transaction-stub.js';
import {
  MemoryStub,
  rangeDigest,
  rangeOf,
  type CommittedValue,
  type Simulation,
} from './memory-stub.js';
import type { TestIdentity, TestLedger } from './test-ledger.js';

/** A simulated transaction that can be committed once. */
export interface MemoryProposal extends Simulation {
  readonly transactionId: string;
  readonly response: string;
}

interface MemoryIdentity extends TestIdentity {
  readonly pem: Uint8Array;
}

/** 2026-01-01 UTC. */
const START_MS = 1_767_225_600_000;

/** The contracts over state in memory, with Fabric's rules of simulation and validation. */
export class MemoryLedger implements TestLedger {
  readonly #contracts: readonly LedgerContract[];
  readonly #state = new Map<string, CommittedValue>();
  readonly #history = new Map<string, KeyModification[]>();
  readonly #identities = new Map<string, MemoryIdentity>();
  readonly events: { readonly name: string; readonly payload: JsonValue }[] = [];
  #commits = 0;
  #proposals = 0;
  #nowMs = START_MS;

  /** @param contracts over the ledger's own clock, unless others are given */
  constructor(contracts?: readonly LedgerContract[]) {
    this.#contracts = contracts ?? createContracts({ clock: () => this.#nowMs });
  }

  now(): number {
    return this.#nowMs;
  }

  /** Lets ledger time pass. */
  advance(milliseconds: number): void {
    this.#nowMs += milliseconds;
  }

  identity(name: string, mspId: string): Promise<TestIdentity> {
    const known = this.#identities.get(name) ?? memoryIdentity(name, mspId);
    this.#identities.set(name, known);
    return Promise.resolve({ mspId: known.mspId, fingerprint: known.fingerprint });
  }

  async submit(
    as: string,
    contract: string,
    transaction: string,
    argument: unknown,
  ): Promise<JsonValue> {
    const proposal = await this.propose(as, contract, transaction, argument);
    this.commit(proposal);
    return JSON.parse(proposal.response) as JsonValue;
  }

  async evaluate(
    as: string,
    contract: string,
    transaction: string,
    argument: unknown,
  ): Promise<JsonValue> {
    const { response } = await this.propose(as, contract, transaction, argument);
    return JSON.parse(response) as JsonValue;
  }

  /** Simulates a transaction without committing it. */
  async propose(
    as: string,
    contract: string,
    transaction: string,
    argument: unknown,
  ): Promise<MemoryProposal> {
    const context = this.openContext(as);
    const response = await invokeTransaction(this.#contracts, context, {
      contract,
      transaction,
      argument: encodeCanonicalJson(argument),
    });
    const { stub } = context;
    return { ...stub.simulation, transactionId: stub.getTxID(), response };
  }

  /** @throws {@link VeilsumError} MVCC_CONFLICT when something that was read has changed */
  commit(proposal: MemoryProposal): void {
    if (!this.#isCurrent(proposal)) {
      throw new VeilsumError('MVCC_CONFLICT', 'Something that was read has changed.');
    }
    this.#commits += 1;
    for (const [key, value] of proposal.writes) this.#write(proposal.transactionId, key, value);
    if (proposal.event !== undefined) {
      const { name, payload } = proposal.event;
      const text = new TextDecoder().decode(payload);
      this.events.push({ name, payload: JSON.parse(text) as JsonValue });
    }
  }

  /** A context of an enrolled identity, to run a transaction on as the ledger would. */
  openContext(as: string): { readonly stub: MemoryStub; readonly clientIdentity: CallerIdentity } {
    const identity = this.#identities.get(as);
    if (identity === undefined) throw new Error(`There is no identity ${as}.`);
    return {
      stub: this.#openStub(),
      clientIdentity: { getMSPID: () => identity.mspId, getIDBytes: () => identity.pem },
    };
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #openStub(): MemoryStub {
    this.#proposals += 1;
    return new MemoryStub({
      state: this.#state,
      history: this.#history,
      transactionId: sha256Hex(new TextEncoder().encode(`transaction ${this.#proposals}`)),
      timestamp: {
        seconds: Math.trunc(this.#nowMs / 1000),
        nanos: (this.#nowMs % 1000) * 1_000_000,
      },
    });
  }

  #isCurrent({ reads, ranges }: Simulation): boolean {
    return (
      [...reads].every(([key, version]) => this.#state.get(key)?.version === version) &&
      ranges.every(({ prefix, seen }) => rangeDigest(rangeOf(this.#state, prefix)) === seen)
    );
  }

  #write(txId: string, key: string, value: Uint8Array | undefined): void {
    if (value === undefined) this.#state.delete(key);
    else this.#state.set(key, { value, version: this.#commits });
    const changes = this.#history.get(key) ?? [];
    changes.push({
      txId,
      timestamp: { seconds: Math.trunc(this.#nowMs / 1000), nanos: 0 },
      isDelete: value === undefined,
      value: value ?? new Uint8Array(),
    });
    this.#history.set(key, changes);
  }
}

/** Contracts only hash the certificate, so any bytes will do for one. */
function memoryIdentity(name: string, mspId: string): MemoryIdentity {
  const der = new TextEncoder().encode(`certificate of ${name} at ${mspId}`);
  const base64 = Buffer.from(der).toString('base64');
  const pem = `-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----\n`;
  return { mspId, fingerprint: sha256Hex(der), pem: new TextEncoder().encode(pem) };
}
