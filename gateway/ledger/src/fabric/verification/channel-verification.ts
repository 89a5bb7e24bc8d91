import { common } from '@hyperledger/fabric-protos';
import { VeilsumError } from '@veilsum/protocol';

import type { LedgerBlock, LedgerBlockTransaction } from '../../ledger.js';
import { decodeFabricBlock, hashEnvelopes, type FabricBlock } from '../block-decoding.js';
import { concerns, ledgerTransactionOf } from '../ledger-block.js';
import { decodeEnvelope, HEADER_TYPE, type FabricEnvelope } from '../transaction-decoding.js';
import { recordedCodes } from '../validation-codes.js';
import { releaseOfChaincode, type ChaincodeRelease } from './chaincode-definitions.js';
import { ChannelConfiguration } from './channel-configuration.js';
import { ChannelState } from './channel-state.js';
import { ContractReplay, type ReplayOptions } from './contract-replay.js';
import { requireAuthorisedChange } from './configuration-change.js';
import { readOrdererStatement } from './orderer-signatures.js';
import { checkTransactions, type CheckedTransaction } from './transaction-check.js';
import { findingsOf, type TransactionFinding } from './transaction-findings.js';

/** A block that follows from the genesis block and is signed by the channel's orderers. */
export interface VerifiedBlock {
  /** Validation codes are those worked out, not those that a peer recorded. */
  readonly block: LedgerBlock;
  /** What is wrong with single transactions. */
  readonly findings: readonly TransactionFinding[];
}

export interface VerificationOptions extends ReplayOptions {
  /** Hash of block 0, from someone who is trusted. */
  readonly genesisHash: string;
}

/**
 * Checks a Fabric channel from its blocks alone, in order from block 0, whoever sent them
 * (docs/ledger.md, Auditing a Fabric channel): what is wrong with the chain ends it, what is wrong with
 * a transaction is found and told.
 */
export class ChannelVerification {
  readonly #genesisHash: string;
  readonly #chaincode: string;
  readonly #state = new ChannelState();
  readonly #transactionIds = new Set<string>();
  readonly #replay: ContractReplay;
  #configuration: ChannelConfiguration | undefined;
  #channel = '';
  #height = 0;
  #headHash = '';
  #lastConfigBlock = 0;

  constructor({ genesisHash, chaincode, founderMspId }: VerificationOptions) {
    this.#genesisHash = genesisHash;
    this.#chaincode = chaincode;
    this.#replay = new ContractReplay(this.#state, { chaincode, founderMspId });
  }

  /** The contracts' definition after the last block; undefined before its first commit. */
  get release(): ChaincodeRelease | undefined {
    return releaseOfChaincode(this.#chaincode, this.#state);
  }

  /**
   * Checks the block that follows.
   * @param bytes - `common.Block`
   * @throws {@link VeilsumError} LEDGER_INTEGRITY that names the block and what is wrong
   */
  async verify(bytes: Uint8Array): Promise<VerifiedBlock> {
    const block = decodeFabricBlock(bytes);
    this.#requireLink(block);
    const configuration = this.#configuration;
    if (configuration !== undefined) await this.#requireOrdered(block, configuration);
    const change = configurationOf(block);
    const verified =
      change === undefined
        ? await this.#verifyTransactions(block, configuration)
        : await this.#verifyConfiguration(block, change);
    this.#height += 1;
    this.#headHash = block.hash;
    return verified;
  }

  #requireLink({ number, hash, previousHash, dataHash, envelopes }: FabricBlock): void {
    if (number !== this.#height || previousHash !== this.#headHash) {
      throw broken(`Block ${this.#height} is missing: another follows the one before.`);
    }
    if (number === 0 && hash !== this.#genesisHash) {
      throw broken('The channel begins with another block than expected.');
    }
    if (envelopes.length === 0 || hashEnvelopes(envelopes) !== dataHash) {
      throw broken(`The transactions of block ${number} are not those that its header names.`);
    }
  }

