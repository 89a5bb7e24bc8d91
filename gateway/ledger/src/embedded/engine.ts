import {
  VeilsumError,
  genesisSchema,
  type Block,
  type Genesis,
  type TransactionEnvelope,
} from '@veilsum/protocol';
import { createContracts } from '@veilsum/contracts';

import type { FollowOptions } from '../ledger.js';
import { createGenesisBlock, decodeBlock } from './block-encoding.js';
import { BlockWriter, outcomeOf } from './block-writer.js';
import { CertifiedCaller } from './caller-identity.js';
import { ContractRunner, type LedgerContractClass } from './contract-runner.js';
import { EnvelopeCheck, digestOf, type VerifiedEnvelope } from './envelope-check.js';
import { LedgerStore } from './ledger-store.js';
import { contractOptionsOf } from './genesis-options.js';
import type { LedgerService, LedgerStatus, TransactionOutcome } from './ledger-service.js';
import type { SimulationPurpose, SimulationResult } from './simulation.js';

/** Makes the contracts of a ledger; `clock` is absent where committed transactions are replayed. */
export type ContractFactory = (options: {
  clock?: () => number;
  founderFingerprint?: string;
  mspIds?: readonly string[];
}) => readonly LedgerContractClass[];

export interface EngineOptions {
  /** Folder of the database; made when it is not there. */
  readonly folder: string;
  /** Becomes block 0 of a new ledger; an existing ledger must have been founded with the same. */
  readonly genesis: Genesis;
  /** Milliseconds since 1970; the machine's clock when absent. */
  readonly clock?: () => number;
  /** The consortium's contracts when absent. */
  readonly contracts?: ContractFactory;
}

interface PendingTransaction {
  readonly digest: string;
  readonly outcome: Promise<TransactionOutcome>;
}

/**
 * A ledger of one process with Fabric's semantics (docs/architecture.md, Ledger adapters): signed
 * transactions, simulation, read and write sets, hash-linked blocks, validation at commit. Whoever runs
 * it can withhold or reorder transactions and can throw the ledger away, but cannot forge a
 * transaction or rewrite blocks that another member has seen.
 */
export class EmbeddedEngine implements LedgerService {
  readonly #store: LedgerStore;
  readonly #check: EnvelopeCheck;
  readonly #runner: ContractRunner;
  readonly #writer: BlockWriter;
  readonly #genesisBlock: Block;
  readonly #channel: string;
  readonly #pending = new Map<string, PendingTransaction>();
  readonly #failed: Promise<Error>;

