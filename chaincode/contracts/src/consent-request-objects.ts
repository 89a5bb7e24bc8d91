import {
  consentAnswerSchema,
  consentRequestSchema,
  type ConsentAnswer,
  type ConsentRequest,
} from '@veilsum/protocol';
import type { StateKind } from './world-state.js';

/** requestId */
export const consentRequests: StateKind<ConsentRequest> = {
  type: 'consentRequest',
  noun: 'consent request',
  schema: consentRequestSchema,
  notFound: 'NOT_FOUND',
};

/** requestId, contributorId: answered once */
export const consentAnswers: StateKind<ConsentAnswer> = {
  type: 'consentAnswer',
  noun: 'answer to a consent request',
  schema: consentAnswerSchema,
  notFound: 'NOT_FOUND',
};
