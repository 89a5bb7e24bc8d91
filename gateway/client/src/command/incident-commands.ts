import { askLedger, tellLedger } from '@veilsum/ledger';
import {
  incidentDecisionSchema,
  incidentPenaltySchema,
  incidentRecordSchema,
  incidentSchema,
  incidentStatusSchema,
  type Incident,
} from '@veilsum/protocol';
import type { Command } from 'commander';
import { z } from 'zod';
import { parseAs } from '../document/document-file.js';
import { readCurrency } from './account-commands.js';
import { addCommand, type CommandContext, type CommandOption } from './command.js';
import { requireConfirmation } from './confirmation.js';
import { reportOf, reportOptions, type ReportOptions } from './incident-report-options.js';
import { incidentInWords } from './incident-words.js';
import { showId, showMoney, showTime } from './wording.js';

/** Adds `veilsum incident …`. */
export function addIncidentCommands(program: Command): void {
  const incident = program
    .command('incident')
    .description('what went wrong: time of grace, escalation, decisions');
  addOpen(incident);
  addStep(incident, 'rectify', 'close an incident that was mended in its time of grace');
  addStep(incident, 'escalate', 'put measures in force when the time of grace is over');
  addPenalise(incident);
  addDecision(incident, 'lift', 'take measures back, as there was no deviation');
  addDecision(incident, 'close', 'end an incident without a penalty');
  addRelease(incident);
  addList(incident);
  addShow(incident);
}

function addOpen(incident: Command): void {
  addCommand<ReportOptions>(incident, {
    usage: 'open',
    summary: 'point out what the ledger shows, or report what you have evidence of',
    example: 'incident open --as auditor --kind late-contribution --commitment 3f0c…',
    options: reportOptions,
    run: async (context, options) => {
      const { ledger } = await context.session();
      const commit = await tellLedger(ledger, 'incident:open', await reportOf(options));
      showIncident(context, incidentSchema.parse(commit.result));
    },
  });
}

function addStep(incident: Command, step: 'rectify' | 'escalate', summary: string): void {
  addCommand(incident, {
    usage: `${step} <incident>`,
    summary,
    example: `incident ${step} 3f0c… --as corner-shop`,
    run: async (context, _options, [incidentId = '']) => {
      const { ledger } = await context.session();
      const commit = await tellLedger(ledger, `incident:${step}`, { incidentId });
      showIncident(context, incidentSchema.parse(commit.result));
    },
  });
}

const reasonOption: CommandOption = {
  flags: '--reason <text>',
  meaning: 'why; public, no personal data',
  required: true,
};

function addPenalise(incident: Command): void {
  addCommand<{ amount: string; reason: string }>(incident, {
    usage: 'penalise <incident>',
    summary: 'end an incident with a penalty out of frozen rewards; operator and regulator agree',
    example: 'incident penalise 3f0c… --as association --amount 500 --reason "Third time."',
    options: [
      { flags: '--amount <n>', meaning: 'minor units that go to the subsidy fund', required: true },
      reasonOption,
    ],
    run: async (context, { amount, reason }, [incidentId = '']) => {
      const consequence = `${amount} minor units of frozen rewards go to the subsidy fund once operator and regulator agree.`;
      await requireConfirmation({ consequence, word: showId(incidentId) }, context.yes);
      const penalty = parseAs(incidentPenaltySchema, { incidentId, amount, reason }, 'The penalty');
      await decide(context, 'incident:penalise', penalty);
    },
  });
}

function addDecision(incident: Command, action: 'lift' | 'close', summary: string): void {
  addCommand<{ reason: string }>(incident, {
    usage: `${action} <incident>`,
    summary: `${summary}; operator and regulator agree`,
    example: `incident ${action} 3f0c… --as association --reason "The gateway was down."`,
    options: [reasonOption],
    run: async (context, { reason }, [incidentId = '']) => {
      const decision = parseAs(incidentDecisionSchema, { incidentId, reason }, 'The decision');
      await decide(context, `incident:${action}`, decision);
    },
  });
}

async function decide(
  context: CommandContext,
  call: `incident:${string}`,
  decision: { readonly incidentId: string },
): Promise<void> {
  const { ledger } = await context.session();
  const commit = await tellLedger(ledger, call, decision);
  const decided = incidentSchema.parse(commit.result);
  showIncident(context, decided);
  if (decided.status === 'closed') return;
  context.output.line(
    'Recorded. It takes effect when the other of operator and regulator decides the same.',
  );
}

function addRelease(incident: Command): void {
  addCommand(incident, {
    usage: 'release <member>',
    summary: 'pay out the frozen rewards of a member whose incidents have ended',
    example: 'incident release corner-shop --as corner-shop',
    run: async (context, _options, [memberId = '']) => {
      const session = await context.session();
      const commit = await tellLedger(session.ledger, 'incident:releaseRewards', { memberId });
      const { amount } = z.object({ amount: z.string() }).parse(commit.result);
      context.output.result(commit.result);
      const money = showMoney(amount, await readCurrency(session));
      context.output.line(`${money} went from frozen:${memberId} to member:${memberId}.`);
    },
  });
}

function addList(incident: Command): void {
  addCommand<{ member?: string; status?: string }>(incident, {
    usage: 'list',
    summary: 'incidents, all or some, the earliest first',
    example: 'incident list --member corner-shop --as corner-shop',
    options: [
      { flags: '--member <member>', meaning: 'only of this member' },
      { flags: '--status <status>', meaning: 'only these', choices: incidentStatusSchema.options },
    ],
    run: async (context, { member, status }) => {
      const { ledger } = await context.session();
      const filter = {
        ...(member === undefined ? {} : { memberId: member }),
        ...(status === undefined ? {} : { status }),
      };
      const found = await askLedger(ledger, 'incident:list', filter, z.array(incidentSchema));
      context.output.result(found);
      context.output.table(
        ['incident', 'opened (UTC)', 'kind', 'member', 'status', 'mend until (UTC)'],
        found.map((one) => [
          one.incidentId,
          showTime(one.openedAt),
          one.kind,
          one.memberId ?? '',
          one.status,
          one.status === 'open' && one.rectifyUntil > 0 ? showTime(one.rectifyUntil) : '',
        ]),
      );
    },
  });
}

function addShow(incident: Command): void {
  addCommand(incident, {
    usage: 'show <incident>',
    summary: 'an incident, what mends it, and what was decided',
    example: 'incident show 3f0c… --as corner-shop',
    run: async (context, _options, [incidentId = '']) => {
      const { ledger } = await context.session();
      const found = await askLedger(ledger, 'incident:read', { incidentId }, incidentRecordSchema);
      context.output.result(found);
      for (const line of incidentInWords(found.incident)) context.output.line(line);
      for (const { role, action, memberId, reason, decidedAt } of found.votes) {
        context.output.line(
          `${role} ${memberId} decided to ${action}, ${showTime(decidedAt)}: ${reason}`,
        );
      }
    },
  });
}

function showIncident(context: CommandContext, incident: Incident): void {
  context.output.result(incident);
  for (const line of incidentInWords(incident)) context.output.line(line);
}
