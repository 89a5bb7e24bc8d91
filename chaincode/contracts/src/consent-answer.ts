import type { ConsentAnswer, ConsentRequestId, ConsentTerms } from '@veilsum/protocol';
import { checkConsentAnswer, requireAllowed } from '@veilsum/rules';
import { consentAnswers, consentRequests } from './consent-request-objects.js';
import type { TransactionCall } from './transaction-call.js';

type AnswerCall = Pick<TransactionCall, 'state' | 'caller' | 'now'>;

/**
 * Records what the caller answers to a request, in the same transaction as the consent if it gives one: so
 * nobody grants the same request twice.
 * @throws {@link VeilsumError} NOT_FOUND, CONSENT_REQUEST_CLOSED, CONSENT_REQUEST_ANSWERED, CONSENT_INVALID
 */
export async function recordAnswer(
  { state, caller, now }: AnswerCall,
  requestId: ConsentRequestId,
  given: Pick<ConsentAnswer, 'answer' | 'reason'> & { readonly consent?: ConsentTerms },
): Promise<ConsentAnswer> {
  const { consent, ...answered } = given;
  const request = await state.require(consentRequests, requestId);
  const contributorId = caller.memberId;
  const earlier = await state.get(consentAnswers, requestId, contributorId);
  requireAllowed(checkConsentAnswer({ request, earlier, consent }));
  const answer: ConsentAnswer = {
    requestId,
    contributorId,
    ...answered,
    ...(consent === undefined ? {} : { consentId: consent.consentId }),
    answeredAt: now,
  };
  await state.put(consentAnswers, [requestId, contributorId], answer);
  return answer;
}

/** Answers the request that terms name, if they name one. */
export async function answerRequest(call: AnswerCall, terms: ConsentTerms): Promise<void> {
  if (terms.requestId === undefined) return;
  await recordAnswer(call, terms.requestId, { answer: 'granted', consent: terms });
}
