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
import { DemoMemory } from './demo-memory.js';
import type { DemoStage } from './demo-stage.js';

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

/** Asks, pays, waits, opens, checks and shows; a question of an earlier start is only shown again. */
export async function askQuestion(
  stage: DemoStage,
  analyst: Session,
  { step, question }: { readonly step: string; readonly question: Question },
): Promise<QueryResult> {
  const memory = new DemoMemory(analyst.state);
  const asked = await memory.queryOf(step);
  if (asked !== undefined)
    stage.say('Asked at an earlier start; shown again without paying again.');
  const queryId = asked ?? (await submitAllowed(stage, analyst, question));
  if (asked === undefined) await memory.remember(step, queryId);
  const result = await receiveResult(analyst, queryId, { timeoutMs: TIMEOUT_MS });
  showResult(stage.context.output, result);
  return result;
}

async function submitAllowed(
  stage: DemoStage,
  analyst: Session,
  question: Question,
): Promise<string> {
  const record = await submitQuestion(analyst, question);
  if (record.status !== 'refused') return record.queryId;
  showRefusal(stage.context.output, record.verdict);
  throw new VeilsumError(
    'QUERY_REFUSED',
    'A question of the example was refused; the rules are above.',
  );
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
