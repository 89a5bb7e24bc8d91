import { askLedger, tellLedger, type Ledger } from '@veilsum/ledger';
import { queryRecordSchema, VeilsumError, type QueryRecord } from '@veilsum/protocol';
import { subjectId, type Mender } from './mender.js';

/** A transaction that any member may send once it is due. */
interface Duty {
  readonly transaction: 'closeBlinding' | 'nextAttempt' | 'expire' | 'settle';
  readonly done: string;
}

const closeBlinding: Duty = { transaction: 'closeBlinding', done: 'Closed the round of blindings' };
const nextAttempt: Duty = { transaction: 'nextAttempt', done: 'Opened the next attempt' };
const expire: Duty = { transaction: 'expire', done: 'Ended the query, and money went back' };
const settle: Duty = { transaction: 'settle', done: 'Settled the query' };

/** What the ledger says when a duty is another's, was done, or is not due yet. */
const notNow: ReadonlySet<string> = new Set([
  'DEADLINE_NOT_REACHED',
  'INVALID_STATE',
  'ATTEMPT_MISMATCH',
]);

/**
 * Goes on with a query whose attempt is over, or ends it: the better outcome first, and the ledger decides
 * what is due (docs/protocol.md §6.8).
 */
export function queryMender(ledger: Ledger): Mender {
  return async (alert) => {
    const queryId = subjectId(alert, 'query');
    if (queryId === undefined) return undefined;
    const record = await askLedger(ledger, 'query:read', { queryId }, queryRecordSchema);
    for (const duty of dutiesOf(record)) {
      if (await isDone(ledger, duty, record)) return `${duty.done} of query ${queryId}.`;
    }
    return undefined;
  };
}

function dutiesOf({ status, attempt }: QueryRecord): Duty[] {
  if (status === 'released') return [settle];
  if (status === 'reviewing') return [expire];
  if (status !== 'authorised' && status !== 'blinded') return [];
  return attempt?.state === 'blinding'
    ? [closeBlinding, nextAttempt, expire]
    : [nextAttempt, expire];
}

async function isDone(
  ledger: Ledger,
  { transaction }: Duty,
  { queryId, attempt }: QueryRecord,
): Promise<boolean> {
  const argument =
    transaction === 'closeBlinding' ? { queryId, attempt: attempt?.attempt ?? 1 } : { queryId };
  try {
    await tellLedger(ledger, `query:${transaction}`, argument);
    return true;
  } catch (error) {
    if (error instanceof VeilsumError && isForNow(error, transaction)) return false;
    throw error;
  }
}

/** A query that lacks consents now cannot go on, but it can be ended. */
function isForNow({ code, transient }: VeilsumError, transaction: Duty['transaction']): boolean {
  return notNow.has(code) || (transaction === 'nextAttempt' && !transient);
}
