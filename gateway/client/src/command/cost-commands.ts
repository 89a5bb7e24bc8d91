import { askLedger, tellLedger } from '@veilsum/ledger';
import { costSchema, costTermsSchema } from '@veilsum/protocol';
import type { Command } from 'commander';
import { z } from 'zod';
import { parseAs } from '../document/document-file.js';
import { readCurrency } from './account-commands.js';
import { addCommand, type CommandOption } from './command.js';
import { showMoney } from './wording.js';

const about: readonly CommandOption[] = [
  { flags: '--product <id>', meaning: 'product id', required: true },
  { flags: '--epoch <epoch>', meaning: 'period, such as 2017-Q1', required: true },
  { flags: '--amount <n>', meaning: 'minor units', required: true },
];

interface CostOptions {
  readonly product: string;
  readonly epoch: string;
  readonly amount: string;
}

/** Adds `veilsum cost …`. */
export function addCostCommands(program: Command): void {
  const cost = program
    .command('cost')
    .description('what contributing costs, agreed on and repaid from prices');
  addPropose(cost);
  addConfirm(cost);
  addList(cost);
}

function addPropose(cost: Command): void {
  addCommand<CostOptions & { reference: string }>(cost, {
    usage: 'propose',
    summary: 'say what your work for a product and epoch costs; the operator confirms it',
    example:
      'cost propose --as corner-shop --product weekly-sales --epoch 2017-Q1 --amount 4200 --reference "offer 17"',
    options: [
      ...about,
      {
        flags: '--reference <text>',
        meaning: 'where it is written down; no personal data',
        required: true,
      },
    ],
    run: async (context, { product, epoch, amount, reference }) => {
      const terms = parseAs(
        costTermsSchema,
        { format: 'veilsum-cost/1', productId: product, epoch, amount, reference },
        'The cost',
      );
      const { ledger } = await context.session();
      const commit = await tellLedger(ledger, 'settlement:proposeCost', terms);
      context.output.result(commit.result);
      context.output.line('Proposed; it counts for queries after the operator has confirmed it.');
    },
  });
}

function addConfirm(cost: Command): void {
  addCommand<CostOptions>(cost, {
    usage: 'confirm <member>',
    summary: 'confirm the cost that a contributor proposed (run by the operator)',
    example:
      'cost confirm corner-shop --as operator --product weekly-sales --epoch 2017-Q1 --amount 4200',
    options: about,
    run: async (context, { product, epoch, amount }, [contributorId = '']) => {
      const { ledger } = await context.session();
      const confirmed = { productId: product, epoch, contributorId, amount };
      const commit = await tellLedger(ledger, 'settlement:confirmCost', confirmed);
      context.output.result(commit.result);
      context.output.line(`Confirmed in block ${commit.blockNumber}.`);
    },
  });
}

function addList(cost: Command): void {
  addCommand(cost, {
    usage: 'list',
    summary: 'agreed costs and what of them is repaid',
    example: 'cost list --as corner-shop',
    run: async (context) => {
      const session = await context.session();
      const costs = await askLedger(session.ledger, 'settlement:costs', {}, z.array(costSchema));
      const currency = await readCurrency(session);
      context.output.result(costs);
      context.output.table(
        ['contributor', 'product', 'epoch', 'cost', 'repaid', 'status'],
        costs.map((c) => [
          c.contributorId,
          c.productId,
          c.epoch,
          showMoney(c.amount, currency),
          showMoney(c.repaid, currency),
          c.status,
        ]),
      );
    },
  });
}
