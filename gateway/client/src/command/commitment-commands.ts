import { randomBytes } from 'node:crypto';
import { askLedger, tellLedger } from '@veilsum/ledger';
import { commitmentMakingSchema, commitmentSchema, VeilsumError } from '@veilsum/protocol';
import type { Command } from 'commander';
import { z } from 'zod';
import { parseAs } from '../document/document-file.js';
import { addCommand } from './command.js';
import { parseProductReference } from './product-reference.js';
import { showTime } from './wording.js';

/** Adds `veilsum commitment …`. */
export function addCommitmentCommands(program: Command): void {
  const commitment = program
    .command('commitment')
    .description('what contributors said they will contribute, and by when');
  addMake(commitment);
  addWithdraw(commitment);
  addList(commitment);
}

function addMake(commitment: Command): void {
  addCommand<{ product: string; epoch: string; due: string }>(commitment, {
    usage: 'make',
    summary: 'say that you will contribute to a product and epoch until a date',
    example:
      'commitment make --as corner-shop --product weekly-sales@1 --epoch 2027-Q1 --due 2027-04-15',
    options: [
      { flags: '--product <name@version>', meaning: 'product', required: true },
      { flags: '--epoch <epoch>', meaning: 'period, such as 2027-Q1', required: true },
      {
        flags: '--due <date>',
        meaning: 'last day, YYYY-MM-DD in UTC, or a time like 2027-04-15T12:00:00Z',
        required: true,
      },
    ],
    run: async (context, { product, epoch, due }) => {
      const { ledger } = await context.session();
      const { productId, version } = parseProductReference(product);
      const commitmentId = randomBytes(16).toString('hex');
      const making = parseAs(
        commitmentMakingSchema,
        { commitmentId, productId, productVersion: version, epoch, dueAt: dueTime(due) },
        'The commitment',
      );
      const commit = await tellLedger(ledger, 'commitment:make', making);
      context.output.result(commit.result);
      context.output.line(
        `Commitment ${commitmentId} is on the ledger: contribute until ${showTime(making.dueAt)} UTC, or withdraw it before.`,
      );
    },
  });
}

function addWithdraw(commitment: Command): void {
  addCommand(commitment, {
    usage: 'withdraw <commitment>',
    summary: 'take a commitment back before it is due',
    example: 'commitment withdraw 3f0c… --as corner-shop',
    run: async (context, _options, [commitmentId = '']) => {
      const { ledger } = await context.session();
      const commit = await tellLedger(ledger, 'commitment:withdraw', { commitmentId });
      context.output.result(commit.result);
      context.output.line(`Withdrawn in block ${commit.blockNumber}.`);
    },
  });
}

function addList(commitment: Command): void {
  addCommand<{ product?: string; epoch?: string; contributor?: string }>(commitment, {
    usage: 'list',
    summary: 'commitments, all or some',
    example: 'commitment list --product weekly-sales --epoch 2027-Q1 --as auditor',
    options: [
      { flags: '--product <id>', meaning: 'only to this product id' },
      { flags: '--epoch <epoch>', meaning: 'only for this period' },
      { flags: '--contributor <member>', meaning: 'only of this member' },
    ],
    run: async (context, { product, epoch, contributor }) => {
      const { ledger } = await context.session();
      const filter = {
        ...(product === undefined ? {} : { productId: product.split('@')[0] ?? product }),
        ...(epoch === undefined ? {} : { epoch }),
        ...(contributor === undefined ? {} : { contributorId: contributor }),
      };
      const found = await askLedger(ledger, 'commitment:list', filter, z.array(commitmentSchema));
      context.output.result(found);
      context.output.table(
        ['commitment', 'contributor', 'product', 'epoch', 'due (UTC)', 'status'],
        found.map((c) => [
          c.commitmentId,
          c.contributorId,
          `${c.productId}@${c.productVersion}`,
          c.epoch,
          showTime(c.dueAt),
          c.status === 'open' && c.dueAt < Date.now() ? 'late' : c.status,
        ]),
      );
    },
  });
}

/** A day is due at its end. */
function dueTime(text: string): number {
  const isDay = /^\d{4}-\d{2}-\d{2}$/.test(text);
  const time = Date.parse(text);
  if (!Number.isNaN(time)) return isDay ? time + 86_399_999 : time;
  throw new VeilsumError('INVALID_ARGUMENT', `--due is a date like 2027-04-15, not "${text}".`);
}
