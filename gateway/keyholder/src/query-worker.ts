import { VeilsumError, type KeyholderRefusal, type QueryId } from '@veilsum/protocol';
import { checkAggregates } from './aggregate-check.js';
import { commitBlinding } from './blinding-commitment.js';
import { planAttemptOf, type CheckedPlan } from './checked-plan.js';
import type { Clock } from './clock.js';
import type { CommitteeLedger } from './committee-ledger.js';
import type { ContainerFolder } from './container-folder.js';
import type { Deliveries } from './deliveries.js';
import { buildFinalBlocks, showBlinding } from './final-block.js';
import type { Gateway } from './gateway.js';
import type { KeyShares } from './key-ring.js';
import type { KeyholderStore } from './keyholder-store.js';
import { checkPlan } from './plan-check.js';
import { isOpen, nextTask, openAttempt, type OpenAttempt, type Task } from './query-progress.js';
import { Refusal } from './refusal.js';
import { answerDispute, handOverShare, releaseShare } from './share-release.js';

/** Everything a keyholder's steps reach out to. */
export interface KeyholderPorts {
  readonly ledger: CommitteeLedger;
  readonly gateway: Gateway;
  readonly store: KeyholderStore;
  readonly folder: ContainerFolder;
  readonly keyRing: KeyShares;
  readonly clock: Clock;
  readonly deliveries: Deliveries;
}

/**
 * What one look at a query did. `closed`: there will be nothing more to do for it. `rest`: nothing
 * until the ledger moves. `wait`: something is not there yet; look again soon.
 */
export type Progress =
  | { readonly kind: 'closed' | 'rest' | 'wait' }
  | { readonly kind: 'done'; readonly task: Task }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

/**
 * Takes one query one step further. Which step it is follows from the own ledger alone, and each step
 * can be repeated, so that it does not matter where the last run was cut off.
 *
 * @throws {@link VeilsumError} when the ledger or the store fails, or the ledger refuses a record
 */
export async function advanceQuery(queryId: QueryId, ports: KeyholderPorts): Promise<Progress> {
  const open = await readOpenAttempt(queryId, ports.ledger);
  if (open === undefined) return { kind: 'closed' };
  const index = await ports.keyRing.ownIndex(open.plan.keyId);
  if (index === undefined) return { kind: 'closed' };
  const task = nextTask(open, index, ports.clock.now());
  if (task === 'rest') return { kind: 'rest' };
  try {
    return (await run(task, { open, index }, ports)) ? { kind: 'done', task } : { kind: 'rest' };
  } catch (error) {
    if (isNotThereYet(error)) return { kind: 'wait' };
    if (!(error instanceof Refusal)) throw error;
    await ports.ledger.refuseShare(recordOf(open, error));
    return { kind: 'refused', refusal: error };
  }
}

interface Own {
  readonly open: OpenAttempt;
  readonly index: number;
}

/** @returns whether there was anything to do that this process had not done before */
async function run(task: Task, { open, index }: Own, ports: KeyholderPorts): Promise<boolean> {
  if (task === 'handOver') {
    const handOver = () => handOverShare(open, index, ports);
    return ports.deliveries.once('share', planAttemptOf(open), handOver);
  }
  if (task === 'answer') {
    await answerDispute(open, index, ports);
    return true;
  }
  const checked = await checkPlan(open, index, ports);
  await (task === 'commit' ? commit(checked, ports) : openFinal(checked, ports));
  return true;
}

async function commit(checked: CheckedPlan, ports: KeyholderPorts): Promise<void> {
  await checkAggregates(checked, ports);
  await commitBlinding(checked, ports);
}

async function openFinal(checked: CheckedPlan, ports: KeyholderPorts): Promise<void> {
  const show = () => showBlinding(checked, ports);
  await ports.deliveries.once('blinding', planAttemptOf(checked), show);
  const aggregates = await checkAggregates(checked, ports);
  const finals = await buildFinalBlocks(checked, aggregates, ports);
  await releaseShare(checked, finals, ports);
}

async function readOpenAttempt(
  queryId: QueryId,
  ledger: CommitteeLedger,
): Promise<OpenAttempt | undefined> {
  const record = await ledger.query(queryId);
  if (!isOpen(record)) return undefined;
  const disputes = record.status === 'released' ? await ledger.disputes(queryId) : [];
  return openAttempt(record, await ledger.attempts(queryId), disputes);
}

function recordOf(open: OpenAttempt, { code, message }: Refusal): KeyholderRefusal {
  return { queryId: open.plan.queryId, ...planAttemptOf(open), code, reason: message };
}

/** Gateways and peers are late more often than wrong. */
function isNotThereYet(error: unknown): boolean {
  if (error instanceof Refusal || !(error instanceof VeilsumError)) return false;
  return error.code === 'NOT_FOUND' || error.code === 'GATEWAY_UNAVAILABLE';
}
