import type { Command } from 'commander';
import { readDataUsage } from '../consent/data-usage.js';
import { readCurrency } from './account-commands.js';
import { addCommand } from './command.js';
import { showEpsilon, showMoney, showTime } from './wording.js';

/** Adds the page of one contributor: who used its data, and what it got for that. */
export function addUsageCommand(consent: Command): void {
  addCommand<{ contributor?: string }>(consent, {
    usage: 'usage',
    summary: 'who used your data, when, for what, at what privacy cost, and what you earned',
    example: 'consent usage --as corner-shop',
    options: [{ flags: '--contributor <member>', meaning: 'of this contributor (default: you)' }],
    run: async (context, { contributor }) => {
      const session = await context.session();
      const { output } = context;
      const { ledger, identity } = session;
      const usage = await readDataUsage(ledger, contributor ?? identity.memberId);
      output.result(usage);
      if (output.json) return;
      const currency = await readCurrency(session);
      output.table(
        ['when (UTC)', 'who', 'for what', 'product', 'answer', 'ε', 'earned', 'status'],
        usage.uses.map((use) => [
          showTime(use.at),
          use.onBehalfOf === undefined ? use.analystId : `${use.analystId} for ${use.onBehalfOf}`,
          use.purpose,
          `${use.product} ${use.epoch}`,
          use.function,
          showEpsilon(use.epsilonMicro),
          showMoney(use.earned, currency),
          use.status,
        ]),
      );
      output.line(`Earned: ${showMoney(usage.earned, currency)}.`);
      for (const [period, epsilonMicro] of Object.entries(usage.epsilonMicro)) {
        output.line(`Privacy spent on ${period}: ${showEpsilon(epsilonMicro)}.`);
      }
      output.line(`Refused on your products: ${usage.refused.length}.`);
      output.table(
        ['when (UTC)', 'who', 'for what', 'product', 'refused by'],
        usage.refused.map((refusal) => [
          showTime(refusal.at),
          refusal.analystId,
          refusal.purpose,
          refusal.product,
          refusal.codes.join(', '),
        ]),
      );
    },
  });
}
