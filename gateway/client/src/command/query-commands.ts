import { readFile, writeFile } from 'node:fs/promises';
import { askLedger } from '@veilsum/ledger';
import { queryRecordSchema, VeilsumError } from '@veilsum/protocol';
import type { Command } from 'commander';
import { z } from 'zod';
import { ledgerSource, type LedgerChoice } from '../audit/ledger-source.js';
import { plannedQueryOf } from '../audit/planned-query.js';
import { requireInOrder, withReplayedBlocks } from '../audit/replay.js';
import { fileErrorCode } from '../document/document-file.js';
import { readAttempts, readQuery } from '../query/ledger-view.js';
import { quoteQuestion, receiveResult, submitQuestion } from '../query/query-run.js';
import { exportResult, resultDocument } from '../query/result-export.js';
import { showResult, showRows } from '../query/result-view.js';
import { verifyResult } from '../query/verification.js';
import type { Session } from '../session/session.js';
import { readCurrency } from './account-commands.js';
import { ledgerOptions } from './audit-commands.js';
import { addCommand, type CommandContext } from './command.js';
import { requireConfirmation } from './confirmation.js';
import { isPossible, showQuote, showReview, statusWords } from './query-view.js';
import { addReviewCommands } from './review-commands.js';
import { addPublicationCommands } from './publication-commands.js';
import { questionOf, questionOptions, type QuestionOptions } from './question-options.js';
import { readReliedQuestions, showReliedQuestions } from './relied-questions.js';
import { showRefusal } from './verdict-view.js';
import { showEpsilon, showId, showMoney, showTime } from './wording.js';

/** A quote asks for the price, so its limit is one that no price reaches. */
const NO_LIMIT = '9'.repeat(30);
const DEFAULT_WAIT_S = 120;
const EXAMPLE =
  '--as analyst --product weekly-baskets@1 --epoch 2017-Q1 --function count --by group --weeks --epsilon 1 --purpose CommercialResearch';

/** Adds `veilsum quote` and `veilsum query …`. */
export function addQueryCommands(program: Command): void {
  addCommand<QuestionOptions>(program, {
    usage: 'quote',
    summary: 'what a query would cost and whether it would be allowed; nothing is written',
    example: `quote ${EXAMPLE}`,
    options: questionOptions,
    run: async (context, options) => {
      const session = await context.session();
      const quote = await quoteQuestion(session, questionOf(options, options.maxPrice ?? NO_LIMIT));
      context.output.result(quote);
      await showQuote(context, session, quote);
      if (!isPossible(quote)) process.exitCode = 1;
    },
  });
  const query = program.command('query').description('joint statistics: ask, receive, check');
  addRun(query);
  addResult(query);
  addExport(query);
  addVerify(query);
  addList(query);
  addShow(query);
  addReviewCommands(query);
  addPublicationCommands(query);
}

interface RunOptions extends QuestionOptions {
  readonly wait: string;
}

function addRun(query: Command): void {
  addCommand<RunOptions>(query, {
    usage: 'run',
    summary: 'ask, pay, and receive the result',
    example: `query run ${EXAMPLE} --max-price 20000`,
    options: [
      ...questionOptions,
      { flags: '--wait <seconds>', meaning: 'how long to wait', default: String(DEFAULT_WAIT_S) },
    ],
    run: async (context, options) => {
      const session = await context.session();
      const maximumPrice = options.maxPrice ?? (await agreedPrice(context, session, options));
      if (maximumPrice === undefined) {
        process.exitCode = 1;
        return;
      }
      const record = await submitQuestion(session, questionOf(options, maximumPrice));
      if (record.status === 'refused') {
        context.output.result(record);
        context.output.line(`Query ${record.queryId} was refused; nothing was charged:`);
        showRefusal(context.output, record.verdict);
        process.exitCode = 1;
        return;
      }
      await deliver(context, session, record.queryId, options.wait);
    },
  });
}

/**
 * Shows the quote and lets the payer accept it before anything is charged.
 * @returns the price, or undefined when the query would be refused
 */
async function agreedPrice(
  context: CommandContext,
  session: Session,
  options: QuestionOptions,
): Promise<string | undefined> {
  const quote = await quoteQuestion(session, questionOf(options, NO_LIMIT));
  await showQuote(context, session, quote);
  if (!isPossible(quote)) {
    context.output.result(quote);
    return undefined;
  }
  const consequence = `${showMoney(quote.price, await readCurrency(session))} and ${showEpsilon(quote.epsilonMicro)} will be charged.`;
  await requireConfirmation({ consequence, word: 'pay' }, context.yes);
  return quote.price;
}

async function deliver(
  context: CommandContext,
  session: Session,
  queryId: string,
  waitSeconds: string,
): Promise<void> {
  const result = await receiveResult(session, queryId, {
    timeoutMs: secondsOf(waitSeconds) * 1000,
    onStatus: (record) => {
      context.output.note(`${queryId} ${statusWords(record)}`);
    },
  });
  context.output.result(resultDocument(result));
  showResult(context.output, result);
}

function secondsOf(text: string): number {
  const seconds = Number(text);
  if (Number.isFinite(seconds) && seconds >= 0) return seconds;
  throw new VeilsumError('INVALID_ARGUMENT', `--wait is a number of seconds, not "${text}".`);
}

