import { randomBytes } from 'node:crypto';
import { askLedger, tellLedger, type Ledger } from '@veilsum/ledger';
import {
  delegationSchema,
  delegationStateSchema,
  delegationTermsSchema,
  queryRecordSchema,
  type DelegationState,
  type QueryRecord,
} from '@veilsum/protocol';
import type { Command } from 'commander';
import { z } from 'zod';
import { parseAs } from '../document/document-file.js';
import { addCommand, collectList } from './command.js';
import { requireConfirmation } from './confirmation.js';
import { showEpsilon, showId, showTime } from './wording.js';

/** Adds `veilsum delegation …`. */
export function addDelegationCommands(program: Command): void {
  const delegation = program
    .command('delegation')
    .description('who may ask at whose expense, within which limits');
  addGrant(delegation);
  addRevoke(delegation);
  addList(delegation);
  addShow(delegation);
}

interface GrantOptions {
  readonly agent: string;
  readonly purpose: string[];
  readonly product?: string[];
  readonly maxPrice: string;
  readonly budget: string;
  readonly epsilonPerQuery: string;
  readonly epsilonBudget: string;
  readonly maxQueries: string;
  readonly from?: string;
  readonly until: string;
}

function addGrant(delegation: Command): void {
  addCommand<GrantOptions>(delegation, {
    usage: 'grant',
    summary: 'let an agent, a person or a program, ask on your account',
    example:
      'delegation grant --as chain --agent chain-bot --purpose CommercialResearch --max-price 1500 --budget 20000 --epsilon-per-query 0.5 --epsilon-budget 5 --max-queries 20 --until 2027-12-31',
    options: [
      { flags: '--agent <member>', meaning: 'an analyst who will ask', required: true },
      {
        flags: '--purpose <purposes>',
        meaning: 'what it may ask for (DPV terms)',
        required: true,
        parse: collectList,
      },
      {
        flags: '--product <ids>',
        meaning: 'products that it may ask (default: all)',
        parse: collectList,
      },
      { flags: '--max-price <n>', meaning: 'minor units for one query at most', required: true },
      { flags: '--budget <n>', meaning: 'minor units for all of them', required: true },
      { flags: '--epsilon-per-query <number>', meaning: 'ε of one query at most', required: true },
      { flags: '--epsilon-budget <number>', meaning: 'ε of all of them', required: true },
      { flags: '--max-queries <n>', meaning: 'how many', required: true },
      { flags: '--from <date>', meaning: 'first day, YYYY-MM-DD (default: now)' },
      { flags: '--until <date>', meaning: 'last day, YYYY-MM-DD', required: true },
    ],
    run: async (context, options) => {
      const terms = parseAs(
        delegationTermsSchema,
        {
          format: 'veilsum-delegation/1',
          delegationId: randomBytes(16).toString('hex'),
          agentId: options.agent,
          purposes: options.purpose,
          ...(options.product === undefined ? {} : { productIds: options.product }),
          maxPricePerQuery: options.maxPrice,
          moneyBudget: options.budget,
          epsilonPerQueryMicro: microOf(options.epsilonPerQuery),
          epsilonBudgetMicro: microOf(options.epsilonBudget),
          maxQueries: Number(options.maxQueries),
          notBefore: options.from === undefined ? Date.now() : Date.parse(options.from),
          notAfter: Date.parse(options.until) + 86_399_999,
        },
        'The delegation',
      );
      const { ledger } = await context.session();
      const commit = await tellLedger(ledger, 'delegation:grant', terms);
      context.output.result(commit.result);
      context.output.line(
        `Delegation ${terms.delegationId} is on the ledger. ${terms.agentId} asks with --delegation; you pay.`,
      );
    },
  });
}

