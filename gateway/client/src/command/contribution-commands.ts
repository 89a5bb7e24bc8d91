import { askLedger, tellLedger } from '@veilsum/ledger';
import { contributionSchema } from '@veilsum/protocol';
import type { Command } from 'commander';
import { readContributions } from '../query/ledger-view.js';
import { addCommand } from './command.js';
import { requireConfirmation } from './confirmation.js';
import { showId, showTime } from './wording.js';

/** Adds `veilsum contribution …`. */
export function addContributionCommands(program: Command): void {
  const contribution = program.command('contribution').description('what was contributed');
  addCommand<{ product?: string; epoch?: string; contributor?: string }>(contribution, {
    usage: 'list',
    summary: 'contributions, all or some',
    example: 'contribution list --product weekly-sales --epoch 2017-Q1 --as auditor',
    options: [
      { flags: '--product <id>', meaning: 'only of this product id' },
      { flags: '--epoch <epoch>', meaning: 'only of this period' },
      { flags: '--contributor <member>', meaning: 'only of this member' },
    ],
    run: async (context, { product, epoch, contributor }) => {
      const { ledger } = await context.session();
      const found = await readContributions(ledger, {
        ...(product === undefined ? {} : { productId: product.split('@')[0] ?? product }),
        ...(epoch === undefined ? {} : { epoch }),
        ...(contributor === undefined ? {} : { contributorId: contributor }),
      });
      context.output.result(found);
      context.output.table(
        ['contribution', 'by', 'product', 'epoch', 'rows', 'bytes', 'cells with data', 'status'],
        found.map((c) => [
          c.contributionId,
          c.contributorId,
          `${c.productId}@${c.productVersion}`,
          c.epoch,
          c.rowCount,
          c.byteLength,
          c.coverage.length,
          c.status,
        ]),
      );
    },
  });
  addShow(contribution);
  addWithdraw(contribution);
}

function addShow(contribution: Command): void {
  addCommand(contribution, {
    usage: 'show <contribution>',
    summary: 'one contribution',
    example: 'contribution show 3f0c… --as corner-shop',
    run: async (context, _options, [contributionId = '']) => {
      const { ledger } = await context.session();
      const found = await askLedger(
        ledger,
        'contribution:read',
        { contributionId },
        contributionSchema,
      );
      context.output.result(found);
      context.output.table(
        ['', ''],
        [
          ['contribution', found.contributionId],
          ['by', found.contributorId],
          ['product', `${found.productId}@${found.productVersion}, ${found.epoch}`],
          ['consent', found.consentId],
          ['committee key', showId(found.keyId)],
          [
            'file',
            `${found.rowCount} rows, ${found.byteLength} bytes, SHA-256 ${found.contentHash}`,
          ],
          ['cells with data', found.coverage.join(', ')],
          ['registered', showTime(found.registeredAt)],
          ['status', found.status],
        ],
      );
    },
  });
}

function addWithdraw(contribution: Command): void {
  addCommand(contribution, {
    usage: 'withdraw <contribution>',
    summary: 'take a contribution out of every query that has not been opened',
    example: 'contribution withdraw 3f0c… --as corner-shop',
    run: async (context, _options, [contributionId = '']) => {
      await requireConfirmation(
        {
          consequence:
            'The contribution enters no further query; queries not opened yet stop and are refunded. Opened results and settled money stay.',
          word: showId(contributionId),
        },
        context.yes,
      );
      const { ledger } = await context.session();
      const commit = await tellLedger(ledger, 'contribution:withdraw', { contributionId });
      context.output.result(commit.result);
      context.output.line(`Withdrawn in block ${commit.blockNumber}.`);
    },
  });
}
