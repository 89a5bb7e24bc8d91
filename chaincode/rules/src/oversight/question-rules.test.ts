import { legalEntityIdSchema, memberIdSchema, questionIdSchema } from '@veilsum/protocol';
import { checkAnswer, citedQuestionsAnswered } from './question-rules.js';

const person = (memberId: string, entity = memberId) => ({
  memberId: memberIdSchema.parse(memberId),
  legalEntityId: legalEntityIdSchema.parse(entity),
});
const cited = (digit: string, answerRevision: number) => ({
  questionId: questionIdSchema.parse(digit.repeat(32)),
  answerRevision,
});

describe('an answer', () => {
  it('comes from another legal entity than the question', () => {
    const verdict = checkAnswer({ asker: person('shop'), answerer: person('operator') });
    expect(verdict).toMatchObject({
      allowed: true,
      trace: [{ rule: 'question-answerer', inputs: { asker: 'shop', answerer: 'operator' } }],
    });
  });

  it('is no evidence when asker and answerer are one', () => {
    const verdict = checkAnswer({
      asker: person('shop', 'one'),
      answerer: person('operator', 'one'),
    });
    expect(verdict.allowed).toBe(false);
    expect(verdict.trace[0]).toMatchObject({
      code: 'FORBIDDEN',
      sentence: expect.stringContaining('another legal entity') as string,
    });
  });
});

describe('cited questions', () => {
  it('leave no trace where none are cited', () => {
    expect(citedQuestionsAnswered(undefined)).toEqual([]);
  });

  it('must have answers, and the trace says which revision was there', () => {
    const [outcome] = citedQuestionsAnswered([cited('a', 1), cited('b', 2)]);
    expect(outcome).toMatchObject({
      rule: 'cited-questions',
      passed: true,
      inputs: { ['a'.repeat(32)]: '1', ['b'.repeat(32)]: '2' },
    });
  });

  it('are refused when one has no answer', () => {
    const [outcome] = citedQuestionsAnswered([cited('a', 1), cited('b', 0)]);
    expect(outcome).toMatchObject({ passed: false, code: 'QUESTION_UNANSWERED' });
    expect(outcome?.sentence).toContain('b'.repeat(32));
  });

  it('are refused when one comes twice', () => {
    const [outcome] = citedQuestionsAnswered([cited('a', 1), cited('a', 1)]);
    expect(outcome).toMatchObject({ passed: false, code: 'INVALID_ARGUMENT' });
    expect(outcome?.sentence).toContain('twice');
  });
});
