import {
  blindingCommitmentSchema,
  budgetGroupSchema,
  disputeAnswerSchema,
  epochSchema,
  keyholderRefusalSchema,
  memberIdSchema,
  productIdSchema,
  queryIdSchema,
  queryRequestSchema,
  queryStatusSchema,
  resultPublicationSchema,
  reviewArgumentSchema,
  shareReferenceSchema,
  shareReleaseSchema,
  type QueryRecord,
} from '@veilsum/protocol';
import { z } from 'zod';
import { LedgerContract, type ContractOptions } from './ledger-contract.js';
import {
  closeBlindingRound,
  commitBlindingHash,
  readAttempts,
  refuseShare,
  releaseShare,
} from './query-attempts.js';
import { readPrivacyAccount } from './query-charges.js';
import {
  accept,
  answerShareDispute,
  disputeShare,
  expire,
  openNextAttempt,
  settle,
} from './query-closing.js';
import { disputeAnswers, disputes, keyholderParts, queries } from './query-objects.js';
import { quoteQuery, requestQuery } from './query-request.js';
import { reviewQuery } from './query-review.js';
import { publishResult } from './result-publication.js';
import { publishedGroups } from './reward-objects.js';
import type { TransactionContext } from './transaction-stub.js';

const queryReference = z.strictObject({ queryId: queryIdSchema });
const attemptReference = z.strictObject({
  queryId: queryIdSchema,
  attempt: z.number().int().min(1),
});
const queryFilter = z.strictObject({
  status: queryStatusSchema.optional(),
  analystId: memberIdSchema.optional(),
  productId: productIdSchema.optional(),
});
const accountReference = z.strictObject({
  memberId: memberIdSchema,
  budgetGroup: budgetGroupSchema,
  epoch: epochSchema,
});

const anyMember = 'member' as const;
const analysts = ['analyst'] as const;
const keyholders = ['keyholder'] as const;

/** `query`: from a request to its settlement (docs/ledger.md, Queries; docs/protocol.md §6). */
export class QueryContract extends LedgerContract {
  constructor(options: ContractOptions = {}) {
    super('query', options);
  }

  /** What a request would be told, cost and leave; writes nothing. */
  quote(context: TransactionContext, argument: string): Promise<string> {
    const rule = { access: anyMember, schema: queryRequestSchema };
    return this.transact(context, argument, rule, quoteQuery);
  }

  /** Asks: the record is authorised, charged and escrowed, or refused with every failed rule. */
  request(context: TransactionContext, argument: string): Promise<string> {
    const rule = { access: analysts, schema: queryRequestSchema };
    return this.transact(context, argument, rule, requestQuery);
  }

  /** Decides on a query that waits for a review. */
  review(context: TransactionContext, argument: string): Promise<string> {
    const rule = { access: anyMember, schema: reviewArgumentSchema };
    return this.transact(context, argument, rule, reviewQuery);
  }

  /** A keyholder records its blinding; the round closes by itself at ℓ records. */
  commitBlinding(context: TransactionContext, argument: string): Promise<string> {
    const rule = { access: keyholders, schema: blindingCommitmentSchema };
    return this.transact(context, argument, rule, commitBlindingHash);
  }

  /** Closes a blinding round after its deadline with t records or more. */
  closeBlinding(context: TransactionContext, argument: string): Promise<string> {
    const rule = { access: anyMember, schema: attemptReference };
    return this.transact(context, argument, rule, closeBlindingRound);
  }

  /** A keyholder of A records its share before it hands it over. */
  releaseShare(context: TransactionContext, argument: string): Promise<string> {
    const rule = { access: keyholders, schema: shareReleaseSchema };
    return this.transact(context, argument, rule, releaseShare);
  }

  /** A keyholder records why it takes no part. */
  refuseShare(context: TransactionContext, argument: string): Promise<string> {
    const rule = { access: keyholders, schema: keyholderRefusalSchema };
    return this.transact(context, argument, rule, refuseShare);
  }

  /** Opens the next attempt once the last is over. */
  nextAttempt(context: TransactionContext, argument: string): Promise<string> {
    const rule = { access: anyMember, schema: queryReference };
    return this.transact(context, argument, rule, (call, { queryId }) =>
      openNextAttempt(call, queryId),
    );
  }

