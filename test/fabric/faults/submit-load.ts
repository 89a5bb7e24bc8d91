import { randomBytes } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';

import { VeilsumError } from '@veilsum/protocol';

import { testTerms } from '../../e2e/test-network.js';
import type { LoadMember, LoadRequest } from './load-member.js';
import { longestGapMs } from './time-gaps.js';

/** A request whose sender was told that it is in a block. */
export interface Acknowledgement {
  readonly request: LoadRequest;
  readonly transactionId: string;
  readonly blockNumber: number;
  readonly begunMs: number;
}

/** A request whose sender was told that its outcome is not known. */
export interface UnknownOutcome {
  readonly request: LoadRequest;
  readonly transactionId: string | undefined;
}

const PER_SECOND = 20;
/** Before the same is asked again, up to so long: whoever all came back at once would be a fault of its own. */
const PAUSE_MS_MAX = 2000;
const POLL_MS = 20;
/** What waits when nothing gets through; beyond it the load would only fill the memory. */
const WAITING_MAX = 600;
/** One request in so many is a consent, the others are small transfers. */
const CONSENT_EVERY = 16;

/** Members that submit twenty small transactions a second, whatever becomes of them. */
export class SubmitLoad {
  readonly acknowledged: Acknowledgement[] = [];
  readonly unknown: UnknownOutcome[] = [];
  /** What no fault excuses. */
  readonly failures: unknown[] = [];
  /** How often a submit ended with the advice to try again. */
  interruptions = 0;
  /** How many submits were begun, and how many were not because too many waited. */
  begun = 0;
  skipped = 0;
  readonly #acknowledgedMs: number[] = [];
  readonly #waiting = new Set<Promise<void>>();
  #isStopping = false;
  #isAbandoned = false;
  readonly #sending: Promise<void>;

  constructor(private readonly members: readonly LoadMember[]) {
    this.#sending = this.#sendOnAndOn();
  }

  /** Begins nothing more, and waits until every submit has ended. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    await this.#sending;
    await Promise.all(this.#waiting);
  }

  /** Begins nothing more, and lets no submit try again: the network is about to end. */
  abandon(): void {
    this.#isStopping = true;
    this.#isAbandoned = true;
  }

  /**
   * Waits until a submit that was begun after this moment is in a block.
   * @returns the id of the last transaction
   * @throws Error when it takes too long
   */
  async succeededSince(momentMs: number, timeoutMs: number): Promise<string> {
    const deadlineMs = performance.now() + timeoutMs;
    const found = () =>
      this.acknowledged.findLast(({ begunMs }) => begunMs > momentMs)?.transactionId;
    for (;;) {
      const transactionId = found();
      if (transactionId !== undefined) return transactionId;
      if (performance.now() > deadlineMs) {
        throw new Error(`No submit succeeded within ${timeoutMs} ms after a fault.`);
      }
      await delay(POLL_MS);
    }
  }

  /** The longest time without an acknowledgement, in milliseconds. */
  longestGapMs(fromMs: number, untilMs: number): number {
    return longestGapMs(this.#acknowledgedMs, fromMs, untilMs);
  }

  async #sendOnAndOn(): Promise<void> {
    const start = performance.now();
    for (let number = 0; !this.#isStopping; number += 1) {
      const dueMs = start + (number * 1000) / PER_SECOND;
      await delay(Math.max(0, dueMs - performance.now()));
      const member = this.members[number % this.members.length];
      if (member === undefined) throw new Error('A load has members.');
      if (this.#waiting.size >= WAITING_MAX) this.skipped += 1;
      else this.#begin(member, requestOf(member, number));
    }
  }

  #begin(member: LoadMember, request: LoadRequest): void {
    this.begun += 1;
    const sending = this.#insist(member, request).finally(() => {
      this.#waiting.delete(sending);
    });
    this.#waiting.add(sending);
  }

  async #insist(member: LoadMember, request: LoadRequest): Promise<void> {
    const begunMs = performance.now();
    for (;;) {
      try {
        const { transactionId, blockNumber } = await member.submit(request);
        this.acknowledged.push({ request, transactionId, blockNumber, begunMs });
        this.#acknowledgedMs.push(performance.now());
        return;
      } catch (error) {
        if (!this.#mayAskAgain(member, request, error)) return;
        await delay(Math.random() * PAUSE_MS_MAX);
      }
    }
  }

  #mayAskAgain({ asksAgain }: LoadMember, request: LoadRequest, error: unknown): boolean {
    if (this.#isAbandoned) return false;
    if (!(error instanceof VeilsumError) || !error.transient) {
      this.failures.push({ request, error });
      return false;
    }
    this.interruptions += 1;
    if (error.code !== 'COMMIT_STATUS_UNKNOWN') return true;
    this.unknown.push({ request, transactionId: error.transactionId });
    return asksAgain;
  }
}

function requestOf({ memberId }: LoadMember, number: number): LoadRequest {
  if (number % CONSENT_EVERY === 0) {
    const terms = testTerms(memberId);
    return { call: 'consent:grant', objectId: terms.consentId, argument: terms };
  }
  const transferId = randomBytes(16).toString('hex');
  const argument = {
    format: 'veilsum-transfer/1',
    transferId,
    kind: 'deposit',
    amount: '1',
    reference: 'fault test',
  };
  return { call: 'account:proposeTransfer', objectId: transferId, argument };
}
