import { createHash } from 'node:crypto';
import { askLedger, tellLedger, type Ledger } from '@veilsum/ledger';
import {
  consentIdSchema,
  consentRequestRecordSchema,
  memberSchema,
  productSchema,
  VeilsumError,
  type AutoApproval as ApprovalRules,
  type ConsentRequestRecord,
  type ErrorCode,
} from '@veilsum/protocol';
import { approveByRules, type AutoApproval } from '@veilsum/rules';
import { z } from 'zod';
import { signTerms } from './consent-document.js';

/** What became of one request. */
export interface Approval {
  readonly requestId: string;
  readonly analystId: string;
  /** `left`: a person has to look; `answered`: somebody answered in the meantime. */
  readonly decision: 'granted' | 'left' | 'answered';
  readonly consentId?: string;
  readonly ruleId?: string;
  /** Why a person has to look, rule by rule. */
  readonly reasons: readonly string[];
}

/** Another process of the same contributor was faster; the ledger has its answer. */
const answeredMeanwhile: readonly ErrorCode[] = [
  'CONSENT_REQUEST_ANSWERED',
  'ALREADY_EXISTS_WITH_DIFFERENT_CONTENT',
];

/** Requests with their answers, of one product or all. */
export function listRequests(
  ledger: Ledger,
  filter: { readonly productId?: string; readonly analystId?: string } = {},
): Promise<ConsentRequestRecord[]> {
  return askLedger(ledger, 'consentRequest:list', filter, z.array(consentRequestRecordSchema));
}

/** Whether a contributor can still answer. */
export function isOpenFor({ request, answers }: ConsentRequestRecord, memberId: string): boolean {
  return (
    request.status === 'open' && !answers.some(({ contributorId }) => contributorId === memberId)
  );
}

/**
 * Goes through the open requests once: grants what the rules allow as a whole and leaves the rest. What was
 * answered before is not asked again, so it may be interrupted and run again at any time.
 * @param known - requests that were left before and are not looked at again
 */
export async function approveRequests(
  of: { readonly ledger: Ledger; readonly memberId: string },
  { rules }: ApprovalRules,
  { known = new Set(), now = Date.now }: { known?: ReadonlySet<string>; now?: () => number } = {},
): Promise<Approval[]> {
  const open = (await listRequests(of.ledger)).filter(
    (record) => isOpenFor(record, of.memberId) && !known.has(record.request.requestId),
  );
  const approvals: Approval[] = [];
  for (const { request } of open) {
    const { requestId, analystId, productId, productVersion } = request;
    const version = { productId, version: productVersion };
    const product = await askLedger(of.ledger, 'product:read', version, productSchema);
    const analyst = await askLedger(
      of.ledger,
      'member:read',
      { memberId: analystId },
      memberSchema,
    );
    const decided = approveByRules(rules, { request, analyst, product, now: now() });
    approvals.push({ requestId, analystId, ...(await carryOut(of, requestId, decided)) });
  }
  return approvals;
}

async function carryOut(
  { ledger, memberId }: { readonly ledger: Ledger; readonly memberId: string },
  requestId: string,
  { terms, ruleId, trace }: AutoApproval,
): Promise<Pick<Approval, 'decision' | 'consentId' | 'ruleId' | 'reasons'>> {
  const reasons = trace.flatMap((rule) =>
    rule.outcomes
      .filter(({ passed }) => !passed)
      .map(({ sentence }) => `${rule.ruleId}: ${sentence}`),
  );
  if (terms === undefined || ruleId === undefined) return { decision: 'left', reasons };
  const consentId = consentIdFor(requestId, memberId);
  try {
    await tellLedger(ledger, 'consent:grant', signTerms({ ...terms, consentId }, memberId));
    return { decision: 'granted', consentId, ruleId, reasons: [] };
  } catch (error) {
    if (!(error instanceof VeilsumError)) throw error;
    if (answeredMeanwhile.includes(error.code)) return { decision: 'answered', reasons: [] };
    if (error.transient) throw error;
    return { decision: 'left', reasons: [`${error.code}: ${error.message}`] };
  }
}

/** One id for a request and contributor, so that two processes cannot give two consents. */
function consentIdFor(requestId: string, memberId: string) {
  const digest = createHash('sha256').update(`veilsum/auto-approval ${requestId} ${memberId}`);
  return consentIdSchema.parse(digest.digest('hex').slice(0, 32));
}
