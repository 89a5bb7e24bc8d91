import { VeilsumError, type ErrorCode } from '@veilsum/protocol';

import type { MultiplicationTask, VerificationTask } from './compute-pool.js';
import { runVerification } from './container-verification.js';
import { runMultiplication } from './row-multiplication.js';

/** What a thread answers: errors lose their class on the way between threads, so refusals are values. */
export type WorkerAnswer<T> =
  | { readonly kind: 'done'; readonly value: T }
  | { readonly kind: 'refused'; readonly code: ErrorCode; readonly sentence: string };

/** Task `verifyContainer` of the pool. */
export function verifyContainer(task: VerificationTask): Promise<WorkerAnswer<void>> {
  return answerOf(() => runVerification(task));
}

/** Task `multiply` of the pool. */
export function multiply(task: MultiplicationTask): Promise<WorkerAnswer<string[]>> {
  return answerOf(() => runMultiplication(task));
}

async function answerOf<T>(run: () => Promise<T>): Promise<WorkerAnswer<T>> {
  try {
    return { kind: 'done', value: await run() };
  } catch (error) {
    if (!(error instanceof VeilsumError)) throw error;
    return { kind: 'refused', code: error.code, sentence: error.message };
  }
}