  async #requireOrdered(block: FabricBlock, configuration: ChannelConfiguration): Promise<void> {
    const { number } = block;
    const { isSigned, lastConfigBlock } = await guarded(number, () => {
      const statement = readOrdererStatement(block, configuration);
      const { policies } = configuration;
      return {
        ...statement,
        isSigned: policies.isFulfilled('/Channel/Orderer/BlockValidation', statement.signed),
      };
    });
    if (!isSigned) throw broken(`Block ${number} is not signed by the orderers of the channel.`);
    const expected = configurationOf(block) === undefined ? this.#lastConfigBlock : number;
    if (lastConfigBlock !== expected) {
      throw broken(`The orderers of block ${number} know another configuration of the channel.`);
    }
  }

  async #verifyConfiguration(
    { number, hash, previousHash }: FabricBlock,
    { envelope, config }: ConfigurationChange,
  ): Promise<VerifiedBlock> {
    const after = config.getConfig();
    if (after === undefined) throw broken(`Block ${number} has an empty configuration.`);
    await guarded(number, () => {
      if (this.#configuration === undefined) this.#channel = envelope.channel;
      else requireAuthorisedChange(this.#configuration, config, this.#channel);
      this.#configuration = new ChannelConfiguration(after);
    });
    this.#lastConfigBlock = number;
    this.#transactionIds.add(envelope.transactionId);
    return { block: { number, hash, previousHash, transactions: [] }, findings: [] };
  }

  async #verifyTransactions(
    block: FabricBlock,
    configuration: ChannelConfiguration | undefined,
  ): Promise<VerifiedBlock> {
    const { number, hash, previousHash, envelopes } = block;
    if (configuration === undefined) throw broken('The first block has no configuration.');
    const recorded = recordedCodes(block);
    if (recorded.length !== envelopes.length) {
      throw broken(`Block ${number} does not say which of its transactions are valid.`);
    }
    const context = {
      channel: this.#channel,
      number,
      configuration,
      state: this.#state,
      transactionIds: this.#transactionIds,
    };
    return guarded(number, async () => {
      const executions: TransactionFinding[] = [];
      const checked = await checkTransactions(envelopes, context, async (transaction) => {
        executions.push(...(await this.#execute(transaction, number)));
      });
      for (const { envelope } of checked) this.#transactionIds.add(envelope?.transactionId ?? '');
      const findings = checked.flatMap((transaction) =>
        findingsOf(transaction, {
          number,
          recorded: recorded[transaction.index] ?? '',
          configuration,
        }),
      );
      const transactions = checked.flatMap((one) => this.#call(one) ?? []);
      return {
        block: { number, hash, previousHash, transactions },
        findings: [...findings, ...executions],
      };
    });
  }

  async #execute(transaction: CheckedTransaction, number: number): Promise<TransactionFinding[]> {
    const call = this.#call(transaction);
    if (call === undefined) return [];
    const sentence = await this.#replay.problemOf(call, this.#channel);
    if (sentence === undefined) return [];
    const { transactionId } = call;
    const sequence = this.release?.sequence ?? 0;
    return [{ check: 'execution', transactionId, blockNumber: number, sentence, sequence }];
  }

  /** Calls of the contracts; what was refused may be unreadable, and counts for nothing. */
  #call({ envelope, action, code }: CheckedTransaction): LedgerBlockTransaction | undefined {
    if (envelope === undefined || action === undefined) return undefined;
    if (!concerns(action, this.#chaincode)) return undefined;
    try {
      return ledgerTransactionOf(envelope, action, { chaincode: this.#chaincode, code });
    } catch (error) {
      if (code !== 'VALID') return undefined;
      throw error;
    }
  }
}

interface ConfigurationChange {
  readonly envelope: FabricEnvelope;
  readonly config: common.ConfigEnvelope;
}

/** @returns undefined for a block of transactions; a configuration is always alone in its block */
function configurationOf({ envelopes, number }: FabricBlock): ConfigurationChange | undefined {
  const [bytes, ...others] = envelopes;
  if (bytes === undefined || others.length > 0) return undefined;
  try {
    const envelope = decodeEnvelope(bytes);
    if (envelope.type !== HEADER_TYPE.config) return undefined;
    return { envelope, config: common.ConfigEnvelope.deserializeBinary(envelope.data) };
  } catch (cause) {
    if (number > 0) return undefined;
    throw broken('The first block of the channel cannot be read.', cause);
  }
}

/** Whatever is not understood ends the verification: it could be anything. */
async function guarded<Result>(
  number: number,
  check: () => Result | Promise<Result>,
): Promise<Result> {
  try {
    return await check();
  } catch (cause) {
    if (cause instanceof VeilsumError) throw broken(`Block ${number}: ${cause.message}`, cause);
    throw broken(`Block ${number} has something that is not understood here.`, cause);
  }
}

function broken(sentence: string, cause?: unknown): VeilsumError {
  return new VeilsumError('LEDGER_INTEGRITY', sentence, { cause });
}
