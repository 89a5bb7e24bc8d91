import { askLedger, tellLedger } from '@veilsum/ledger';
import { productSchema, type Goal } from '@veilsum/protocol';
import { checkGoal, requireAllowed } from '@veilsum/rules';
import type { Command } from 'commander';
import { readDocument } from '../document/document-file.js';
import { showExact } from '../document/exact-number.js';
import { goalDocumentSchema, goalTermsOf } from '../goal/goal-document.js';
import { readGoalReports, readGoals, type GoalReport } from '../goal/goal-report.js';
import { addCommand } from './command.js';
import { showId, showTime } from './wording.js';

/** Adds `veilsum goal …`. */
export function addGoalCommands(program: Command): void {
  const goal = program
    .command('goal')
    .description('business figures that were promised, and what came of them');
  addSet(goal);
  addList(goal);
  addReport(goal);
}

function addSet(goal: Command): void {
  addCommand<{ dryRun?: true }>(goal, {
    usage: 'set <file>',
    summary: 'promise a figure; it never changes afterwards',
    example: 'goal set examples/rewards/goal.yaml --as marketplace',
    options: [{ flags: '--dry-run', meaning: 'check it, and send nothing' }],
    run: async (context, { dryRun }, [file = '']) => {
      const terms = goalTermsOf(await readDocument(file, goalDocumentSchema));
      const { ledger } = await context.session();
      const { productId, productVersion: version } = terms.statistic;
      const product = await askLedger(
        ledger,
        'product:read',
        { productId, version },
        productSchema,
      );
      requireAllowed(checkGoal(terms, { product, now: Date.now() }));
      if (dryRun === true) {
        context.output.result(terms);
        context.output.line('The goal can be set; nothing was sent.');
        return;
      }
      const commit = await tellLedger(ledger, 'goal:set', terms);
      context.output.result(commit.result);
      context.output.line(
        `The goal ${terms.goalId} is on the ledger; name it in queries with --goal.`,
      );
    },
  });
}

function addList(goal: Command): void {
  addCommand<{ owner?: string }>(goal, {
    usage: 'list',
    summary: 'goals of everyone, or of one member',
    example: 'goal list --as auditor',
    options: [{ flags: '--owner <member>', meaning: 'only of this member' }],
    run: async (context, { owner }) => {
      const goals = await readGoals(await context.session(), owner);
      context.output.result(goals);
      context.output.table(
        ['goal', 'owner', 'title', 'from', 'to', 'until (UTC)'],
        goals.map((one) => [showId(one.goalId), one.ownerId, one.title, ...promise(one)]),
      );
    },
  });
}

function addReport(goal: Command): void {
  addCommand<{ owner?: string }>(goal, {
    usage: 'report',
    summary: 'what was promised and what came, from published and verified statistics',
    example: 'goal report --owner marketplace --as auditor',
    options: [{ flags: '--owner <member>', meaning: 'only of this member' }],
    run: async (context, { owner }) => {
      const session = await context.session();
      const goals = await readGoals(session, owner);
      const reports = await readGoalReports(session, goals, Date.now());
      context.output.result(reports);
      context.output.table(
        ['owner', 'goal', 'from', 'to', 'until (UTC)', 'asked', 'came to', 'attained', ''],
        reports.flatMap(reportRows),
      );
    },
  });
}

const promise = ({ baseline, target, deadline }: Goal) => [
  showExact(baseline),
  showExact(target),
  showTime(deadline),
];

function reportRows({ goal, asked, outcomes, state }: GoalReport): (string | number)[][] {
  const head = [goal.ownerId, goal.title, ...promise(goal), asked];
  if (outcomes.length === 0) return [[...head, '', '', state]];
  return outcomes.map(({ value, attainmentBps, inTime }) => [
    ...head,
    showExact(value),
    `${Number(attainmentBps) / 100} %`,
    inTime ? state : 'late',
  ]);
}
