import { commitmentSchema, consentSchema, questionRecordSchema } from '@veilsum/protocol';
import assert from 'node:assert/strict';
import { SAMPLE_EPOCH, contributeAll, foundMarket } from './sample-network.js';
import { sampleConsent, sampleId } from './sample-objects.js';
import { addRegulator, askQuestion, sampleCommitment } from './sample-oversight.js';
import { ask, openMarket, sampleQuery } from './sample-query.js';
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
];

async function statusOf(ledger: TestLedger, { commitmentId }: { commitmentId: string }) {
  const read = await ledger.evaluate('auditor', 'commitment', 'read', { commitmentId });
  const [listed] = commitmentSchema
    .array()
    .parse(await ledger.evaluate('auditor', 'commitment', 'list', { epoch: SAMPLE_EPOCH }));
  assert.deepEqual(listed, read);
  return commitmentSchema.parse(read).status;
}
