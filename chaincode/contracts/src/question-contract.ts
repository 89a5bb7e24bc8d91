import {
  productIdSchema,
  questionAnsweringSchema,
  questionAskingSchema,
  questionIdSchema,
  VeilsumError,
  type ProductId,
  type QuestionAnswer,
  type QuestionRecord,
} from '@veilsum/protocol';
import { checkAnswer, requireAllowed } from '@veilsum/rules';
import { z } from 'zod';
import { LedgerContract, type ContractOptions } from './ledger-contract.js';
import { members, products } from './ledger-objects.js';
import { answers, questions, revisionPart } from './oversight-objects.js';
import { rulebookPart, rulebooks } from './rulebook-objects.js';
import { isSentAgain, takenId } from './same-content.js';
import type { TransactionContext } from './transaction-stub.js';
import type { WorldState } from './world-state.js';

const questionReference = z.strictObject({ questionId: questionIdSchema });
const questionFilter = z.strictObject({ productId: productIdSchema.optional() });

/** `question`: what members ask before they share, and what they were told (docs/ledger.md, Consultation). */
export class QuestionContract extends LedgerContract {
  constructor(options: ContractOptions = {}) {
    super('question', options);
  }

  /** A member asks; question and answer are public for ever. */
  ask(context: TransactionContext, argument: string): Promise<string> {
    const rule = { access: 'member' as const, schema: questionAskingSchema };
    return this.transact(context, argument, rule, async (call, asking) => {
      const { state, caller, now } = call;
      const { questionId, productId } = asking;
      const existing = await state.get(questions, questionId);
      if (existing !== undefined) {
        const sent = { ...asking, askerId: caller.memberId };
        if (isSentAgain(existing, sent, ['askedAt'])) return existing;
        throw takenId('question', questionId);
      }
      if (productId !== undefined) await requireProduct(state, productId);
      const question = { ...asking, askerId: caller.memberId, askedAt: now };
      await state.put(questions, [questionId], question);
      call.emit('questionChanged', { questionId, status: 'asked' });
      return question;
    });
  }

  /** An operator or regulator answers, or amends an answer, whose earlier revisions stay readable. */
  answer(context: TransactionContext, argument: string): Promise<string> {
    const rule = { access: ['operator', 'regulator'] as const, schema: questionAnsweringSchema };
    return this.transact(context, argument, rule, async (call, answering) => {
      const { state, caller, now } = call;
      const { questionId, rulebookVersion } = answering;
      const question = await state.require(questions, questionId);
      const latest = (await state.list(answers, questionId)).at(-1);
      if (latest !== undefined && isSentAgain(latest, answering, addedToAnswer)) return latest;
      if (rulebookVersion !== undefined) {
        await state.require(rulebooks, rulebookPart(rulebookVersion));
      }
      const asker = await state.require(members, question.askerId);
      requireAllowed(checkAnswer({ asker, answerer: caller }));
      const answer: QuestionAnswer = {
        ...answering,
        revision: (latest?.revision ?? 0) + 1,
        answererId: caller.memberId,
        answeredAt: now,
      };
      await state.put(answers, [questionId, revisionPart(answer.revision)], answer);
      call.emit('questionChanged', { questionId, status: 'answered' });
      return answer;
    });
  }

  /** A question with all revisions of its answer. */
  read(context: TransactionContext, argument: string): Promise<string> {
    const rule = { access: 'member' as const, schema: questionReference };
    return this.transact(
      context,
      argument,
      rule,
      async ({ state }, { questionId }): Promise<QuestionRecord> => ({
        question: await state.require(questions, questionId),
        answers: await state.list(answers, questionId),
      }),
    );
  }

  /** Questions with their answers, the earliest first; of one product, or all. */
  list(context: TransactionContext, argument: string): Promise<string> {
    const rule = { access: 'member' as const, schema: questionFilter };
    return this.transact(context, argument, rule, ({ state }, { productId }) =>
      listQuestions(state, productId),
    );
  }
}

const addedToAnswer = ['revision', 'answererId', 'answeredAt'] as const;

async function requireProduct(state: WorldState, productId: ProductId): Promise<void> {
  if ((await state.list(products, productId)).length > 0) return;
  throw new VeilsumError('PRODUCT_NOT_FOUND', `There is no product ${productId}.`);
}

async function listQuestions(
  state: WorldState,
  productId: ProductId | undefined,
): Promise<QuestionRecord[]> {
  const given = await state.list(answers);
  return (await state.list(questions))
    .filter((question) => productId === undefined || question.productId === productId)
    .sort(
      (left, right) =>
        left.askedAt - right.askedAt || (left.questionId < right.questionId ? -1 : 1),
    )
    .map((question) => ({
      question,
      answers: given.filter(({ questionId }) => questionId === question.questionId),
    }));
}
