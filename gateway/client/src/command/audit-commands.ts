import type { Command } from 'commander';
import { checkRules, type AuditCheck, type LedgerHead } from '../audit/audit.js';
import { ledgerSource, type LedgerChoice } from '../audit/ledger-source.js';
import { queryStory } from '../audit/query-story.js';
import { withReplayedBlocks } from '../audit/replay.js';
import { addCommand, type CommandOption } from './command.js';

interface AuditOptions extends LedgerChoice {
  readonly query?: string;
}

export interface AuditReport extends LedgerHead {
  readonly passed: boolean;
}

/** How an exported ledger is named, for commands that need no key. */
export const ledgerOptions: readonly CommandOption[] = [
  { flags: '--ledger <file>', meaning: 'an exported ledger instead of the running one' },
  {
    flags: '--genesis <hash>',
    meaning: 'with --ledger: hash of its first block, from someone you trust',
  },
  {
    flags: '--founder <msp>',
    meaning: 'on Fabric: organisation that alone may found; a file does not say it',
  },
];

/** Adds `veilsum audit`. */
export function addAuditCommands(program: Command): void {
  addCommand<AuditOptions>(program, {
    usage: 'audit',
    summary: 'replay the whole ledger and check it; a key is needed only to read a Fabric peer',
    example: 'audit',
    options: [
      ...ledgerOptions,
      { flags: '--query <id>', meaning: 'also tell everything the ledger has on this query' },
    ],
    run: async (context, options) => {
      const { output } = context;
      const source = await ledgerSource(context, options);
      const { report, story } = await withReplayedBlocks(source, async (blocks, head) => ({
        report: auditReport(head, await checkRules(blocks())),
        story: options.query === undefined ? undefined : await queryStory(blocks(), options.query),
      }));
      output.result(story === undefined ? report : { ...report, story });
      output.table(
        ['check', '', 'what was checked'],
        report.checks.map(({ check, passed, claim }) => [check, passed ? 'ok' : 'FAIL', claim]),
      );
      for (const { findings } of report.checks) {
        for (const { transactionId, blockNumber, sentence } of findings) {
          output.line(`block ${blockNumber}, transaction ${transactionId}: ${sentence}`);
        }
      }
      for (const line of story ?? []) output.line(`${line.at}  ${line.what}`);
      output.line(
        `${report.height} blocks, ${report.passed ? 'everything holds' : 'NOT in order'}. Last block: ${report.headHash}.`,
      );
      if (options.ledger !== undefined) {
        output.line(
          'Whether later blocks are missing from the file shows only by comparing that hash.',
        );
      }
      if (!report.passed) process.exitCode = 1;
    },
  });
}

/** @returns the rules' outcomes after the replay's own, which has passed when there are any */
export function auditReport(head: LedgerHead, rules: readonly AuditCheck[]): AuditReport {
  const checks = [...head.checks, ...rules];
  return { ...head, passed: checks.every(({ passed }) => passed), checks };
}
