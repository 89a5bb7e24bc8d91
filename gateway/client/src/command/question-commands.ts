import { randomBytes } from 'node:crypto';
import { askLedger, tellLedger } from '@veilsum/ledger';
import {
  questionAnsweringSchema,
  questionAskingSchema,
  questionRecordSchema,
  type QuestionRecord,
} from '@veilsum/protocol';
import type { Command } from 'commander';
import { z } from 'zod';
import { parseAs } from '../document/document-file.js';
import { addCommand } from './command.js';
import { showTime } from './wording.js';

/** What is asked stays readable by every member, whatever happens later. */
const PUBLIC_WARNING =
  'Questions and answers are public for ever: no names of persons, no figures of your business.';

/** Adds `veilsum question …`. */
export function addQuestionCommands(program: Command): void {
  const question = program.command('question').description('ask before you share, in public');
  addAsk(question);
  addAnswer(question);
  addList(question);
  addShow(question);
}

function addAsk(question: Command): void {
  addCommand<{ topic: string; text: string; product?: string }>(question, {
    usage: 'ask',
    summary: 'ask an operator or regulator; question and answer are public, without personal data',
    example:
      'question ask --as corner-shop --topic returns --text "May returned goods be counted?" --product weekly-sales',
    options: [
      {
        flags: '--topic <words>',
        meaning: 'what it is about, up to 120 characters',
        required: true,
      },
      { flags: '--text <text>', meaning: 'the question; no personal data', required: true },
      { flags: '--product <id>', meaning: 'the product that it is about' },
    ],
    run: async (context, { topic, text, product }) => {
      const { ledger } = await context.session();
      context.output.note(PUBLIC_WARNING);
      const questionId = randomBytes(16).toString('hex');
      const asking = parseAs(
        questionAskingSchema,
        { questionId, topic, text, ...productOf(product) },
        'The question',
      );
      const commit = await tellLedger(ledger, 'question:ask', asking);
      context.output.result(commit.result);
      context.output.line(`Question ${questionId} is on the ledger, block ${commit.blockNumber}.`);
    },
  });
}

function addAnswer(question: Command): void {
  addCommand<{ text: string; rulebook?: string }>(question, {
    usage: 'answer <question>',
    summary: 'answer a question, or amend the answer; earlier ones stay readable',
    example: 'question answer 3f0c… --as association --text "Yes, as negative sales."',
    options: [
      { flags: '--text <text>', meaning: 'the answer; no personal data', required: true },
      { flags: '--rulebook <version>', meaning: 'the rulebook that it explains' },
    ],
    run: async (context, { text, rulebook }, [questionId = '']) => {
      const { ledger } = await context.session();
      context.output.note(PUBLIC_WARNING);
      const version = rulebook === undefined ? {} : { rulebookVersion: Number(rulebook) };
      const answering = parseAs(
        questionAnsweringSchema,
        { questionId, text, ...version },
        'The answer',
      );
      const commit = await tellLedger(ledger, 'question:answer', answering);
      context.output.result(commit.result);
      context.output.line(`Answered in block ${commit.blockNumber}.`);
    },
  });
}

function addList(question: Command): void {
  addCommand<{ product?: string }>(question, {
    usage: 'list',
    summary: 'questions with their state, all or of one product',
    example: 'question list --product weekly-sales --as corner-shop',
    options: [{ flags: '--product <id>', meaning: 'only about this product id' }],
    run: async (context, { product }) => {
      const { ledger } = await context.session();
      const found = await askLedger(
        ledger,
        'question:list',
        productOf(product),
        z.array(questionRecordSchema),
      );
      context.output.result(found);
      context.output.table(
        ['question', 'asked (UTC)', 'by', 'topic', 'answers'],
        found.map(({ question: asked, answers }) => [
          asked.questionId,
          showTime(asked.askedAt),
          asked.askerId,
          asked.topic,
          String(answers.length),
        ]),
      );
    },
  });
}

function addShow(question: Command): void {
  addCommand(question, {
    usage: 'show <question>',
    summary: 'a question with every revision of its answer',
    example: 'question show 3f0c… --as corner-shop',
    run: async (context, _options, [questionId = '']) => {
      const { ledger } = await context.session();
      const found = await askLedger(ledger, 'question:read', { questionId }, questionRecordSchema);
      context.output.result(found);
      for (const line of questionInWords(found)) context.output.line(line);
    },
  });
}

/** A question and all its answers as lines for people. */
function questionInWords({ question, answers }: QuestionRecord): string[] {
  const about = question.productId === undefined ? '' : `, about ${question.productId}`;
  return [
    `${question.topic} (${question.askerId}, ${showTime(question.askedAt)}${about})`,
    question.text,
    ...answers.flatMap(({ revision, answererId, answeredAt, text }) => [
      `Answer ${revision} (${answererId}, ${showTime(answeredAt)}):`,
      text,
    ]),
    ...(answers.length === 0 ? ['Nobody has answered yet.'] : []),
  ];
}

function productOf(product: string | undefined): { productId?: string } {
  return product === undefined ? {} : { productId: product.split('@')[0] ?? product };
}
