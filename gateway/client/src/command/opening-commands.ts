import { askLedger, tellLedger } from '@veilsum/ledger';
import {
  openingRecordSchema,
  openingSchema,
  openingTaskSchema,
  type OpeningTask,
} from '@veilsum/protocol';
import type { Command } from 'commander';
import { z } from 'zod';
import { answerOpening } from '../block-opening/opening-answer.js';
import {
  checkOpening,
  commitOpening,
  concludeOpening,
  revealOpening,
} from '../block-opening/opening-audit.js';
import { addCommand, type CommandContext } from './command.js';
import { requireConfirmation } from './confirmation.js';
import { showId, showTime } from './wording.js';

/** Adds `veilsum opening …`. */
export function addOpeningCommands(program: Command): void {
  const opening = program
    .command('opening')
    .description('blocks that contributors show to an auditor');
  addCommit(opening);
  addReveal(opening);
  addAnswer(opening);
  addCheck(opening);
  addContest(opening);
  addList(opening);
  addShow(opening);
}

function addCommit(opening: Command): void {
  addCommand<{ product: string; epoch: string }>(opening, {
    usage: 'commit',
    summary: 'auditor: fix the randomness of an epoch before anybody contributes to it',
    example: 'opening commit --as auditor --product weekly-sales --epoch 2027-Q1',
    options: [
      { flags: '--product <id>', meaning: 'product id', required: true },
      { flags: '--epoch <epoch>', meaning: 'period, such as 2027-Q1', required: true },
    ],
    run: async (context, { product, epoch }) => {
      const session = await context.session();
      const productId = product.split('@')[0] ?? product;
      const committed = openingSchema.parse(await commitOpening(session, { productId, epoch }));
      context.output.result(committed);
      context.output.line(
        `Opening ${committed.openingId}: the randomness is kept, encrypted, on this machine; reveal it after the epoch.`,
      );
    },
  });
}

function addReveal(opening: Command): void {
  addCommand(opening, {
    usage: 'reveal <opening>',
    summary: 'auditor: reveal the randomness after the epoch; the ledger names the blocks',
    example: 'opening reveal 3f0c… --as auditor',
    run: async (context, _options, [openingId = '']) => {
      const session = await context.session();
      await revealOpening(session, openingId);
      await showOpening(context, openingId);
    },
  });
}

function addAnswer(opening: Command): void {
  addCommand(opening, {
    usage: 'answer <opening> <contribution>',
    summary: 'contributor: show the named blocks to the auditor alone, from seed and container',
    example: 'opening answer 3f0c… 81aa… --as corner-shop',
    run: async (context, _options, [openingId = '', contributionId = '']) => {
      const session = await context.session();
      const task = await readTask(context, openingId, contributionId);
      const consequence = `The auditor ${task.judgeId} will read what you have in ${task.rows.length} blocks; nobody else can.`;
      await requireConfirmation({ consequence, word: showId(openingId) }, context.yes);
      const isSent = await answerOpening(session, task);
      const after = await readTask(context, openingId, contributionId);
      context.output.result(after);
      context.output.line(
        isSent
          ? `Answered; ${task.judgeId} concludes.`
          : `Nothing to send: the answer is ${after.status}.`,
      );
    },
  });
}

function addCheck(opening: Command): void {
  addCommand<{ conclude?: true }>(opening, {
    usage: 'check <opening> <contribution>',
    summary: 'auditor: hold an answer against container, bounds and declared coverage',
    example: 'opening check 3f0c… 81aa… --conclude --as auditor',
    options: [{ flags: '--conclude', meaning: 'say on the ledger what was found' }],
    run: async (context, { conclude }, [openingId = '', contributionId = '']) => {
      const session = await context.session();
      const task = await readTask(context, openingId, contributionId);
      const checked = await checkOpening(session, task);
      if (conclude === true) await concludeOpening(session, checked);
      const { report, evidenceHash, file } = checked;
      context.output.result({ ...report, evidenceHash, file, concluded: conclude === true });
      for (const { row, fault, sentence } of report.faults) {
        context.output.line(`Row ${row}, ${fault}: ${sentence}`);
      }
      context.output.line(
        report.outcome === 'agreed'
          ? `${report.rows.length} blocks agree with container, bounds and coverage.`
          : `The opening does not agree; keep ${file}, its hash is the evidence.`,
      );
    },
  });
}

