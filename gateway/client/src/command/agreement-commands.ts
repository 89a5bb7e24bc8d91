import { askLedger, tellLedger, type LedgerCall } from '@veilsum/ledger';
import { agreementSchema, type Agreement } from '@veilsum/protocol';
import type { Command } from 'commander';
import { z } from 'zod';
import { readDocument } from '../document/document-file.js';
import { showExact } from '../document/exact-number.js';
import { agreementDocumentSchema, agreementTermsOf } from '../goal/goal-document.js';
import { readCurrency } from './account-commands.js';
import { addCommand } from './command.js';
import { requireConfirmation } from './confirmation.js';
import { showId, showMoney, showTime } from './wording.js';

/** Adds `veilsum agreement …`. */
export function addAgreementCommands(program: Command): void {
  const agreement = program
    .command('agreement')
    .description('bonuses that follow from a published statistic');
  addPropose(agreement);
  addAccept(agreement);
  addStep(agreement, 'cancel', 'take back a proposal that is not accepted yet', 'marketplace');
  addStep(
    agreement,
    'settle',
    'decide by what is published, or end what nothing was published for in time',
    'swift-logistics',
  );
  addList(agreement);
}

function addPropose(agreement: Command): void {
  addCommand<{ dryRun?: true }>(agreement, {
    usage: 'propose <file>',
    summary: 'propose a bonus; as its payer you set the cap aside with it',
    example: 'agreement propose examples/rewards/agreement.yaml --as marketplace',
    options: [{ flags: '--dry-run', meaning: 'read the file, and send nothing' }],
    run: async (context, { dryRun }, [file = '']) => {
      const terms = agreementTermsOf(await readDocument(file, agreementDocumentSchema));
      if (dryRun === true) {
        context.output.result(terms);
        context.output.line('The file can be read; nothing was sent.');
        return;
      }
      const { ledger } = await context.session();
      const commit = await tellLedger(ledger, 'agreement:propose', terms);
      context.output.result(commit.result);
      context.output.line(
        `Proposed as ${terms.agreementId}; it counts once the other party accepts it.`,
      );
    },
  });
}

function addAccept(agreement: Command): void {
  addCommand(agreement, {
    usage: 'accept <agreement>',
    summary: 'sign what the other party proposed; as its payer you set the cap aside with it',
    example: 'agreement accept 3f0c… --as swift-logistics',
    run: async (context, _options, [agreementId = '']) => {
      const session = await context.session();
      const found = await askLedger(
        session.ledger,
        'agreement:read',
        { agreementId },
        agreementSchema,
      );
      context.output.line(inWords(found, await readCurrency(session)));
      const consequence = 'Both parties are bound until the statistic is public or time is up.';
      await requireConfirmation({ consequence, word: showId(agreementId) }, context.yes);
      const commit = await tellLedger(session.ledger, 'agreement:accept', { agreementId });
      context.output.result(commit.result);
      context.output.line(`Accepted in block ${commit.blockNumber}.`);
    },
  });
}

function addStep(
  agreement: Command,
  step: 'cancel' | 'settle',
  summary: string,
  who: string,
): void {
  addCommand(agreement, {
    usage: `${step} <agreement>`,
    summary,
    example: `agreement ${step} 3f0c… --as ${who}`,
    run: async (context, _options, [agreementId = '']) => {
      const { ledger } = await context.session();
      const call: LedgerCall = `agreement:${step}`;
      const commit = await tellLedger(ledger, call, { agreementId });
      const { status } = agreementSchema.parse(commit.result);
      context.output.result(commit.result);
      context.output.line(`The agreement is ${status}.`);
    },
  });
}

function addList(agreement: Command): void {
  addCommand(agreement, {
    usage: 'list',
    summary: 'agreements: who promised whom what, and what came',
    example: 'agreement list --as auditor',
    run: async (context) => {
      const session = await context.session();
      const found = await askLedger(session.ledger, 'agreement:list', {}, z.array(agreementSchema));
      const currency = await readCurrency(session);
      context.output.result(found);
      context.output.table(
        ['agreement', 'terms', 'status', 'came to', 'bonus'],
        found.map((one) => [
          showId(one.agreementId),
          inWords(one, currency),
          one.status,
          one.outcome === undefined ? '' : showExact(one.outcome.value),
          one.outcome === undefined ? '' : showMoney(one.outcome.bonus, currency),
        ]),
      );
    },
  });
}

function inWords(agreement: Agreement, currency: string): string {
  const { payerId, payeeId, statistic, direction, baseline, cap, until } = agreement;
  const group = Object.entries(statistic.group)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');
  const of = [statistic.function, ...statistic.measures].join(' ');
  return `${payerId} pays ${payeeId} at most ${showMoney(cap, currency)} if the ${of} of ${statistic.productId}@${statistic.productVersion} in ${statistic.epoch}${group === '' ? '' : ` (${group})`} is ${direction.replace('-', ' ')} ${showExact(baseline)}, published by ${showTime(until)} UTC`;
}
