import { VeilsumError } from '@veilsum/protocol';
import { showRefusal } from '../command/verdict-view.js';
import { showEpsilon, showMoney } from '../command/wording.js';
import {
  quoteQuestion,
  receiveResult,
  submitQuestion,
  type QueryResult,
  type Question,
} from '../query/query-run.js';
import { showResult } from '../query/result-view.js';
import type { Session } from '../session/session.js';
import type { DemoStage } from './retail-demo.js';

const TIMEOUT_MS = 120_000;

/** Shows a quote in one or two lines. */
export async function quoteInWords(
  stage: DemoStage,
  analyst: Session,
  question: Question,
): Promise<void> {
  const quote = await quoteQuestion(analyst, question);
  stage.say(
    quote.verdict.allowed
      ? `Allowed for ${quote.cohortSize} merchants, ${quote.groups} groups; price ${showMoney(quote.price, 'USD')}, ${showEpsilon(quote.epsilonMicro)}. Nothing is charged for asking.`
      : 'It would be refused:',
  );
  if (!quote.verdict.allowed) showRefusal(stage.context.output, quote.verdict);
}

/** Asks, pays, waits, opens, checks and shows. */
export async function askQuestion(
  stage: DemoStage,
  analyst: Session,
  question: Question,
): Promise<QueryResult> {
  const record = await submitQuestion(analyst, question);
  if (record.status === 'refused') {
    showRefusal(stage.context.output, record.verdict);
    throw new VeilsumError(
      'QUERY_REFUSED',
      'A question of the example was refused; the rules are above.',
    );
  }
  const result = await receiveResult(analyst, record.queryId, { timeoutMs: TIMEOUT_MS });
  showResult(stage.context.output, result);
  return result;
}

/** Asks something that must be refused, and shows every reason. */
export async function refusedQuestion(
  stage: DemoStage,
  analyst: Session,
  question: Question,
): Promise<void> {
  const record = await submitQuestion(analyst, question);
  if (record.status !== 'refused') {
    throw new VeilsumError('INTERNAL', 'A question that breaks rules was not refused.');
  }
  const failed = record.verdict.trace.filter(({ passed }) => !passed);
  stage.report.refused.push({
    code: failed[0]?.code ?? 'QUERY_REFUSED',
    rules: failed.map(({ rule }) => rule),
  });
  stage.say('Exact sales for marketing, for at most 0.01: nothing was charged.');
  showRefusal(stage.context.output, record.verdict);
}
