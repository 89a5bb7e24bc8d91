import { writeFile } from 'node:fs/promises';
import { VeilsumError } from '@veilsum/protocol';
import type { Command } from 'commander';
import { checkRules, type AuditCheck, type LedgerHead } from '../audit/audit.js';
import { ledgerSource, type LedgerChoice } from '../audit/ledger-source.js';
import { withReplayedBlocks } from '../audit/replay.js';
import { storyPage } from '../audit/story/story-page.js';
import type { StorySubject } from '../audit/story/story-subject.js';
import { tellStory, type Story } from '../audit/story/story.js';
import { fileErrorCode } from '../document/document-file.js';
import { addCommand, type CommandOption } from './command.js';
import type { Output } from './output.js';

interface AuditOptions extends LedgerChoice {
  readonly query?: string;
  readonly consent?: string;
  readonly member?: string;
  readonly html?: string;
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
    example: 'audit --query 5d20c1e8a97b43f6b1a0c2d3e4f50617 --html query.html',
    options: [
      ...ledgerOptions,
      { flags: '--query <id>', meaning: 'also tell everything the ledger has on this query' },
      { flags: '--consent <id>', meaning: 'also tell everything the ledger has on this consent' },
      { flags: '--member <id>', meaning: 'also tell everything the ledger has on this member' },
      { flags: '--html <file>', meaning: 'write the story as a page to print; it must not exist' },
    ],
    run: async (context, options) => {
      const { output } = context;
      const subject = storySubject(options);
      const source = await ledgerSource(context, options);
      const { report, story } = await withReplayedBlocks(source, async (blocks, head) => ({
        report: auditReport(head, await checkRules(blocks())),
        story: subject === undefined ? undefined : await tellStory(blocks, subject),
      }));
      // First, so that a page which cannot be written is the only answer.
      if (story !== undefined && options.html !== undefined) {
        await writePage(options.html, storyPage(story, report));
      }
      output.result(story === undefined ? report : { ...report, story });
      showReport(output, report);
      if (story !== undefined) showStory(output, story);
      if (options.html !== undefined) output.line(`The story is written to ${options.html}.`);
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

/** @throws {@link VeilsumError} INVALID_ARGUMENT when two stories are asked for, or a page of none */
function storySubject({ query, consent, member, html }: AuditOptions): StorySubject | undefined {
  const named: StorySubject[] = [
    ...(query === undefined ? [] : [{ kind: 'query' as const, id: query }]),
    ...(consent === undefined ? [] : [{ kind: 'consent' as const, id: consent }]),
    ...(member === undefined ? [] : [{ kind: 'member' as const, id: member }]),
  ];
  if (named.length > 1 || (html !== undefined && named.length === 0)) {
    throw new VeilsumError(
      'INVALID_ARGUMENT',
      'A story is that of one query, consent or member: give one of --query, --consent and --member.',
    );
  }
  return named[0];
}

function showReport(output: Output, report: AuditReport): void {
  output.table(
    ['check', '', 'what was checked'],
    report.checks.map(({ check, passed, claim }) => [check, passed ? 'ok' : 'FAIL', claim]),
  );
  for (const { findings } of report.checks) {
    for (const { transactionId, blockNumber, sentence } of findings) {
      output.line(`block ${blockNumber}, transaction ${transactionId}: ${sentence}`);
    }
  }
}

function showStory(output: Output, { facts, events }: Story): void {
  output.table(
    ['', 'at the end'],
    facts.map(({ name, value }) => [name, value]),
  );
  for (const { at, by, what, blockNumber } of events) {
    output.line(`${at}  block ${blockNumber}, ${by}, ${what}`);
  }
}

/** A page names members and money: only its owner may read it, and nothing is overwritten. */
async function writePage(path: string, page: string): Promise<void> {
  await writeFile(path, page, { flag: 'wx', mode: 0o600 }).catch((error: unknown) => {
    throw new VeilsumError(
      'INVALID_ARGUMENT',
      `${path} cannot be written (${fileErrorCode(error)}).`,
    );
  });
}

/** @returns the rules' outcomes after the replay's own, which has passed when there are any */
export function auditReport(head: LedgerHead, rules: readonly AuditCheck[]): AuditReport {
  const checks = [...head.checks, ...rules];
  return { ...head, passed: checks.every(({ passed }) => passed), checks };
}
