import { askLedger } from '@veilsum/ledger';
import {
  journalEntrySchema,
  rewardSchemeSchema,
  settlementShareSchema,
  VeilsumError,
  type RewardScheme,
} from '@veilsum/protocol';
import { checkRewardScheme } from '@veilsum/rules';
import type { Command } from 'commander';
import { z } from 'zod';
import { readDocument } from '../document/document-file.js';
import type { Session } from '../session/session.js';
import { readExplanation, readSchemes, type PastFilter } from '../settlement/past-queries.js';
import { viewOf } from '../settlement/settlement-words.js';
import { readCurrency } from './account-commands.js';
import { addCommand, collectList, type CommandContext } from './command.js';
import { showComparison } from './scheme-comparison-view.js';
import { showMoney, showTime } from './wording.js';

/** Adds `veilsum settlement …`. */
export function addSettlementCommands(program: Command): void {
  const settlement = program.command('settlement').description('how the price of a query is split');
  addShow(settlement);
  addExplain(settlement);
  addScheme(settlement);
  addSimulate(settlement);
}

function addShow(settlement: Command): void {
  addCommand(settlement, {
    usage: 'show <query>',
    summary: 'every entry of money that a query made',
    example: 'settlement show 3f0c… --as corner-shop',
    run: async (context, _options, [queryId = '']) => {
      const session = await context.session();
      const entries = await askLedger(
        session.ledger,
        'account:journal',
        { queryId },
        z.array(journalEntrySchema),
      );
      const currency = await readCurrency(session);
      context.output.result(entries);
      context.output.table(
        ['when (UTC)', 'what', 'from', 'to', 'amount'],
        entries.map((e) => [
          showTime(e.at),
          e.kind,
          e.debit,
          e.credit,
          showMoney(e.amount, currency),
        ]),
      );
    },
  });
}

function addExplain(settlement: Command): void {
  addCommand<{ member?: string }>(settlement, {
    usage: 'explain <query>',
    summary: 'your part of a query: what you paid or got, what the subsidy fund added, and why not',
    example: 'settlement explain 3f0c… --as corner-shop',
    options: [{ flags: '--member <member>', meaning: 'somebody else' }],
    run: async (context, { member }, [queryId = '']) => {
      const session = await context.session();
      const explanation = await readExplanation(session, queryId);
      const view = viewOf(explanation, member ?? session.identity.memberId);
      const currency = await readCurrency(session);
      context.output.result({ ...explanation, view });
      context.output.table(
        ['price', 'you paid', 'your part', 'top-up'],
        [
          [view.price, view.youPaid, view.yourPart, view.yourTopUp].map((amount) =>
            showMoney(amount, currency),
          ),
        ],
      );
      context.output.line(view.support);
    },
  });
}

function addScheme(settlement: Command): void {
  addCommand(settlement, {
    usage: 'scheme [file]',
    summary: 'the reward scheme in force; with a file, whether it could be proposed',
    example: 'settlement scheme examples/rewards/scheme.yaml --as operator',
    run: async (context, _options, [file]) => {
      const session = await context.session();
      const { inForce, adopted } = await readSchemes(session);
      const { output } = context;
      if (file !== undefined) {
        checkFile(context, await readDocument(file, rewardSchemeSchema), adopted);
        return;
      }
      output.result({ inForce, adopted });
      output.line(
        inForce === null
          ? 'No reward scheme is in force: the split of the founding holds.'
          : `Version ${inForce.version}, in force since ${showTime(inForce.effectiveFrom)}:`,
      );
      if (inForce !== null) output.table(['', ''], describeScheme(inForce));
    },
  });
}

function checkFile(
  { output }: CommandContext,
  scheme: RewardScheme,
  adopted: readonly RewardScheme[],
): void {
  const verdict = checkRewardScheme(scheme, adopted);
  output.result(verdict);
  for (const { rule, passed, sentence } of verdict.trace) {
    output.line(`${passed ? 'ok  ' : 'FAIL'} ${rule}: ${sentence}`);
  }
  if (!verdict.allowed) process.exitCode = 1;
}

function describeScheme({ split, smallMembers, ...rest }: RewardScheme): [string, string][] {
  const percent = (bps: number) => `${bps / 100} %`;
  return [
    ['contributors', percent(split.contributorsBps)],
    ['keyholders', percent(split.keyholdersBps)],
    ['operator', percent(split.operatorBps)],
    ['subsidy fund', percent(split.subsidyFundBps)],
    [
      'small payers pay',
      `${percent(smallMembers.priceBps)}; the fund adds ${smallMembers.priceSupportMax} at most`,
    ],
    ['small shares', `+${percent(smallMembers.topUpBps)}, ${smallMembers.topUpMax} at most`],
    ['repays costs', `${percent(rest.costCompensationBps)} of the contributors' part at most`],
    [
      'freshness',
      rest.freshness.map((f) => `${f.ageDaysMax} days: ${f.weight}`).join(', ') || 'no weight',
    ],
    [
      'quality',
      `${rest.quality.base}, declared coverage +${rest.quality.declaredCoverage}, agreed opening +${rest.quality.agreedOpening}`,
    ],
  ];
}

interface SimulateOptions {
  readonly scheme?: string[];
  readonly product?: string;
  readonly epoch?: string;
  readonly fund: string;
}

function addSimulate(settlement: Command): void {
  addCommand<SimulateOptions>(settlement, {
    usage: 'simulate [query]',
    summary: 'who would get what of a query, or what reward schemes would do to past queries',
    example:
      'settlement simulate --scheme scheme-a.yaml,scheme-b.yaml --epoch 2017-Q1 --as auditor',
    options: [
      { flags: '--scheme <files>', meaning: 'reward schemes to compare', parse: collectList },
      { flags: '--product <id>', meaning: 'only queries of this product id' },
      { flags: '--epoch <epoch>', meaning: 'only queries of this epoch' },
      { flags: '--fund <n>', meaning: 'what the subsidy fund starts with', default: '0' },
    ],
    run: async (context, options, [queryId]) => {
      const session = await context.session();
      if (options.scheme !== undefined) {
        const schemes = await readSchemeFiles(options.scheme);
        const filter: PastFilter = { queryId, productId: options.product, epoch: options.epoch };
        await showComparison(context, session, { schemes, filter, fund: fundOf(options.fund) });
        return;
      }
      if (queryId === undefined) {
        throw new VeilsumError('INVALID_ARGUMENT', 'Name a query, or schemes with --scheme.');
      }
      await showShares(context, session, queryId);
    },
  });
}

async function readSchemeFiles(files: readonly string[]) {
  const schemes: { readonly label: string; readonly scheme: RewardScheme }[] = [];
  for (const file of files) {
    schemes.push({ label: file, scheme: await readDocument(file, rewardSchemeSchema) });
  }
  return schemes;
}

function fundOf(text: string): bigint {
  if (/^\d{1,30}$/.test(text)) return BigInt(text);
  throw new VeilsumError('INVALID_ARGUMENT', `--fund is in minor units, not "${text}".`);
}

async function showShares(
  { output }: CommandContext,
  session: Session,
  queryId: string,
): Promise<void> {
  const shares = await askLedger(
    session.ledger,
    'settlement:simulate',
    { queryId },
    z.array(settlementShareSchema),
  );
  const currency = await readCurrency(session);
  output.result(shares);
  output.table(
    ['account', 'for', 'amount'],
    shares.map((s) => [s.accountId, s.kind, showMoney(s.amount, currency)]),
  );
}
