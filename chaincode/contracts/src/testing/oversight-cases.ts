import { hexToBytes, sha256Hex } from '@veilsum/crypto';
import {
  commitmentSchema,
  consentSchema,
  incidentRecordSchema,
  incidentSchema,
  openingTaskSchema,
  questionRecordSchema,
} from '@veilsum/protocol';
import assert from 'node:assert/strict';
import { MemoryLedger } from './memory-ledger.js';
import {
  SAMPLE_EPOCH,
  contributeAll,
  contributionOf,
  dealSampleKey,
  foundMarket,
} from './sample-network.js';
import { sampleConsent, sampleHash, sampleId } from './sample-objects.js';
import {
  OPENED_EPOCH,
  addRegulator,
  askQuestion,
  contributeOpenable,
  openableProduct,
  sampleCommitment,
} from './sample-oversight.js';
import { adopt } from './sample-proposal.js';
import { ask, balanceOf, openMarket, releaseQuery, sampleQuery } from './sample-query.js';
import { requireRefusal, type ContractCase, type TestLedger } from './test-ledger.js';

const HOUR_MS = 3_600_000;

/** Questions, commitments, incidents and openings. */
export const oversightCases: ContractCase[] = [
  {
    name: 'answers a question in public, and keeps what an amendment replaces',
    async run(ledger) {
      await foundMarket(ledger);
      await addRegulator(ledger);
      const questionId = await askQuestion(ledger, 'merchant-1', 'returns');
      await askQuestion(ledger, 'merchant-1', 'returns');
      const answer = (as: string, text: string) =>
        ledger.submit(as, 'question', 'answer', { questionId, text });
      await requireRefusal(answer('merchant-2', 'Yes.'), 'FORBIDDEN');
      const unknown = { questionId, text: 'As rulebook 7 says.', rulebookVersion: 7 };
      await requireRefusal(
        ledger.submit('operator', 'question', 'answer', unknown),
        'NOT_FOUND',
        /rulebook/,
      );
      await answer('regulator', 'Yes, by week.');
      await answer('operator', 'Yes, by week.');
      await answer('operator', 'Yes, by week and region.');
      const read = await ledger.evaluate('analyst', 'question', 'read', { questionId });
      const { answers } = questionRecordSchema.parse(read);
      assert.deepEqual(
        answers.map(({ revision, text, answererId }) => [revision, text, answererId]),
        [
          [1, 'Yes, by week.', 'regulator'],
          [2, 'Yes, by week and region.', 'operator'],
        ],
      );
    },
  },
  {
    name: 'lets consents and queries cite answered questions only',
    async run(ledger) {
      await openMarket(ledger);
      const open = await askQuestion(ledger, 'merchant-1', 'open');
      const answered = await askQuestion(ledger, 'merchant-1', 'answered');
      const argument = { questionId: answered, text: 'Yes.' };
      await ledger.submit('operator', 'question', 'answer', argument);
      const grant = (questionIds: string[]) =>
        ledger.submit(
          'merchant-1',
          'consent',
          'grant',
          sampleConsent(sampleId('citing'), ledger.now(), { questionIds }),
        );
      await requireRefusal(grant([open]), 'QUESTION_UNANSWERED', new RegExp(open));
      await requireRefusal(grant([answered, sampleId('none')]), 'QUESTION_UNANSWERED');
      assert.deepEqual(consentSchema.parse(await grant([answered])).questionIds, [answered]);
      const refused = await ask(ledger, sampleQuery('open', { questionIds: [open] }));
      const failed = refused.verdict.trace.filter(({ passed }) => !passed);
      assert.deepEqual(
        failed.map(({ rule, code }) => [rule, code]),
        [['cited-questions', 'QUESTION_UNANSWERED']],
      );
      const asked = await ask(ledger, sampleQuery('answered', { questionIds: [answered] }));
      assert.equal(asked.status, 'authorised');
    },
  },
  {
    name: 'meets a commitment with a stored contribution, and opens it again when that goes in time',
    async run(ledger) {
      const dealt = await foundMarket(ledger);
      const dueAt = ledger.now() + HOUR_MS;
      const making = sampleCommitment('merchant-1', dueAt);
      const make = (as: string, argument: object) =>
        ledger.submit(as, 'commitment', 'make', argument);
      await requireRefusal(make('analyst', making), 'FORBIDDEN');
      await requireRefusal(make('merchant-1', { ...making, dueAt: 1 }), 'INVALID_ARGUMENT');
      await make('merchant-1', making);
      await make('merchant-1', making);
      const commitmentId = sampleId('another commitment');
      await requireRefusal(make('merchant-1', { ...making, commitmentId }), 'COMMITMENT_STANDS');
      await contributeAll(ledger, dealt, ['merchant-1']);
      assert.equal(await statusOf(ledger, making), 'met');
      const withdrawal = { commitmentId: making.commitmentId };
      const withdraw = () => ledger.submit('merchant-1', 'commitment', 'withdraw', withdrawal);
      await requireRefusal(withdraw(), 'INVALID_STATE');
      const contributionId = sampleId('contribution of merchant-1');
      await ledger.submit('merchant-1', 'contribution', 'withdraw', { contributionId });
      assert.equal(await statusOf(ledger, making), 'open');
      await withdraw();
      await withdraw();
      assert.equal(await statusOf(ledger, making), 'withdrawn');
    },
  },
  {
    name: 'freezes rewards and contribution under an incident, until two have ended it',
    async run(ledger) {
      await openMarket(ledger);
      await addRegulator(ledger);
      const query = await releaseQuery(ledger, await ask(ledger, sampleQuery('one')));
      const report = { kind: 'stale-mapping', memberId: 'merchant-1', productId: 'weekly-sales' };
      const open = async (epoch: string) =>
        incidentSchema.parse(
          await ledger.submit('auditor', 'incident', 'open', {
            ...report,
            epoch,
            evidenceHash: sampleHash('evidence'),
          }),
        );
      const first = await open(SAMPLE_EPOCH);
      assert.equal(first.status, 'open');
      await contributeSecondEpoch(ledger);
      assert.equal((await readIncident(ledger, first.incidentId)).status, 'rectified');
      const { incidentId, status } = await open(SECOND_EPOCH);
      assert.equal(status, 'escalated');
      assert.equal(await contributionStatus(ledger, sampleId('second epoch')), 'frozen');
      await ledger.submit('analyst', 'query', 'accept', { queryId: query.queryId });
      const frozen = await balanceOf(ledger, 'frozen:merchant-1');
      assert.ok(BigInt(frozen) > 0n);
      assert.equal(await balanceOf(ledger, 'member:merchant-1'), '0');
      const release = () =>
        ledger.submit('analyst', 'incident', 'releaseRewards', { memberId: 'merchant-1' });
      await requireRefusal(release(), 'REWARDS_FROZEN');
      const lift = (as: string) =>
        ledger.submit(as, 'incident', 'lift', { incidentId, reason: 'It was right.' });
      await lift('operator');
      assert.equal((await readIncident(ledger, incidentId)).status, 'escalated');
      await lift('regulator');
      assert.equal(await contributionStatus(ledger, sampleId('second epoch')), 'stored');
      await release();
      assert.equal(await balanceOf(ledger, 'member:merchant-1'), frozen);
    },
  },
  {
    name: 'opens blocks that revealed randomness names, and holds a mismatch against the contributor',
    async run(ledger) {
      const dealt = await foundMarket(ledger);
      await addRegulator(ledger);
      await adopt(ledger, 'standard', openableProduct());
      const openingId = sampleId('opening');
      const randomness = sampleHash('randomness');
      await ledger.submit('auditor', 'opening', 'commit', {
        openingId,
        productId: 'weekly-sales',
        epoch: OPENED_EPOCH,
        randomnessHash: sha256Hex(hexToBytes(randomness)),
      });
      const contributionId = await contributeOpenable(ledger, dealt, 'merchant-1');
      await ledger.submit('auditor', 'opening', 'reveal', { openingId, randomness });
      const call = async (as: string, transaction: string, extra: object) =>
        openingTaskSchema.parse(
          await ledger.submit(as, 'opening', transaction, { openingId, contributionId, ...extra }),
        );
      const answerHash = sampleHash('answer');
      const evidenceHash = sampleHash('check');
      await call('merchant-1', 'answer', { answerHash });
      await call('gateway', 'markDelivered', { answerHash });
      await call('auditor', 'conclude', { outcome: 'mismatch', evidenceHash });
      assert.equal(await contributionStatus(ledger, contributionId), 'frozen');
      await call('merchant-1', 'contest', { judgeId: 'regulator' });
      await call('merchant-1', 'answer', { answerHash: evidenceHash });
      await call('gateway', 'markDelivered', { answerHash: evidenceHash });
      const concluded = await call('regulator', 'conclude', { outcome: 'agreed', evidenceHash });
      assert.deepEqual(
        concluded.conclusions.map(({ outcome }) => outcome),
        ['mismatch', 'agreed'],
      );
      assert.equal(await contributionStatus(ledger, contributionId), 'stored');
    },
  },
];

