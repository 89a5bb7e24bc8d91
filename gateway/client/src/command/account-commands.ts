import { randomBytes } from 'node:crypto';
import { askLedger, tellLedger } from '@veilsum/ledger';
import {
  accountSchema,
  consortiumSchema,
  journalEntrySchema,
  transferProposalSchema,
  transferSchema,
  type JournalEntry,
  type Transfer,
} from '@veilsum/protocol';
import type { Command } from 'commander';
import { z } from 'zod';
import type { Session } from '../session/session.js';
import { readExplanation } from '../settlement/past-queries.js';
import { viewOf, type MemberView } from '../settlement/settlement-words.js';
import { addCommand } from './command.js';
import { parseAs } from '../document/document-file.js';
import { frozenRewardsInWords } from './frozen-rewards.js';
import { showMoney, showTime } from './wording.js';

/** Adds `veilsum account …`. */
export function addAccountCommands(program: Command): void {
  const account = program.command('account').description('money: balances, statements, deposits');
  addShow(account);
  addStatement(account);
  addTransfer(account, 'deposit', 'claim that money came in; the operator confirms it');
  addTransfer(account, 'withdrawal', 'ask for money to be paid out; the operator confirms it');
  addConfirm(account);
}

/** @returns the consortium's currency code */
export async function readCurrency({ ledger }: Session): Promise<string> {
  const consortium = await askLedger(ledger, 'consortium:read', {}, consortiumSchema);
  return consortium.currency;
}

function addShow(account: Command): void {
  addCommand(account, {
    usage: 'show [account]',
    summary: 'balance of an account (default: your own); "all" lists every account',
    example: 'account show --as analyst',
    run: async (context, _options, [name]) => {
      const session = await context.session();
      const accountId = name ?? `member:${session.identity.memberId}`;
      const accounts =
        accountId === 'all'
          ? await askLedger(session.ledger, 'account:list', {}, z.array(accountSchema))
          : [await askLedger(session.ledger, 'account:read', { accountId }, accountSchema)];
      const currency = await readCurrency(session);
      context.output.result(accountId === 'all' ? accounts : accounts[0]);
      context.output.table(
        ['account', 'balance'],
        accounts.map((a) => [a.accountId, showMoney(a.balance, currency)]),
      );
    },
  });
}

function addStatement(account: Command): void {
  addCommand<{ query?: string; explain?: true }>(account, {
    usage: 'statement [account]',
    summary: 'every entry of an account (default: your own)',
    example: 'account statement --as corner-shop',
    options: [
      { flags: '--query <id>', meaning: 'only the entries of this query' },
      { flags: '--explain', meaning: 'for each query, your part and what the subsidy fund did' },
    ],
    run: async (context, { query, explain }, [name]) => {
      const session = await context.session();
      const accountId = name ?? `member:${session.identity.memberId}`;
      const entries = await askLedger(
        session.ledger,
        'account:journal',
        {
          accountId,
          ...(query === undefined ? {} : { queryId: query }),
        },
        z.array(journalEntrySchema),
      );
      const currency = await readCurrency(session);
      const queries = explain === true ? await explainQueries(session, accountId, entries) : [];
      context.output.result(explain === true ? { entries, queries } : entries);
      context.output.table(
        ['when (UTC)', 'what', 'query', 'amount'],
        entries.map((entry) => [
          showTime(entry.at),
          entry.kind,
          entry.queryId ?? entry.reference ?? '',
          showMoney(entry.debit === accountId ? `-${entry.amount}` : entry.amount, currency),
        ]),
      );
      for (const line of await frozenRewardsInWords(session, accountId, currency)) {
        context.output.line(line);
      }
      for (const view of queries) {
        const [price, paid, part, topUp] = [
          view.price,
          view.youPaid,
          view.yourPart,
          view.yourTopUp,
        ].map((amount) => showMoney(amount, currency));
        context.output.line(
          `Query ${view.queryId}: price ${price}, you paid ${paid}, your part ${part}, top-up ${topUp}. ${view.support}`,
        );
      }
    },
  });
}

/** Each query that an account's entries name, as its member sees it. */
async function explainQueries(
  session: Session,
  accountId: string,
  entries: readonly JournalEntry[],
): Promise<MemberView[]> {
  const queryIds = new Set(entries.flatMap(({ queryId }) => queryId ?? []));
  const views: MemberView[] = [];
  for (const queryId of queryIds) {
    const explanation = await readExplanation(session, queryId);
    views.push(viewOf(explanation, accountId.replace(/^member:/, '')));
  }
  return views;
}

function addTransfer(account: Command, kind: Transfer['kind'], summary: string): void {
  addCommand<{ amount: string; reference: string }>(account, {
    usage: kind === 'deposit' ? 'deposit' : 'withdraw',
    summary,
    example: `account ${kind === 'deposit' ? 'deposit' : 'withdraw'} --as analyst --amount 500000 --reference "bank 2026-11-20/17"`,
    options: [
      { flags: '--amount <n>', meaning: 'minor units', required: true },
      {
        flags: '--reference <text>',
        meaning: 'the payment outside; no personal data',
        required: true,
      },
    ],
    run: async (context, { amount, reference }) => {
      const { ledger } = await context.session();
      const transferId = randomBytes(16).toString('hex');
      const proposal = parseAs(
        transferProposalSchema,
        { format: 'veilsum-transfer/1', transferId, kind, amount, reference },
        'The transfer',
      );
      const commit = await tellLedger(ledger, 'account:proposeTransfer', proposal);
      context.output.result(commit.result);
      context.output.line(`Proposed as ${transferId}; it counts once the operator confirms it.`);
    },
  });
}

function addConfirm(account: Command): void {
  addCommand(account, {
    usage: 'confirm <transfer>',
    summary: 'confirm a proposed transfer (run by the operator)',
    example: 'account confirm 3f0c… --as operator',
    run: async (context, _options, [transferId = '']) => {
      const { ledger } = await context.session();
      const commit = await tellLedger(ledger, 'account:confirmTransfer', { transferId });
      context.output.result(commit.result);
      context.output.line(`Confirmed in block ${commit.blockNumber}.`);
    },
  });
  addCommand(account, {
    usage: 'transfers',
    summary: 'transfers and whether they are confirmed',
    example: 'account transfers --as operator',
    run: async (context) => {
      const session = await context.session();
      const transfers = await askLedger(
        session.ledger,
        'account:transfers',
        {},
        z.array(transferSchema),
      );
      const currency = await readCurrency(session);
      context.output.result(transfers);
      context.output.table(
        ['transfer', 'kind', 'member', 'amount', 'status'],
        transfers.map((t) => [
          t.transferId,
          t.kind,
          t.memberId,
          showMoney(t.amount, currency),
          t.status,
        ]),
      );
    },
  });
}
