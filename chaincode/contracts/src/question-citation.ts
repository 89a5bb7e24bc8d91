import type { QuestionId } from '@veilsum/protocol';
import {
  citedQuestionsAnswered,
  requireAllowed,
  verdictOf,
  type CitedQuestion,
} from '@veilsum/rules';
import { answers } from './oversight-objects.js';
import type { WorldState } from './world-state.js';

/** Cited questions with their latest answers, in the order in which they are cited. */
export async function readCitedQuestions(
  state: WorldState,
  questionIds: readonly QuestionId[],
): Promise<CitedQuestion[]> {
  const cited: CitedQuestion[] = [];
  for (const questionId of questionIds) {
    const latest = (await state.list(answers, questionId)).at(-1);
    cited.push({ questionId, answerRevision: latest?.revision ?? 0 });
  }
  return cited;
}

/** @throws {@link VeilsumError} QUESTION_UNANSWERED, or INVALID_ARGUMENT when one is cited twice */
export async function requireAnsweredQuestions(
  state: WorldState,
  questionIds: readonly QuestionId[] | undefined,
): Promise<void> {
  if (questionIds === undefined) return;
  const cited = await readCitedQuestions(state, questionIds);
  requireAllowed(verdictOf(citedQuestionsAnswered(cited)));
}
