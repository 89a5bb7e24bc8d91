import { createContracts } from '@veilsum/contracts';
import { encodeCanonicalJson, type JsonValue } from '@veilsum/crypto';
import { VeilsumError, type Block, type Genesis } from '@veilsum/protocol';

import { decodeResponse } from '../contract-argument.js';
import type {
  FollowOptions,
  Ledger,
  LedgerBlock,
  LedgerCommit,
  LedgerEvent,
  LedgerRequest,
} from '../ledger.js';
import type { TransactionSigner } from '../signer.js';
import { decodeBlock } from './block-encoding.js';
import { BlockVerification } from './block-verification.js';
import { CertifiedCaller } from './caller-identity.js';
import { ContractRunner } from './contract-runner.js';
import type { ContractFactory } from './engine.js';
import { contractOptionsOf } from './genesis-options.js';
import { EnvelopeCheck } from './envelope-check.js';
import { ledgerBlockOf } from './ledger-block.js';
import type { LedgerService } from './ledger-service.js';
import { LedgerStore } from './ledger-store.js';
import { createProposal } from './proposal.js';
import { readGenesisBlock, requireGenesis } from './remote-ledger.js';
import { SignedLedger, eventsOf } from './signed-ledger.js';

export interface ReplicaOptions {
  /** Where the ledger is. The replica closes it. */
  readonly service: LedgerService;
  /** Hash of block 0, by which the member knows the ledger. */
  readonly genesisHash: string;
  /** Folder of the replica's own database; made when it is not there. */
  readonly folder: string;
  readonly signer: TransactionSigner;
  /** The consortium's contracts when absent. */
  readonly contracts?: ContractFactory;
  /** Milliseconds since 1970; the machine's clock when absent. */
  readonly clock?: () => number;
  /** How long a call waits while no block comes to the replica; 30 seconds when absent. */
  readonly patienceMs?: number;
}

/**
 * The ledger port of a member who believes nobody: it keeps its own copy, checks every block before it
 * counts, and answers from that copy. What it has seen it remembers, so a ledger that was rewritten or
 * cut is refused with LEDGER_INTEGRITY, also after a restart. It cannot notice that the newest blocks
 * are withheld from it.
 */
export class ReplicaLedger implements Ledger {
  readonly #store: LedgerStore;
  readonly #service: LedgerService;
  readonly #remote: SignedLedger;
  readonly #runner: ContractRunner;
  readonly #verification: BlockVerification;
  readonly #check: EnvelopeCheck;
  readonly #signer: TransactionSigner;
  readonly #channel: string;
  readonly #clock: () => number;
  readonly #patienceMs: number;
  readonly #closing = new AbortController();
  readonly #following: Promise<void>;
  #failure: Error | undefined;

  private constructor(store: LedgerStore, genesis: Genesis, options: ReplicaOptions) {
    const { service, signer, contracts = createContracts, clock = Date.now } = options;
    this.#store = store;
    this.#service = service;
    this.#signer = signer;
    this.#channel = genesis.channel;
    this.#clock = clock;
    this.#patienceMs = options.patienceMs ?? 30_000;
    this.#remote = new SignedLedger({ service, signer, channel: genesis.channel, clock });
    // Without a clock: every transaction is replayed long after it was current.
    this.#runner = new ContractRunner(contracts(contractOptionsOf(genesis)));
    this.#verification = new BlockVerification(store, genesis, this.#runner);
    this.#check = new EnvelopeCheck(genesis);
    this.#following = this.#follow();
  }

  /**
   * Opens the replica, or begins one when the folder is empty, and starts to follow the ledger.
   * @throws {@link VeilsumError} LEDGER_UNAVAILABLE when there is no copy yet and the ledger cannot be
   * reached, LEDGER_INTEGRITY when ledger or copy is not the one that the hash names
   */
  static async open(options: ReplicaOptions): Promise<ReplicaLedger> {
    const store = await LedgerStore.open(options.folder);
    try {
      if (store.height === 0) {
        const block = await readGenesisBlock(options.service, options.genesisHash);
        await store.append({ block, text: encodeCanonicalJson(block) });
      }
      const { genesis } = requireGenesis(store.readBlock(0), options.genesisHash);
      return new ReplicaLedger(store, genesis, options);
    } catch (error) {
      await store.close();
      await options.service.close();
      throw error;
    }
  }

