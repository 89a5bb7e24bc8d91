import type { Member, QuestionId, RuleOutcome, Verdict } from '@veilsum/protocol';
import { outcomeOf, verdictOf, type RuleFailure } from '../verdict.js';

type Person = Pick<Member, 'memberId' | 'legalEntityId'>;

/** A question that somebody relies on, as it stands when it is cited. */
export interface CitedQuestion {
  readonly questionId: QuestionId;
  /** Revision of its answer; 0 when it has none or there is no such question. */
  readonly answerRevision: number;
}

/** Whether an answer is one: nobody makes evidence for himself (docs/ledger.md, Consultation). */
export function checkAnswer({
  asker,
  answerer,
}: {
  readonly asker: Person;
  readonly answerer: Person;
}): Verdict {
  const about = { asker: asker.memberId, answerer: answerer.memberId };
  const fault: RuleFailure | undefined =
    asker.legalEntityId === answerer.legalEntityId
      ? {
          code: 'FORBIDDEN',
          sentence:
            'An operator or regulator of another legal entity than the asker answers a question.',
        }
      : undefined;
  return verdictOf([outcomeOf('question-answerer', fault, about)]);
}

/**
 * Whether every cited question has an answer.
 * @returns no outcome when nothing is cited, so that the trace of such a decision stays as it was
 */
export function citedQuestionsAnswered(cited: readonly CitedQuestion[] | undefined): RuleOutcome[] {
  if (cited === undefined) return [];
  const unanswered = cited.find(({ answerRevision }) => answerRevision === 0);
  const repeated = new Set(cited.map(({ questionId }) => questionId)).size < cited.length;
  const inputs = Object.fromEntries(
    cited.map(({ questionId, answerRevision }) => [questionId, answerRevision]),
  );
  return [outcomeOf('cited-questions', citationFault(unanswered, repeated), inputs)];
}

function citationFault(
  unanswered: CitedQuestion | undefined,
  repeated: boolean,
): RuleFailure | undefined {
  if (unanswered !== undefined) {
    return {
      code: 'QUESTION_UNANSWERED',
      sentence: `The field questionIds cites ${unanswered.questionId}, which nobody has answered; cite answered questions only.`,
    };
  }
  return repeated
    ? { code: 'INVALID_ARGUMENT', sentence: 'The field questionIds cites a question twice.' }
    : undefined;
}
