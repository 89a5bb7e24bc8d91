import type { AskedQuestion, Consent, QuestionRecord } from '@veilsum/protocol';
import { expectAuditPasses, veilsum } from '../e2e/command-line.js';
import { testTerms } from '../e2e/test-network.js';
import { refusalCode, ScenarioNetwork } from './scenario-network.js';

describe('(e) a question', () => {
  let scenario: ScenarioNetwork;
  let question: AskedQuestion;

  beforeAll(async () => {
    scenario = await ScenarioNetwork.start({ merchants: 2 });
  });
  afterAll(() => scenario.close());

  const command = (...words: string[]) => veilsum(scenario.network.state.root, ...words);
  const citing = () => testTerms('merchant-1', { questionIds: [question.questionId] });

  it('is asked in public and cannot be relied on before it is answered', async () => {
    const { answer } = await command(
      ...['question', 'ask', '--as', 'merchant-1', '--topic', 'returns'],
      ...['--text', 'May returned goods be counted?', '--product', 'sales'],
    );
    question = answer as AskedQuestion;
    const grant = scenario.tell('merchant-1', 'consent:grant', citing());
    expect(await refusalCode(grant)).toBe('QUESTION_UNANSWERED');
    const { questionId } = question;
    const own = scenario.tell('merchant-2', 'question:answer', { questionId, text: 'Yes.' });
    expect(await refusalCode(own)).toBe('FORBIDDEN');
  });

  it('is answered, and cited in a consent that shows what was said then', async () => {
    const { memberId } = scenario.network.operator.identity;
    const { questionId } = question;
    const answer = (text: string) =>
      command('question', 'answer', questionId, '--as', memberId, '--text', text);
    expect((await answer('Yes, as negative sales.')).status).toBe(0);
    const terms = citing();
    await scenario.tell<Consent>('merchant-1', 'consent:grant', terms);
    expect((await answer('Only within the same week.')).status).toBe(0);
    const shown = await command('consent', 'show', terms.consentId, '--as', 'auditor');
    expect(shown.answer).toMatchObject({
      consent: { questionIds: [questionId] },
      reliedOn: [{ questionId, answer: { revision: 1, text: 'Yes, as negative sales.' } }],
    });
    const record = await scenario.ask<QuestionRecord>('auditor', 'question:read', { questionId });
    expect(record.answers.map(({ text }) => text)).toEqual([
      'Yes, as negative sales.',
      'Only within the same week.',
    ]);
    await expectAuditPasses(scenario.network.state.root);
  });
});