function addResult(query: Command): void {
  addCommand<{ wait: string }>(query, {
    usage: 'result <query>',
    summary: 'receive or show the result of a query you asked',
    example: 'query result 3f0c… --as analyst',
    options: [{ flags: '--wait <seconds>', meaning: 'how long to wait', default: '0' }],
    run: async (context, { wait }, [queryId = '']) => {
      await deliver(context, await context.session(), queryId, wait);
    },
  });
}

function addExport(query: Command): void {
  addCommand<{ format: string; out: string }>(query, {
    usage: 'export <query>',
    summary: 'write a result to a file',
    example: 'query export 3f0c… --as analyst --format csv --out result.csv',
    options: [
      {
        flags: '--format <format>',
        meaning: 'csv, json or certificate',
        choices: ['csv', 'json', 'certificate'],
        required: true,
      },
      { flags: '--out <file>', meaning: 'file to write; it must not exist', required: true },
    ],
    run: async (context, { format, out }, [queryId = '']) => {
      const result = await receiveResult(await context.session(), queryId, { timeoutMs: 0 });
      await writeFile(out, exportResult(result, format), { flag: 'wx', mode: 0o600 }).catch(
        (error: unknown) => {
          throw new VeilsumError(
            'INVALID_ARGUMENT',
            `${out} cannot be written (${fileErrorCode(error)}).`,
          );
        },
      );
      context.output.result({ queryId, format, file: out });
      context.output.line(
        `Written to ${out}. It shows the result: pass it on only to who may see that.`,
      );
    },
  });
}

interface VerifyOptions extends LedgerChoice {
  readonly certificate: string;
  readonly byBlock?: true;
}

function addVerify(query: Command): void {
  addCommand<VerifyOptions>(query, {
    usage: 'verify <query>',
    summary: 'replay the ledger, check a result certificate against it, and show what it proves',
    example:
      'query verify 3f0c… --certificate certificate.json --ledger ledger.ndjson --genesis 8d1e…',
    options: [
      { flags: '--certificate <file>', meaning: 'the certificate', required: true },
      ...ledgerOptions,
      { flags: '--by-block', meaning: 'check each block alone: slower, trusts the dealer less' },
    ],
    run: async (context, options, [queryId = '']) => {
      const { output } = context;
      const certificate = await readCertificate(options.certificate);
      const source = await ledgerSource(context, options);
      const planned = await withReplayedBlocks(source, (blocks, head) => {
        requireInOrder(head);
        return plannedQueryOf(blocks(), queryId);
      });
      const verified = verifyResult(planned, certificate, { byBlock: options.byBlock === true });
      output.result({ queryId, valid: true, ...verified });
      showRows(output, planned, verified);
      output.line(
        `Valid: ${verified.rows.length} values of plan ${showId(planned.planHash)}, attempt ${verified.attempt}, ` +
          `opened by keyholders who recorded final block ${showId(verified.finalHash)}.`,
      );
    },
  });
}

async function readCertificate(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch {
    throw new VeilsumError('CERTIFICATE_INVALID', `${file} is not a readable JSON file.`);
  }
}

function addList(query: Command): void {
  addCommand<{ mine?: true }>(query, {
    usage: 'list',
    summary: 'queries, newest first',
    example: 'query list --mine --as analyst',
    options: [{ flags: '--mine', meaning: 'only those you asked' }],
    run: async (context, { mine }) => {
      const { ledger, identity } = await context.session();
      const records = await askLedger(
        ledger,
        'query:list',
        mine === true ? { analystId: identity.memberId } : {},
        z.array(queryRecordSchema),
      );
      records.sort((a, b) => b.requestedAt - a.requestedAt);
      context.output.result(records);
      context.output.table(
        ['query', 'asked (UTC)', 'by', 'product', 'function', 'status'],
        records.map((r) => [
          r.queryId,
          showTime(r.requestedAt),
          r.analystId,
          `${r.request.productId}@${r.request.productVersion}`,
          [r.request.function, ...r.request.measures].join(' '),
          r.status,
        ]),
      );
    },
  });
}

function addShow(query: Command): void {
  addCommand(query, {
    usage: 'show <query>',
    summary: 'one query: its plan, its rules, its attempts',
    example: 'query show 3f0c… --as analyst',
    run: async (context, _options, [queryId = '']) => {
      const { ledger } = await context.session();
      const record = await readQuery(ledger, queryId);
      const attempts = await readAttempts(ledger, queryId);
      const { request, requestedAt } = record;
      const reliedOn = await readReliedQuestions(ledger, request.questionIds, requestedAt);
      context.output.result({ record, attempts, reliedOn });
      const { output } = context;
      output.line(
        `${record.request.function} of ${record.request.productId}, asked by ${record.analystId} at ${showTime(record.requestedAt)}: ${record.status}`,
      );
      showReview(output, record);
      showReliedQuestions(output, reliedOn);
      output.table(
        ['rule', '', 'what it said'],
        record.verdict.trace.map((t) => [t.rule, t.passed ? 'ok' : (t.code ?? 'FAIL'), t.sentence]),
      );
    },
  });
}