function addContest(opening: Command): void {
  addCommand<{ judge: string }>(opening, {
    usage: 'contest <opening> <contribution>',
    summary: 'contributor: have another auditor or a regulator conclude anew',
    example: 'opening contest 3f0c… 81aa… --judge regulator --as corner-shop',
    options: [
      {
        flags: '--judge <member>',
        meaning: 'auditor or regulator of a third legal entity',
        required: true,
      },
    ],
    run: async (context, { judge }, [openingId = '', contributionId = '']) => {
      const { ledger } = await context.session();
      const contest = { openingId, contributionId, judgeId: judge };
      const commit = await tellLedger(ledger, 'opening:contest', contest);
      const task = openingTaskSchema.parse(commit.result);
      context.output.result(task);
      context.output.line(
        `Answer anew until ${showTime(task.deadline)} UTC: veilsum opening answer ${openingId} ${contributionId}`,
      );
    },
  });
}

function addList(opening: Command): void {
  addCommand<{ mine?: true; product?: string }>(opening, {
    usage: 'list',
    summary: 'openings; with --mine what you have to answer or to conclude',
    example: 'opening list --mine --as corner-shop',
    options: [
      { flags: '--mine', meaning: 'what you have to answer or to conclude' },
      { flags: '--product <id>', meaning: 'only of this product id' },
    ],
    run: async (context, { mine, product }) => {
      const { ledger, identity } = await context.session();
      if (mine === true) {
        const tasks = await askLedger(ledger, 'opening:tasks', {}, z.array(openingTaskSchema));
        showTasks(
          context,
          tasks.filter(({ contributorId, judgeId }) =>
            [contributorId, judgeId].includes(identity.memberId),
          ),
        );
        return;
      }
      const filter = product === undefined ? {} : { productId: product.split('@')[0] ?? product };
      const found = await askLedger(ledger, 'opening:list', filter, z.array(openingSchema));
      context.output.result(found);
      context.output.table(
        ['opening', 'product', 'epoch', 'auditor', 'cause', 'fixed (UTC)', 'status'],
        found.map((one) => [
          one.openingId,
          one.productId,
          one.epoch,
          one.auditorId,
          one.cause,
          showTime(one.committedAt),
          one.status,
        ]),
      );
    },
  });
}

function addShow(opening: Command): void {
  addCommand(opening, {
    usage: 'show <opening>',
    summary: 'an opening with what is shown of each contribution',
    example: 'opening show 3f0c… --as auditor',
    run: async (context, _options, [openingId = '']) => {
      await showOpening(context, openingId);
    },
  });
}

async function showOpening(context: CommandContext, openingId: string): Promise<void> {
  const { ledger } = await context.session();
  const found = await askLedger(ledger, 'opening:read', { openingId }, openingRecordSchema);
  context.output.result(found);
  const { productId, epoch, auditorId, status } = found.opening;
  context.output.line(`Opening of ${productId}, ${epoch}, by ${auditorId}: ${status}.`);
  tableOfTasks(context, found.tasks);
}

function showTasks(context: CommandContext, tasks: readonly OpeningTask[]): void {
  context.output.result(tasks);
  tableOfTasks(context, tasks);
}

function tableOfTasks(context: CommandContext, tasks: readonly OpeningTask[]): void {
  context.output.table(
    ['opening', 'contribution', 'contributor', 'auditor', 'blocks', 'until (UTC)', 'status'],
    tasks.map((task) => [
      task.openingId,
      task.contributionId,
      task.contributorId,
      task.judgeId,
      task.rows.length,
      showTime(task.deadline),
      task.status,
    ]),
  );
}

async function readTask(
  context: CommandContext,
  openingId: string,
  contributionId: string,
): Promise<OpeningTask> {
  const { ledger } = await context.session();
  return askLedger(ledger, 'opening:task', { openingId, contributionId }, openingTaskSchema);
}
