import { randomBytes } from 'node:crypto';
import { authorise, recheckPlan, type PlanFacts } from '@veilsum/rules';
import {
  queryRequestSchema,
  VeilsumError,
  type AttemptRecord,
  type BlindingCommitment,
  type CommitteeKey,
  type Consent,
  type Contribution,
  type KeyholderRefusal,
  type Member,
  type MemberId,
  type QueryId,
  type QueryRecord,
  type QueryRequest,
  type ShareDispute,
  type ShareRelease,
} from '@veilsum/protocol';
import type { CommitteeLedger } from '../../../gateway/keyholder/src/committee-ledger.js';
import { readPlanFacts } from '../../../gateway/keyholder/src/plan-facts-reading.js';
import { openAttempt } from '../../../gateway/keyholder/src/query-progress.js';
import {
  analystId,
  committeeKey,
  keyholderIds,
  merchantIds,
  TEST_NOW,
  testKey,
  testMember,
  testProduct,
} from './test-committee.js';
import { TEST_EPOCH, type TestContribution } from './test-contribution.js';

const ROUND_MS = 60_000;

interface StoredQuery {
  record: QueryRecord;
  readonly attempts: AttemptRecord[];
}

/** The rules of the ledger for one committee, in memory: what is recorded, and what may be. */
export class InMemoryLedger {
  readonly members = new Map<MemberId, Member>();
  readonly consents: Consent[];
  readonly contributions: Contribution[];
  readonly key: CommitteeKey = structuredClone(committeeKey);
  readonly queries = new Map<QueryId, StoredQuery>();
  /** Every record that was written, in order. */
  readonly journal: string[] = [];
  now = TEST_NOW;
  readonly disputes: ShareDispute[] = [];
  /** Sealed shares that keyholders posted, by their index. */
  readonly answers = new Map<number, string>();

  constructor(cohort: readonly TestContribution[]) {
    for (const id of keyholderIds) this.members.set(id, testMember(id, 'keyholder'));
    for (const id of merchantIds) this.members.set(id, testMember(id, 'merchant'));
    this.members.set(analystId, testMember(analystId, 'analyst'));
    this.consents = cohort.map(({ consent }) => consent);
    this.contributions = cohort.map(({ contribution }) => contribution);
  }

