import {
  epochSchema,
  memberIdSchema,
  openingAnswerSchema,
  openingCommitmentSchema,
  openingConclusionSchema,
  openingContestSchema,
  openingIdSchema,
  openingRevealSchema,
  openingTaskReferenceSchema,
  productIdSchema,
} from '@veilsum/protocol';
import { z } from 'zod';
import { LedgerContract, type ContractOptions } from './ledger-contract.js';
import { answerOpening, concludeOpening, contestOpening, markDelivered } from './opening-answer.js';
import { commitOpening, revealOpening } from './opening-commitment.js';
import { requireOpeningTask } from './opening-record.js';
import { openingTasks, openings } from './oversight-objects.js';
import type { TransactionContext } from './transaction-stub.js';

const openingReference = z.strictObject({ openingId: openingIdSchema });
const openingFilter = z.strictObject({
  productId: productIdSchema.optional(),
  epoch: epochSchema.optional(),
});
const taskFilter = z.strictObject({
  contributorId: memberIdSchema.optional(),
  judgeId: memberIdSchema.optional(),
});

const anyMember = 'member' as const;
const auditors = ['auditor'] as const;

/** `opening`: blocks that contributors show to an auditor (docs/protocol.md §9, docs/ledger.md, Openings). */
export class OpeningContract extends LedgerContract {
  constructor(options: ContractOptions = {}) {
    super('opening', options);
  }

  /** An auditor fixes its randomness before the epoch's contributions. */
  commit(context: TransactionContext, argument: string): Promise<string> {
    const rule = { access: auditors, schema: openingCommitmentSchema };
    return this.transact(context, argument, rule, commitOpening);
  }

  /** The auditor reveals it after the epoch, and the ledger names the blocks. */
  reveal(context: TransactionContext, argument: string): Promise<string> {
    const rule = { access: auditors, schema: openingRevealSchema };
    return this.transact(context, argument, rule, revealOpening);
  }

  /** A contributor names the hash of its sealed answer. */
  answer(context: TransactionContext, argument: string): Promise<string> {
    const rule = { access: anyMember, schema: openingAnswerSchema };
    return this.transact(context, argument, rule, answerOpening);
  }

  /** The gateway records that it holds the answer for the auditor. */
  markDelivered(context: TransactionContext, argument: string): Promise<string> {
    const rule = { access: ['gateway'] as const, schema: openingAnswerSchema };
    return this.transact(context, argument, rule, markDelivered);
  }

  /** The auditor says whether the answer agrees with the container and the declarations. */
  conclude(context: TransactionContext, argument: string): Promise<string> {
    const rule = { access: ['auditor', 'regulator'] as const, schema: openingConclusionSchema };
    return this.transact(context, argument, rule, concludeOpening);
  }

  /** A contributor has somebody else conclude anew. */
  contest(context: TransactionContext, argument: string): Promise<string> {
    const rule = { access: anyMember, schema: openingContestSchema };
    return this.transact(context, argument, rule, contestOpening);
  }

  /** An opening with all that contributors have to show for it. */
  read(context: TransactionContext, argument: string): Promise<string> {
    const rule = { access: anyMember, schema: openingReference };
    return this.transact(context, argument, rule, async ({ state }, { openingId }) => ({
      opening: await state.require(openings, openingId),
      tasks: (await state.list(openingTasks)).filter((task) => task.openingId === openingId),
    }));
  }

  /** What has to be shown of one contribution. */
  task(context: TransactionContext, argument: string): Promise<string> {
    const rule = { access: anyMember, schema: openingTaskReferenceSchema };
    return this.transact(context, argument, rule, ({ state }, reference) =>
      requireOpeningTask(state, reference),
    );
  }

  /** What contributors have to show; of one contributor, for one auditor, or all. */
  tasks(context: TransactionContext, argument: string): Promise<string> {
    const rule = { access: anyMember, schema: taskFilter };
    return this.transact(context, argument, rule, async ({ state }, { contributorId, judgeId }) =>
      (
        await state.list(openingTasks, ...(contributorId === undefined ? [] : [contributorId]))
      ).filter((task) => judgeId === undefined || task.judgeId === judgeId),
    );
  }

  list(context: TransactionContext, argument: string): Promise<string> {
    const rule = { access: anyMember, schema: openingFilter };
    return this.transact(context, argument, rule, async ({ state }, filter) =>
      (await state.list(openings)).filter(
        ({ productId, epoch }) =>
          (filter.productId ?? productId) === productId && (filter.epoch ?? epoch) === epoch,
      ),
    );
  }
}
