import { encodeCanonicalJson } from '@veilsum/crypto';
import { VeilsumError, type Block, type Genesis, type LedgerTransaction } from '@veilsum/protocol';

import { sealBlock, type EncodedBlock } from './block-encoding.js';
import { CertifiedCaller } from './caller-identity.js';
import type { ContractRunner } from './contract-runner.js';
import { EnvelopeCheck } from './envelope-check.js';
import type { LedgerStore } from './ledger-store.js';
import { OverlayView, validate } from './state-view.js';

interface Place {
  readonly view: OverlayView;
  readonly block: number;
  readonly index: number;
}

/**
 * Checks blocks as a member who believes nobody: links, certificates, signatures, validation codes, and
 * every valid transaction executed again (docs/architecture.md, Ledger adapters). Refused transactions
 * are not executed again, since the state they were simulated on is not recorded; they change nothing.
 */
export class BlockVerification {
  readonly #store: LedgerStore;
  readonly #runner: ContractRunner;
  readonly #check: EnvelopeCheck;

  /** @param runner - of contracts without a clock: what is old by now was current then */
  constructor(store: LedgerStore, genesis: Genesis, runner: ContractRunner) {
    this.#store = store;
    this.#runner = runner;
    this.#check = new EnvelopeCheck(genesis);
  }

  /**
   * Checks the block that should follow the last one of the store.
   * @returns the block with the text that its hash is of
   * @throws {@link VeilsumError} LEDGER_INTEGRITY that names block and transaction
   */
  async verify(block: Block): Promise<EncodedBlock> {
    const sealed = requireHash(block);
    this.#requireLink(block);
    this.#requireFreshIds(block);
    const view = new OverlayView(this.#store.currentState());
    for (const [index, transaction] of block.transactions.entries()) {
      await this.#verifyTransaction(transaction, { view, block: block.number, index });
    }
    return sealed;
  }

  #requireLink(block: Block): void {
    const { height, last } = this.#store;
    const isNext =
      block.number === height &&
      block.previousHash === last?.hash &&
      block.genesis === undefined &&
      block.transactions.length > 0;
    if (!isNext) throw broken(`Block ${block.number} does not follow from the one before.`);
  }

  /** A signed transaction counts once; without this it could be played again in a later block. */
  #requireFreshIds({ number, transactions }: Block): void {
    const seen = new Set<string>();
    for (const { envelope } of transactions) {
      const { transactionId } = envelope.proposal;
      if (seen.has(transactionId) || this.#store.findTransaction(transactionId) !== undefined) {
        throw broken(`Block ${number} repeats a transaction.`);
      }
      seen.add(transactionId);
    }
  }

  async #verifyTransaction(transaction: LedgerTransaction, place: Place): Promise<void> {
    const where = `Transaction ${place.index} of block ${place.block}`;
    const caller = this.#requireSigned(transaction, where);
    const { readWriteSet, events, response, validationCode } = transaction;
    if ((await validate(readWriteSet, place.view)) !== validationCode) {
      throw broken(`${where} has a wrong validation code.`);
    }
    if (validationCode !== 'VALID') return;
    const executed = await this.#execute(transaction, caller, where, place.view);
    if (encodeCanonicalJson(executed) !== encodeCanonicalJson({ readWriteSet, events, response })) {
      throw broken(`${where} does not do what its contract does.`);
    }
    place.view.apply(readWriteSet.writes, { block: place.block, transaction: place.index });
  }

  #requireSigned({ envelope }: LedgerTransaction, where: string): CertifiedCaller {
    try {
      return new CertifiedCaller(this.#check.verify(envelope).caller);
    } catch (cause) {
      throw broken(`${where} is not signed by a member of the consortium.`, cause);
    }
  }

  async #execute(
    { envelope: { proposal } }: LedgerTransaction,
    caller: CertifiedCaller,
    where: string,
    view: OverlayView,
  ) {
    try {
      return await this.#runner.run({ proposal, caller, view, purpose: 'submit' });
    } catch (cause) {
      throw broken(`${where} is one that its contract refuses.`, cause);
    }
  }
}

function requireHash({ hash, ...body }: Block): EncodedBlock {
  const sealed = sealBlock(body);
  if (sealed.block.hash === hash) return sealed;
  throw broken(`Block ${body.number} does not have the hash that it names.`);
}

function broken(sentence: string, cause?: unknown): VeilsumError {
  return new VeilsumError('LEDGER_INTEGRITY', sentence, { cause });
}