  /** Asks a question with the real rules. */
  request(resultKey: Uint8Array, change: Partial<QueryRequest> = {}): QueryRecord {
    const request = queryRequestSchema.parse({
      format: 'veilsum-query/1',
      queryId: randomBytes(16).toString('hex'),
      productId: testProduct.productId,
      productVersion: 1,
      epoch: TEST_EPOCH,
      purpose: 'ServiceOptimisation',
      function: 'sum',
      measures: ['sales'],
      groupBy: ['region'],
      where: {},
      span: 'lane',
      release: 'exact',
      epsilonMicro: 0,
      maximumPrice: '0',
      resultKey: Buffer.from(resultKey).toString('hex'),
      ...change,
    });
    const decision = authorise({
      now: this.now,
      request,
      analyst: this.#member(analystId),
      delegated: undefined,
      product: testProduct,
      rulebook: undefined,
      approved: [],
      committeeKey: this.key,
      activeKeyholders: 3,
      contributorsBps: 7000,
      candidates: this.contributions.map((contribution) => ({
        contribution,
        contributor: this.#member(contribution.contributorId),
        consent: this.consents.find(({ consentId }) => consentId === contribution.consentId),
        consentUses: 0,
        spentMicro: 0,
      })),
      countedPlans: [],
      resultKeyUsed: false,
      spendable: 0n,
    });
    if (decision.plan === undefined) throw new Error(JSON.stringify(decision.verdict));
    const record: QueryRecord = {
      queryId: request.queryId,
      analystId,
      request,
      status: 'authorised',
      verdict: decision.verdict,
      plan: decision.plan,
      planHash: decision.planHash,
      attempt: this.#newAttempt(1),
      requestedAt: this.now,
      changedAt: this.now,
      chargedEpsilonMicro: request.epsilonMicro,
      settleDeadline: this.now + 100 * ROUND_MS,
    };
    this.queries.set(request.queryId, { record, attempts: [this.#emptyAttempt(1)] });
    return record;
  }

  /** Fixes A as those recorded, as anyone may ask for after the deadline. */
  closeRound(queryId: QueryId): void {
    const { attempt, blindings } = this.current(queryId);
    attempt.keyholders = blindings.map(({ index }) => index).sort();
    attempt.state = 'opening';
    attempt.releaseDeadline = this.now + ROUND_MS;
    this.#update(queryId, { status: 'blinded', attempt });
  }

  /** Ends the current attempt and opens the next. */
  nextAttempt(queryId: QueryId): void {
    const { attempts, record } = this.#query(queryId);
    const last = this.current(queryId);
    last.attempt.state = 'ended';
    const charge = last.shares.length > 0 ? record.request.epsilonMicro : 0;
    attempts.push(this.#emptyAttempt(attempts.length + 1));
    this.#update(queryId, {
      status: 'authorised',
      attempt: this.current(queryId).attempt,
      chargedEpsilonMicro: record.chargedEpsilonMicro + charge,
    });
  }

  current(queryId: QueryId): AttemptRecord {
    const last = this.#query(queryId).attempts.at(-1);
    if (last === undefined) throw new Error('A query without attempts.');
    return last;
  }

  /** The ledger as one keyholder sees it. What it reads are copies. */
  as(memberId: MemberId): CommitteeLedger {
    const copy = <T>(value: T): Promise<T> => Promise.resolve(structuredClone(value));
    const index = keyholderIds.indexOf(memberId) + 1;
    const write = (name: string, record: () => void | Promise<void>) => async () => {
      await record();
      this.journal.push(`${name} ${index}`);
    };
    return {
      members: () => copy([...this.members.values()]),
      committeeKey: (keyId) =>
        keyId === testKey.keyId ? copy(this.key) : Promise.reject(notFound()),
      product: () => copy(testProduct),
      delegation: () => Promise.reject(notFound()),
      rulebooks: () => copy([]),
      consents: () => copy(this.consents),
      contributions: () => copy(this.contributions),
      queries: () => copy([...this.queries.values()].map(({ record }) => record)),
      query: (queryId) => copy(this.#query(queryId).record),
      attempts: (queryId) => copy(this.#query(queryId).attempts),
      disputes: (queryId) => copy(this.disputes.filter((one) => one.queryId === queryId)),
      answerDispute: (answer) =>
        write('answerDispute', () => {
          this.answers.set(answer.index, answer.sealedShare);
          const dispute = this.disputes.find((one) => one.index === answer.index);
          if (dispute !== undefined) dispute.status = 'answered';
        })(),
      commitBlinding: (commitment) =>
        write('commitBlinding', () => {
          this.#commitBlinding(commitment, index);
        })(),
      releaseShare: (release) => write('releaseShare', () => this.#releaseShare(release, index))(),
      refuseShare: (refusal) =>
        write(`refuseShare ${refusal.code}`, () => {
          this.#refuseShare(refusal, index);
        })(),
    };
  }

  #commitBlinding({ queryId, attempt, blindingHash }: BlindingCommitment, index: number): void {
    const current = this.#requireAttempt(queryId, attempt, 'blinding');
    const known = current.blindings.find((one) => one.index === index);
    if (known?.blindingHash === blindingHash) return;
    if (known !== undefined) {
      throw new VeilsumError('ALREADY_EXISTS_WITH_DIFFERENT_CONTENT', 'Another blinding.');
    }
    current.blindings.push({ index, blindingHash });
    if (current.blindings.length === testKey.l) this.closeRound(queryId);
  }

  async #releaseShare(release: ShareRelease, index: number): Promise<void> {
    const { queryId, attempt, finalHash, shareHash } = release;
    const current = this.#requireAttempt(queryId, attempt, 'opening');
    const known = current.shares.find((one) => one.index === index);
    if (known?.shareHash === shareHash && known.finalHash === finalHash) return;
    if (known !== undefined) {
      throw new VeilsumError('ALREADY_EXISTS_WITH_DIFFERENT_CONTENT', 'Another share.');
    }
    const facts = await this.#facts(queryId);
    const failed = recheckPlan(facts).trace.find(({ passed }) => !passed);
    if (failed !== undefined) throw new VeilsumError('CONSENT_WITHDRAWN', failed.sentence);
    current.shares.push({ index, finalHash, shareHash });
    if (current.shares.length === testKey.t) this.#update(queryId, { status: 'released' });
  }

  #refuseShare({ queryId, attempt, code, reason }: KeyholderRefusal, index: number): void {
    const { attempts } = this.#query(queryId);
    attempts[attempt - 1]?.refusals.push({ index, code, reason, at: this.now });
  }

  async #facts(queryId: QueryId): Promise<PlanFacts> {
    const { record, attempts } = this.#query(queryId);
    const open = openAttempt(record, attempts, []);
    if (open === undefined) throw new VeilsumError('INVALID_STATE', 'The query is not open.');
    return readPlanFacts(open, this.as(keyholderIds[0] ?? analystId), this.now);
  }

  #requireAttempt(queryId: QueryId, attempt: number, state: string): AttemptRecord {
    const current = this.current(queryId);
    if (current.attempt.attempt !== attempt) {
      throw new VeilsumError('ATTEMPT_MISMATCH', 'This is not the current attempt.');
    }
    if (current.attempt.state !== state) {
      throw new VeilsumError('INVALID_STATE', `The attempt is not ${state}.`);
    }
    return current;
  }

  #query(queryId: QueryId): StoredQuery {
    const query = this.queries.get(queryId);
    if (query === undefined) throw notFound();
    return query;
  }

  #update(queryId: QueryId, change: Partial<QueryRecord>): void {
    const query = this.#query(queryId);
    query.record = { ...query.record, ...change };
  }

  #member(memberId: MemberId): Member {
    const member = this.members.get(memberId);
    if (member === undefined) throw notFound();
    return member;
  }

  #newAttempt(attempt: number): AttemptRecord['attempt'] {
    return {
      attempt,
      state: 'blinding',
      openedAt: this.now,
      blindingDeadline: this.now + ROUND_MS,
      releaseDeadline: 0,
      keyholders: [],
    };
  }

  #emptyAttempt(attempt: number): AttemptRecord {
    return { attempt: this.#newAttempt(attempt), blindings: [], shares: [], refusals: [] };
  }
}

function notFound(): VeilsumError {
  return new VeilsumError('NOT_FOUND', 'There is no such object.');
}
