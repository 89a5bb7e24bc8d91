import {
  consentAskingSchema,
  consentDecliningSchema,
  consentRequestIdSchema,
  memberIdSchema,
  productIdSchema,
  VeilsumError,
  type ConsentRequest,
  type ConsentRequestId,
  type ConsentRequestRecord,
} from '@veilsum/protocol';
import { checkConsentAsking, requireAllowed } from '@veilsum/rules';
import { z } from 'zod';
import { recordAnswer } from './consent-answer.js';
import { consentAnswers, consentRequests } from './consent-request-objects.js';
import { LedgerContract, type ContractOptions } from './ledger-contract.js';
import { productKey, products } from './ledger-objects.js';
import { isSentAgain, takenId } from './same-content.js';
import type { TransactionContext } from './transaction-stub.js';
import type { WorldState } from './world-state.js';

const requestReference = z.strictObject({ requestId: consentRequestIdSchema });
const requestFilter = z.strictObject({
  productId: productIdSchema.optional(),
  analystId: memberIdSchema.optional(),
});

/** `consentRequest`: what analysts ask contributors to allow (docs/ledger.md, Consents). */
export class ConsentRequestContract extends LedgerContract {
  constructor(options: ContractOptions = {}) {
    super('consentRequest', options);
  }

  /** An analyst asks every contributor of a product for a consent. */
  ask(context: TransactionContext, argument: string): Promise<string> {
    const rule = { access: ['analyst'] as const, schema: consentAskingSchema };
    return this.transact(context, argument, rule, async (call, asking) => {
      const { state, caller, now, emit } = call;
      const { requestId } = asking;
      const existing = await state.get(consentRequests, requestId);
      if (existing !== undefined) {
        const sent = { ...asking, analystId: caller.memberId };
        if (isSentAgain(existing, sent, ['askedAt', 'status'])) return existing;
        throw takenId('consent request', requestId);
      }
      const key = productKey(asking.productId, asking.productVersion);
      const product = await state.require(products, ...key);
      requireAllowed(checkConsentAsking(asking, product, now));
      const request: ConsentRequest = {
        ...asking,
        analystId: caller.memberId,
        askedAt: now,
        status: 'open',
      };
      await state.put(consentRequests, [requestId], request);
      emit('consentRequestChanged', { requestId, status: 'open' });
      return request;
    });
  }

  /** The analyst takes a request back; consents that were given stay. */
  close(context: TransactionContext, argument: string): Promise<string> {
    const rule = { access: 'member' as const, schema: requestReference };
    return this.transact(context, argument, rule, async (call, { requestId }) => {
      const request = await call.state.require(consentRequests, requestId);
      if (request.analystId !== call.caller.memberId) {
        throw new VeilsumError('FORBIDDEN', 'Only the analyst takes back what it asked for.');
      }
      if (request.status === 'closed') return request;
      const closed: ConsentRequest = { ...request, status: 'closed' };
      await call.state.put(consentRequests, [requestId], closed);
      call.emit('consentRequestChanged', { requestId, status: 'closed' });
      return closed;
    });
  }

  /** A contributor says no, with a reason. Who says yes grants a consent that names the request. */
  decline(context: TransactionContext, argument: string): Promise<string> {
    const rule = { access: 'member' as const, schema: consentDecliningSchema };
    return this.transact(context, argument, rule, async (call, { requestId, reason }) => {
      const contributorId = call.caller.memberId;
      const earlier = await call.state.get(consentAnswers, requestId, contributorId);
      if (earlier?.answer === 'declined' && earlier.reason === reason) return earlier;
      const answer = await recordAnswer(call, requestId, { answer: 'declined', reason });
      call.emit('consentRequestChanged', { requestId, status: 'declined' });
      return answer;
    });
  }

  /** A request with everyone's answer. */
  read(context: TransactionContext, argument: string): Promise<string> {
    const rule = { access: 'member' as const, schema: requestReference };
    return this.transact(context, argument, rule, async ({ state }, { requestId }) =>
      recordOf(state, await state.require(consentRequests, requestId)),
    );
  }

  /** Requests with their answers, the earliest first. */
  list(context: TransactionContext, argument: string): Promise<string> {
    const rule = { access: 'member' as const, schema: requestFilter };
    return this.transact(context, argument, rule, async ({ state }, filter) => {
      const found = (await state.list(consentRequests))
        .filter(
          ({ productId, analystId }) =>
            (filter.productId === undefined || productId === filter.productId) &&
            (filter.analystId === undefined || analystId === filter.analystId),
        )
        .sort(
          (left, right) =>
            left.askedAt - right.askedAt || (left.requestId < right.requestId ? -1 : 1),
        );
      const records: ConsentRequestRecord[] = [];
      for (const request of found) records.push(await recordOf(state, request));
      return records;
    });
  }
}

async function recordOf(state: WorldState, request: ConsentRequest): Promise<ConsentRequestRecord> {
  const requestId: ConsentRequestId = request.requestId;
  return { request, answers: await state.list(consentAnswers, requestId) };
}