  /** Ends a query that cannot or should not get a result any more. */
  expire(context: TransactionContext, argument: string): Promise<string> {
    const rule = { access: anyMember, schema: queryReference };
    return this.transact(context, argument, rule, (call, { queryId }) => expire(call, queryId));
  }

  /** The analyst accepts the result and pays. */
  accept(context: TransactionContext, argument: string): Promise<string> {
    const rule = { access: anyMember, schema: queryReference };
    return this.transact(context, argument, rule, (call, { queryId }) => accept(call, queryId));
  }

  /** Settles a released query after the dispute window. */
  settle(context: TransactionContext, argument: string): Promise<string> {
    const rule = { access: anyMember, schema: queryReference };
    return this.transact(context, argument, rule, (call, { queryId }) => settle(call, queryId));
  }

  /** The analyst reports that a recorded share did not reach it. */
  disputeShare(context: TransactionContext, argument: string): Promise<string> {
    const rule = { access: anyMember, schema: shareReferenceSchema };
    return this.transact(context, argument, rule, disputeShare);
  }

  /** A keyholder posts the sealed bytes of a share that was reported missing. */
  answerDispute(context: TransactionContext, argument: string): Promise<string> {
    const rule = { access: keyholders, schema: disputeAnswerSchema };
    return this.transact(context, argument, rule, answerShareDispute);
  }

  /** Reports of missing shares of a query. */
  disputes(context: TransactionContext, argument: string): Promise<string> {
    const rule = { access: anyMember, schema: queryReference };
    return this.transact(context, argument, rule, ({ state }, { queryId }) =>
      state.list(disputes, queryId),
    );
  }

  /** The sealed bytes that answered a report, base64; only the analyst can open them. */
  disputeAnswer(context: TransactionContext, argument: string): Promise<string> {
    const rule = { access: anyMember, schema: shareReferenceSchema };
    return this.transact(context, argument, rule, ({ state }, { queryId, attempt, index }) =>
      state.require(disputeAnswers, ...keyholderParts(queryId, attempt, index)),
    );
  }

  /** Who asked or paid makes a result readable for everyone; the ledger verifies its certificate. */
  publishResult(context: TransactionContext, argument: string): Promise<string> {
    const rule = { access: anyMember, schema: resultPublicationSchema };
    return this.transact(context, argument, rule, publishResult);
  }

  /** What has been published of a result, group by group; empty when nothing has. */
  publishedResult(context: TransactionContext, argument: string): Promise<string> {
    const rule = { access: anyMember, schema: queryReference };
    return this.transact(context, argument, rule, async ({ state }, { queryId }) => {
      await state.require(queries, queryId);
      return state.list(publishedGroups, queryId);
    });
  }

  read(context: TransactionContext, argument: string): Promise<string> {
    const rule = { access: anyMember, schema: queryReference };
    return this.transact(context, argument, rule, ({ state }, { queryId }) =>
      state.require(queries, queryId),
    );
  }

  /** All attempts at a query with what keyholders recorded. */
  attempts(context: TransactionContext, argument: string): Promise<string> {
    const rule = { access: anyMember, schema: queryReference };
    return this.transact(context, argument, rule, ({ state }, { queryId }) =>
      readAttempts(state, queryId),
    );
  }

  /** Queries in the order in which they were asked. */
  list(context: TransactionContext, argument: string): Promise<string> {
    const rule = { access: anyMember, schema: queryFilter };
    return this.transact(context, argument, rule, async ({ state }, filter) =>
      (await state.list(queries)).filter((query) => isListed(query, filter)).sort(byTime),
    );
  }

  /** What a member has spent of a privacy budget. */
  budget(context: TransactionContext, argument: string): Promise<string> {
    const rule = { access: anyMember, schema: accountReference };
    return this.transact(context, argument, rule, ({ state }, of) => readPrivacyAccount(state, of));
  }
}

function isListed(query: QueryRecord, filter: z.infer<typeof queryFilter>): boolean {
  const { status, analystId, productId } = filter;
  return (
    (status === undefined || query.status === status) &&
    (analystId === undefined || query.analystId === analystId) &&
    (productId === undefined || query.request.productId === productId)
  );
}

function byTime(left: QueryRecord, right: QueryRecord): number {
  return left.requestedAt - right.requestedAt || (left.queryId < right.queryId ? -1 : 1);
}
