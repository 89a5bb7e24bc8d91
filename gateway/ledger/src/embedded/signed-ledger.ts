import { setTimeout as delay } from 'node:timers/promises';

import { canonicalBytes, type JsonValue } from '@veilsum/crypto';
import { VeilsumError, type TransactionEnvelope } from '@veilsum/protocol';

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
import type { LedgerService, TransactionOutcome } from './ledger-service.js';
import { ledgerBlockOf } from './ledger-block.js';
import { createProposal } from './proposal.js';

/** Conflicts are tried again with a fresh proposal and growing, random pauses, so that rivals part. */
const CONFLICT_ATTEMPTS_MAX = 12;
const CONFLICT_PAUSE_MS = 10;
const CONFLICT_PAUSE_MS_MAX = 500;

export interface SignedLedgerOptions {
  readonly service: LedgerService;
  readonly signer: TransactionSigner;
  readonly channel: string;
  /** Milliseconds since 1970; the machine's clock when absent. */
  readonly clock?: () => number;
}

/** The ledger port of one member: signs what he asks, and reads what the ledger says. */
export class SignedLedger implements Ledger {
  readonly #service: LedgerService;
  readonly #signer: TransactionSigner;
  readonly #channel: string;
  readonly #clock: () => number;

  constructor({ service, signer, channel, clock = Date.now }: SignedLedgerOptions) {
    this.#service = service;
    this.#signer = signer;
    this.#channel = channel;
    this.#clock = clock;
  }

  async submit(request: LedgerRequest): Promise<LedgerCommit> {
    for (let attempt = 1; ; attempt += 1) {
      const outcome = await this.#service.submit(await this.#sign(request));
      if (outcome.validationCode === 'VALID') return commitOf(outcome);
      if (attempt === CONFLICT_ATTEMPTS_MAX) throw conflictOf(outcome);
      const longest = Math.min(CONFLICT_PAUSE_MS * 2 ** attempt, CONFLICT_PAUSE_MS_MAX);
      await delay(Math.random() * longest);
    }
  }

  async evaluate(request: LedgerRequest): Promise<JsonValue> {
    return decodeResponse(await this.#service.evaluate(await this.#sign(request)));
  }

  events(options: FollowOptions): AsyncIterable<LedgerEvent> {
    return eventsOf(this.blocks(options));
  }

  async *blocks(options: FollowOptions): AsyncGenerator<LedgerBlock> {
    for await (const block of this.#service.blocks(options)) yield ledgerBlockOf(block);
  }

  async height(): Promise<number> {
    return (await this.#service.status()).height;
  }

  close(): Promise<void> {
    return this.#service.close();
  }

  async #sign(request: LedgerRequest): Promise<TransactionEnvelope> {
    const proposal = createProposal(request, {
      channel: this.#channel,
      signer: this.#signer,
      timestampMs: this.#clock(),
    });
    const signature = await this.#signer.sign(canonicalBytes(proposal));
    return { proposal, signature: Buffer.from(signature).toString('base64') };
  }
}

/** The events of valid transactions, in block order. */
export async function* eventsOf(blocks: AsyncIterable<LedgerBlock>): AsyncGenerator<LedgerEvent> {
  for await (const { number, transactions } of blocks) {
    for (const { transactionId, events, validationCode } of transactions) {
      if (validationCode !== 'VALID') continue;
      for (const { name, payload } of events) {
        yield { blockNumber: number, transactionId, name, payload: decodeResponse(payload) };
      }
    }
  }
}

function commitOf({ transactionId, blockNumber, response }: TransactionOutcome): LedgerCommit {
  return { transactionId, blockNumber, result: decodeResponse(response) };
}

function conflictOf({ transactionId }: TransactionOutcome): VeilsumError {
  return new VeilsumError(
    'MVCC_CONFLICT',
    'Other transactions kept changing what this one had read; send it again.',
    { transactionId },
  );
}