  private constructor(store: LedgerStore, options: EngineOptions) {
    const { genesis, clock = Date.now, contracts = createContracts } = options;
    this.#store = store;
    this.#genesisBlock = store.readBlock(0);
    this.#channel = genesis.channel;
    this.#check = new EnvelopeCheck(genesis);
    this.#runner = new ContractRunner(contracts({ clock, ...contractOptionsOf(genesis) }));
    let onFailure: (error: Error) => void = () => undefined;
    this.#failed = new Promise((resolve) => {
      onFailure = resolve;
    });
    this.#writer = new BlockWriter(store, onFailure);
  }

  /**
   * Opens a ledger, or founds it when the folder is empty.
   * @throws {@link VeilsumError} STATE_FOLDER_INVALID when another process has it open or it was founded
   * otherwise, LEDGER_INTEGRITY when its records are damaged
   */
  static async open(options: EngineOptions): Promise<EmbeddedEngine> {
    const store = await LedgerStore.open(options.folder);
    try {
      const genesisBlock = createGenesisBlock(genesisSchema.parse(options.genesis));
      if (store.height === 0) await store.append(genesisBlock);
      if (store.readBlock(0).hash !== genesisBlock.block.hash) {
        throw new VeilsumError(
          'STATE_FOLDER_INVALID',
          'The folder holds a ledger that was founded otherwise.',
        );
      }
      return new EmbeddedEngine(store, options);
    } catch (error) {
      await store.close();
      throw error;
    }
  }

  /** Resolves when the disk refused a block; the ledger accepts nothing from then on. */
  get failed(): Promise<Error> {
    return this.#failed;
  }

  async submit(envelope: TransactionEnvelope): Promise<TransactionOutcome> {
    const verified = this.#check.verify(envelope);
    const digest = digestOf(verified.envelope);
    const { transactionId } = verified.envelope.proposal;
    const known = this.#pending.get(transactionId) ?? this.#committed(transactionId);
    if (known !== undefined) {
      requireSame(known.digest, digest, transactionId);
      return known.outcome;
    }
    const outcome = this.#order(verified);
    this.#pending.set(transactionId, { digest, outcome });
    try {
      return await outcome;
    } finally {
      this.#pending.delete(transactionId);
    }
  }

  async evaluate(envelope: TransactionEnvelope): Promise<string> {
    const { response } = await this.#simulate(this.#check.verify(envelope), 'evaluate');
    return response;
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- over HTTP it takes time
  async findTransaction(transactionId: string): Promise<TransactionOutcome | undefined> {
    return this.#read(transactionId)?.outcome;
  }

  async *blocks({ fromBlock, signal }: FollowOptions): AsyncGenerator<Block> {
    for await (const text of this.#store.followBlockTexts(fromBlock, signal)) {
      yield decodeBlock(text);
    }
  }

  /** Canonical JSON of blocks, as stored. */
  blockTexts({ fromBlock, signal }: FollowOptions): AsyncIterable<string> {
    return this.#store.followBlockTexts(fromBlock, signal);
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- over HTTP it takes time
  async status(): Promise<LedgerStatus> {
    return {
      channel: this.#channel,
      genesisHash: this.#genesisBlock.hash,
      height: this.#store.height,
      headHash: (this.#store.last ?? this.#genesisBlock).hash,
    };
  }

  /** Waits for what is being written, then gives the database back. */
  async close(): Promise<void> {
    await Promise.allSettled([...this.#pending.values()].map(({ outcome }) => outcome));
    await this.#writer.drain();
    await this.#store.close();
  }

  async #order(verified: VerifiedEnvelope): Promise<TransactionOutcome> {
    const simulation = await this.#simulate(verified, 'submit');
    return this.#writer.write(verified.envelope, simulation);
  }

  async #simulate(
    { envelope: { proposal }, caller }: VerifiedEnvelope,
    purpose: SimulationPurpose,
  ): Promise<SimulationResult> {
    const view = this.#store.snapshot();
    try {
      return await this.#runner.run({
        proposal,
        caller: new CertifiedCaller(caller),
        view,
        purpose,
      });
    } finally {
      await view.close();
    }
  }

  #committed(transactionId: string): PendingTransaction | undefined {
    const found = this.#read(transactionId);
    if (found === undefined) return undefined;
    return { digest: digestOf(found.envelope), outcome: Promise.resolve(found.outcome) };
  }

  #read(
    transactionId: string,
  ): { envelope: TransactionEnvelope; outcome: TransactionOutcome } | undefined {
    const position = this.#store.findTransaction(transactionId);
    if (position === undefined) return undefined;
    const transaction = this.#store.readBlock(position.block).transactions[position.transaction];
    if (transaction === undefined) {
      throw new VeilsumError(
        'LEDGER_INTEGRITY',
        'The transaction index names a missing transaction.',
      );
    }
    return { envelope: transaction.envelope, outcome: outcomeOf(transaction, position.block) };
  }
}

function requireSame(known: string, digest: string, transactionId: string): void {
  if (known === digest) return;
  throw new VeilsumError(
    'ALREADY_EXISTS_WITH_DIFFERENT_CONTENT',
    'This transaction id was used for another transaction; choose a new one.',
    { transactionId },
  );
}
