import type {
  Incident,
  OpeningAnswer,
  OpeningConclusion,
  OpeningContest,
  OpeningTask,
} from '@veilsum/protocol';
import {
  checkConclusion,
  checkContest,
  checkDelivery,
  checkOpeningAnswer,
  incidentIdOf,
  openedContribution,
  requireAllowed,
} from '@veilsum/rules';
import { closeIncident } from './incident-decision.js';
import { mendByAnswer } from './incident-mending.js';
import { findIncident, openIncident } from './incident-record.js';
import { members } from './ledger-objects.js';
import { putOpeningTask, requireOpeningTask } from './opening-record.js';
import { agreedOpenings } from './reward-objects.js';
import type { TransactionCall } from './transaction-call.js';

/** Names a contributor's answer; until the gateway holds it, another can be named. */
export async function answerOpening(
  call: TransactionCall,
  { answerHash, ...reference }: OpeningAnswer,
): Promise<OpeningTask> {
  const task = await requireOpeningTask(call.state, reference);
  const { memberId } = call.caller;
  if (task.answerHash === answerHash && task.contributorId === memberId) return task;
  requireAllowed(checkOpeningAnswer(task, memberId));
  return writeTask(call, { ...task, status: 'named', answerHash });
}

/** Records that the gateway holds an answer, which mends an opening that was missed. */
export async function markDelivered(
  call: TransactionCall,
  { answerHash, ...reference }: OpeningAnswer,
): Promise<OpeningTask> {
  const task = await requireOpeningTask(call.state, reference);
  if (task.status === 'answered' && task.answerHash === answerHash) return task;
  requireAllowed(checkDelivery(task, answerHash));
  const rectified = await mendByAnswer(call, task);
  return writeTask(call, { ...task, status: 'answered' }, rectified);
}

/**
 * Records what the auditor found. A mismatch is an incident at once; who contested it and agrees in the end
 * has it lifted.
 */
export async function concludeOpening(
  call: TransactionCall,
  { outcome, evidenceHash, ...reference }: OpeningConclusion,
): Promise<OpeningTask> {
  const { state, caller, now } = call;
  const task = await requireOpeningTask(state, reference);
  const judgeId = caller.memberId;
  const last = task.conclusions.at(-1);
  const isSame = last?.outcome === outcome && last.evidenceHash === evidenceHash;
  if (isSame && last.judgeId === judgeId && task.status === outcome) return task;
  requireAllowed(checkConclusion(task, judgeId));
  const conclusion = { judgeId, outcome, evidenceHash, concludedAt: now };
  const concluded: OpeningTask = {
    ...task,
    status: outcome,
    conclusions: [...task.conclusions, conclusion],
  };
  await keepAgreedOpening(call, concluded);
  const incident = await settleMismatch(call, concluded, conclusion);
  return writeTask(call, concluded, incident?.incidentId);
}

/** An opening that agreed counts as quality when rewards are divided, until one does not. */
async function keepAgreedOpening(
  { state, now }: TransactionCall,
  { contributionId, status }: OpeningTask,
): Promise<void> {
  if (status === 'agreed') {
    await state.put(agreedOpenings, [contributionId], { contributionId, at: now });
  } else if ((await state.get(agreedOpenings, contributionId)) !== undefined) {
    await state.delete(agreedOpenings, contributionId);
  }
}

/** Has another auditor, or a regulator, conclude anew on the same blocks. */
export async function contestOpening(
  call: TransactionCall,
  { judgeId, ...reference }: OpeningContest,
): Promise<OpeningTask> {
  const { state, caller, now } = call;
  const task = await requireOpeningTask(state, reference);
  const [first] = task.conclusions;
  if (isContestedAlready(task, judgeId, caller.memberId)) return task;
  requireAllowed(
    checkContest({
      task,
      contributor: await state.require(members, task.contributorId),
      firstJudge: await state.require(members, first?.judgeId ?? task.judgeId),
      judge: await state.require(members, judgeId),
      callerId: caller.memberId,
      now,
    }),
  );
  const deadline = now + task.answerMs;
  return writeTask(call, { ...withoutAnswer(task), judgeId, status: 'due', deadline });
}

/** What was sealed to the first auditor is of no use to another. */
function withoutAnswer(task: OpeningTask): OpeningTask {
  const { answerHash, ...rest } = task;
  return answerHash === undefined ? task : rest;
}

function isContestedAlready(task: OpeningTask, judgeId: string, callerId: string): boolean {
  const isRunning = task.conclusions.length === 1 && task.status !== 'mismatch';
  return isRunning && task.judgeId === judgeId && task.contributorId === callerId;
}

async function settleMismatch(
  call: TransactionCall,
  { contributorId, productId, epoch, conclusions, ...task }: OpeningTask,
  { outcome, evidenceHash }: OpeningTask['conclusions'][number],
): Promise<Incident | undefined> {
  const subject = openedContribution('opening-mismatch', task);
  const isContested = conclusions.length > 1;
  if (isContested) {
    const standing = await findIncident(call.state, incidentIdOf(subject));
    const stands = outcome === 'mismatch' || standing?.status !== 'escalated';
    return stands ? standing : closeIncident(call, standing, { action: 'lift', amount: '0' });
  }
  if (outcome === 'agreed') return undefined;
  const place = { productId, epoch };
  const memberId = contributorId;
  return openIncident(call, { kind: 'opening-mismatch', subject, memberId, place, evidenceHash });
}

async function writeTask(
  { state, emit }: TransactionCall,
  task: OpeningTask,
  incidentId?: string,
): Promise<OpeningTask> {
  const { openingId, contributionId, status } = task;
  await putOpeningTask(state, task);
  emit('openingChanged', {
    openingId,
    contributionId,
    status,
    ...(incidentId === undefined ? {} : { incidentId }),
  });
  return task;
}
