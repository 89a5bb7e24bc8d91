import { askLedger } from '@veilsum/ledger';
import { journalEntrySchema, settlementShareSchema, type SettlementShare } from '@veilsum/protocol';
import type { Command } from 'commander';
import { z } from 'zod';
import type { Session } from '../session/session.js';
import { readCurrency } from './account-commands.js';
import { addCommand } from './command.js';
import { showMoney, showTime } from './wording.js';

/** Adds `veilsum settlement …`. */
export function addSettlementCommands(program: Command): void {
  const settlement = program.command('settlement').description('how the price of a query is split');
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
  addCommand(settlement, {
    usage: 'simulate <query>',
    summary: 'who would get what of the price of a query, before or after it is settled',
    example: 'settlement simulate 3f0c… --as corner-shop',
    run: async (context, _options, [queryId = '']) => {
      const session = await context.session();
      const shares = await simulateSettlement(session, { queryId });
      const currency = await readCurrency(session);
      context.output.result(shares);
      context.output.table(
        ['account', 'for', 'amount'],
        shares.map((s) => [s.accountId, s.kind, showMoney(s.amount, currency)]),
      );
    },
  });
}

async function simulateSettlement(
  { ledger }: Session,
  argument: object,
): Promise<SettlementShare[]> {
  return askLedger(ledger, 'settlement:simulate', argument, z.array(settlementShareSchema));
}
