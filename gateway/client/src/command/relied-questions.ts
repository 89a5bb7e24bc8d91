import { askLedger, type Ledger } from '@veilsum/ledger';
import { questionRecordSchema, type QuestionAnswer } from '@veilsum/protocol';
import type { Output } from './output.js';
import { showId } from './wording.js';

/** A question that somebody relied on in good faith, with the answer that stood then. */
export interface ReliedQuestion {
  readonly questionId: string;
  readonly topic: string;
  readonly answer: QuestionAnswer | undefined;
}

/**
 * Reads cited questions with the answers that stood when they were cited: what was amended afterwards takes
 * nothing from whoever relied on it.
 * @param at - when they were cited, in ledger time
 */
export async function readReliedQuestions(
  ledger: Ledger,
  questionIds: readonly string[] | undefined,
  at: number,
): Promise<ReliedQuestion[]> {
  return Promise.all(
    (questionIds ?? []).map(async (questionId) => {
      const reference = { questionId };
      const found = await askLedger(ledger, 'question:read', reference, questionRecordSchema);
      const answer = found.answers.filter(({ answeredAt }) => answeredAt <= at).at(-1);
      return { questionId, topic: found.question.topic, answer };
    }),
  );
}

/** Shows them to people; nothing when none was cited. */
export function showReliedQuestions(output: Output, relied: readonly ReliedQuestion[]): void {
  if (relied.length === 0) return;
  output.table(
    ['relied on', 'topic', 'answer that stood then', 'by'],
    relied.map(({ questionId, topic, answer }) => [
      showId(questionId),
      topic,
      answer?.text ?? '',
      answer?.answererId ?? '',
    ]),
  );
}