  async submit(request: LedgerRequest): Promise<LedgerCommit> {
    this.#requireIntegrity();
    const { transactionId, blockNumber } = await this.#remote.submit(request);
    await this.#waitForBlock(blockNumber, transactionId);
    const position = this.#store.findTransaction(transactionId);
    const transaction =
      position?.block === blockNumber
        ? this.#store.readBlock(blockNumber).transactions[position.transaction]
        : undefined;
    if (transaction?.validationCode !== 'VALID') {
      const sentence = `The ledger said that block ${blockNumber} has a transaction which is not in it.`;
      throw new VeilsumError('LEDGER_INTEGRITY', sentence, { transactionId });
    }
    return { transactionId, blockNumber, result: decodeResponse(transaction.response) };
  }

  async evaluate(request: LedgerRequest): Promise<JsonValue> {
    await this.#catchUp();
    // For contracts to read who asks; nothing leaves the process, so nothing is signed.
    const proposal = createProposal(request, {
      channel: this.#channel,
      signer: this.#signer,
      timestampMs: this.#clock(),
    });
    const { certificate, mspId } = this.#signer;
    const caller = this.#check.requireCaller(certificate, mspId, proposal.timestampMs);
    const view = this.#store.snapshot();
    try {
      const { response } = await this.#runner.run({
        proposal,
        caller: new CertifiedCaller(caller),
        view,
        purpose: 'evaluate',
      });
      return decodeResponse(response);
    } finally {
      await view.close();
    }
  }

  events(options: FollowOptions): AsyncIterable<LedgerEvent> {
    return eventsOf(this.blocks(options));
  }

  async *blocks({ fromBlock, signal }: FollowOptions): AsyncGenerator<LedgerBlock> {
    for await (const text of this.#store.followBlockTexts(fromBlock, signal)) {
      yield ledgerBlockOf(decodeBlock(text));
    }
  }

  async height(): Promise<number> {
    await this.#catchUp();
    return this.#store.height;
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#service.close();
    await this.#following;
    await this.#store.close();
  }

  async #follow(): Promise<void> {
    const { signal } = this.#closing;
    try {
      // The last block is asked for again: only then can it be seen that it was rewritten.
      const fromBlock = this.#store.height - 1;
      for await (const block of this.#service.blocks({ fromBlock, signal })) {
        if (block.number < this.#store.height) this.#requireKnown(block);
        else await this.#store.append(await this.#verification.verify(block));
      }
    } catch (error) {
      if (!signal.aborted) this.#fail(error);
    }
  }

  #requireKnown(block: Block): void {
    if (block.hash === this.#store.hashOf(block.number)) return;
    throw rewritten(block.number);
  }

  #fail(error: unknown): void {
    this.#failure =
      error instanceof VeilsumError
        ? error
        : new VeilsumError('LEDGER_UNAVAILABLE', 'The replica stopped.', { cause: error });
    this.#store.fail(this.#failure);
  }

  /** What was verified stays readable as blocks, but no decision may rest on a ledger that contradicts it. */
  #requireIntegrity(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Waits for all blocks that the ledger has at the time of the call, and compares the newest. */
  async #catchUp(): Promise<void> {
    this.#requireIntegrity();
    const { height, headHash } = await this.#service.status();
    if (height < this.#store.height) this.#fail(shrunken());
    this.#requireIntegrity();
    await this.#waitForHeight(height);
    if (this.#store.hashOf(height - 1) !== headHash) this.#fail(rewritten(height - 1));
    this.#requireIntegrity();
  }

  async #waitForBlock(blockNumber: number, transactionId: string): Promise<void> {
    try {
      await this.#waitForHeight(blockNumber + 1);
    } catch (error) {
      if (!(error instanceof VeilsumError) || error.code !== 'LEDGER_UNAVAILABLE') throw error;
      throw new VeilsumError(
        'COMMIT_STATUS_UNKNOWN',
        `The ledger says the transaction is in block ${blockNumber}, but did not show the block.`,
        { transactionId, cause: error },
      );
    }
  }

  /** A long ledger takes as long as it takes: only standing still counts against it. */
  async #waitForHeight(height: number): Promise<void> {
    while (this.#store.height < height) await this.#waitForNextBlock(height);
  }

  async #waitForNextBlock(height: number): Promise<void> {
    const next = this.#store.height + 1;
    try {
      await this.#store.waitForHeight(next, AbortSignal.timeout(this.#patienceMs));
    } catch (error) {
      if (error instanceof VeilsumError) throw error;
      throw new VeilsumError(
        'LEDGER_UNAVAILABLE',
        `The ledger has ${height} blocks but only ${this.#store.height} have come.`,
        { cause: error },
      );
    }
  }
}

function shrunken(): VeilsumError {
  return new VeilsumError('LEDGER_INTEGRITY', 'The ledger has fewer blocks than it had before.');
}

function rewritten(block: number): VeilsumError {
  return new VeilsumError('LEDGER_INTEGRITY', `Block ${block} was rewritten.`);
}
