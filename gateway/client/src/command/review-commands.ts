import { askLedger, tellLedger } from '@veilsum/ledger';
import { queryRecordSchema, type QueryRecord, type Review } from '@veilsum/protocol';
import type { Command } from 'commander';
import { z } from 'zod';
import { addCommand } from './command.js';
import { showRefusal } from './verdict-view.js';
import { showTime } from './wording.js';

/** Adds `veilsum query review …`. */
export function addReviewCommands(query: Command): void {
  const review = query.command('review').description('decide on queries that wait for you');
  addList(review);
  addDecision(review, 'approve', 'let a query go on; it is charged by what holds now');
  addDecision(review, 'stop', 'refuse a query, with the reason for its analyst');
}

function addList(review: Command): void {
  addCommand<{ all?: true }>(review, {
    usage: 'list',
    summary: 'queries that wait for a decision of your roles, the most urgent first',
    example: 'query review list --as bureau',
    options: [{ flags: '--all', meaning: 'those that wait for others too' }],
    run: async (context, { all }) => {
      const { ledger, identity } = await context.session();
      const member = await readOwnRoles(ledger, identity.memberId);
      const waiting = await askLedger(
        ledger,
        'query:list',
        { status: 'reviewing' },
        z.array(queryRecordSchema),
      );
      const mine = waiting
        .filter(({ review: found }) => all === true || waitsFor(found, member.roles))
        .sort((a, b) => (a.review?.deadline ?? 0) - (b.review?.deadline ?? 0));
      context.output.result(mine);
      context.output.table(
        ['query', 'by', 'product', 'function', 'purpose', 'release', 'waits for', 'until (UTC)'],
        mine.map(({ queryId, analystId, request, review: found }) => [
          queryId,
          analystId,
          `${request.productId}@${request.productVersion}`,
          [request.function, ...request.measures].join(' '),
          request.purpose,
          request.release,
          openRoles(found).join(', '),
          showTime(found?.deadline ?? 0),
        ]),
      );
    },
  });
}

const ownMemberSchema = z.looseObject({ roles: z.array(z.string()) });

function readOwnRoles(ledger: Parameters<typeof askLedger>[0], memberId: string) {
  return askLedger(ledger, 'member:read', { memberId }, ownMemberSchema);
}

function openRoles(review: Review | undefined): string[] {
  return (review?.points ?? []).filter(({ status }) => status === 'open').map(({ role }) => role);
}

function waitsFor(review: Review | undefined, roles: readonly string[]): boolean {
  return openRoles(review).some((role) => roles.includes(role));
}

function addDecision(review: Command, decision: 'approve' | 'stop', summary: string): void {
  addCommand<{ reason: string }>(review, {
    usage: `${decision} <query>`,
    summary,
    example: `query review ${decision} 3f0c… --reason "Groups of a district and more." --as bureau`,
    options: [
      { flags: '--reason <words>', meaning: 'everyone on the ledger can read it', required: true },
    ],
    run: async (context, { reason }, [queryId = '']) => {
      const { output } = context;
      const { ledger } = await context.session();
      const commit = await tellLedger(ledger, 'query:review', { queryId, decision, reason });
      const record = queryRecordSchema.parse(commit.result);
      output.result(record);
      output.line(decisionWords(record));
      if (record.status === 'refused' && decision === 'approve')
        showRefusal(output, record.verdict);
    },
  });
}

function decisionWords({ queryId, status, review }: QueryRecord): string {
  if (status === 'reviewing') {
    return `Query ${queryId} still waits for: ${openRoles(review).join(', ')}.`;
  }
  return status === 'refused'
    ? `Query ${queryId} is refused, and its price refunded.`
    : `Query ${queryId} is ${status}.`;
}