/** Another epoch to which merchant-1 contributes. */
const SECOND_EPOCH = '2026-Q2';

async function contributeSecondEpoch(ledger: TestLedger): Promise<void> {
  const changes = { epoch: SECOND_EPOCH, contributionId: sampleId('second epoch') };
  const registration = contributionOf('merchant-1', await dealSampleKey(), changes);
  const { contributionId, contentHash } = registration;
  // The memory ledger's clock stands still, and a contribution mends what was opened before it.
  if (ledger instanceof MemoryLedger) ledger.advance(1);
  await ledger.submit('merchant-1', 'contribution', 'register', registration);
  await ledger.submit('gateway', 'contribution', 'markStored', { contributionId, contentHash });
}

async function contributionStatus(ledger: TestLedger, contributionId: string): Promise<string> {
  const read = await ledger.evaluate('auditor', 'contribution', 'read', { contributionId });
  return (read as { status: string }).status;
}

async function readIncident(ledger: TestLedger, incidentId: string) {
  const read = await ledger.evaluate('auditor', 'incident', 'read', { incidentId });
  return incidentRecordSchema.parse(read).incident;
}

async function statusOf(ledger: TestLedger, { commitmentId }: { commitmentId: string }) {
  const read = await ledger.evaluate('auditor', 'commitment', 'read', { commitmentId });
  const [listed] = commitmentSchema
    .array()
    .parse(await ledger.evaluate('auditor', 'commitment', 'list', { epoch: SAMPLE_EPOCH }));
  assert.deepEqual(listed, read);
  return commitmentSchema.parse(read).status;
}