function addRevoke(delegation: Command): void {
  addCommand(delegation, {
    usage: 'revoke <delegation>',
    summary: 'end a delegation; what its agent runs stops and is refunded',
    example: 'delegation revoke 3f0c… --as chain',
    run: async (context, _options, [delegationId = '']) => {
      await requireConfirmation(
        {
          consequence:
            'Queries of the agent that have not been opened yet stop and are refunded; results already opened and money already settled stay.',
          word: showId(delegationId),
        },
        context.yes,
      );
      const { ledger } = await context.session();
      const commit = await tellLedger(ledger, 'delegation:revoke', { delegationId });
      context.output.result(commit.result);
      context.output.line(`Revoked in block ${commit.blockNumber}.`);
    },
  });
}

function addList(delegation: Command): void {
  addCommand<{ principal?: string; agent?: string }>(delegation, {
    usage: 'list',
    summary: 'delegations: all, of one principal or for one agent',
    example: 'delegation list --principal chain --as auditor',
    options: [
      { flags: '--principal <member>', meaning: 'only those that this member pays for' },
      { flags: '--agent <member>', meaning: 'only those that this member asks under' },
    ],
    run: async (context, { principal, agent }) => {
      const { ledger } = await context.session();
      const found = await askLedger(
        ledger,
        'delegation:list',
        {
          ...(principal === undefined ? {} : { principalId: principal }),
          ...(agent === undefined ? {} : { agentId: agent }),
        },
        z.array(delegationSchema),
      );
      context.output.result(found);
      context.output.table(
        ['delegation', 'principal', 'agent', 'purposes', 'until', 'status'],
        found.map((d) => [
          d.delegationId,
          d.principalId,
          d.agentId,
          d.purposes.join(', '),
          showTime(d.notAfter).slice(0, 10),
          d.status,
        ]),
      );
    },
  });
}

function addShow(delegation: Command): void {
  addCommand(delegation, {
    usage: 'show <delegation>',
    summary: 'a delegation, what is left of its limits, and what was asked under it',
    example: 'delegation show 3f0c… --as auditor',
    run: async (context, _options, [delegationId = '']) => {
      const { ledger } = await context.session();
      const read = await askLedger(
        ledger,
        'delegation:read',
        { delegationId },
        delegationStateSchema,
      );
      const asked = await queriesUnder(ledger, delegationId);
      context.output.result({ ...read, queries: asked });
      context.output.table(['', ''], stateRows(read));
      context.output.table(
        ['when (UTC)', 'query', 'purpose', 'price', 'ε', 'status', 'refused by'],
        asked.map((query) => [
          showTime(query.requestedAt),
          query.queryId,
          query.request.purpose,
          query.plan?.price ?? '',
          showEpsilon(query.chargedEpsilonMicro),
          query.status,
          query.verdict.trace
            .flatMap(({ passed, code }) => (passed ? [] : [code ?? '']))
            .join(', '),
        ]),
      );
    },
  });
}

async function queriesUnder(ledger: Ledger, delegationId: string): Promise<QueryRecord[]> {
  const all = await askLedger(ledger, 'query:list', {}, z.array(queryRecordSchema));
  return all.filter(({ request }) => request.delegationId === delegationId);
}

function stateRows({ delegation, use }: DelegationState): [string, string][] {
  return [
    ['delegation', delegation.delegationId],
    ['principal, who pays', delegation.principalId],
    ['agent, who asks', delegation.agentId],
    ['purposes', delegation.purposes.join(', ')],
    ['products', delegation.productIds?.join(', ') ?? 'all'],
    ['dates', `${showTime(delegation.notBefore)} to ${showTime(delegation.notAfter)}`],
    ['price of one query', `${delegation.maxPricePerQuery} minor units at most`],
    ['money', `${use.money} of ${delegation.moneyBudget} minor units`],
    ['ε of one query', `${showEpsilon(delegation.epsilonPerQueryMicro)} at most`],
    ['ε', `${showEpsilon(use.epsilonMicro)} of ${showEpsilon(delegation.epsilonBudgetMicro)}`],
    ['queries', `${use.queries} of ${delegation.maxQueries}`],
    ['status', delegation.status],
  ];
}

const microOf = (text: string) => Math.round(Number(text) * 1_000_000);
