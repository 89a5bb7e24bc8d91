import type { Command } from 'commander';
import { HttpLedgerService } from '@veilsum/ledger/embedded';
import { VeilsumError } from '@veilsum/protocol';
import { checkRules, type AuditCheck } from '../audit/audit.js';
import { LedgerFile } from '../audit/ledger-file.js';
import { queryStory } from '../audit/query-story.js';
import { withReplayedBlocks } from '../audit/replay.js';
import { readNetwork } from '../session/network-file.js';
import type { StateFolder } from '../session/state-folder.js';
import { addCommand } from './command.js';

interface AuditOptions {
  readonly ledger?: string;
  readonly genesis?: string;
  readonly query?: string;
}

export interface AuditReport {
  readonly passed: boolean;
  readonly height: number;
  readonly checks: readonly AuditCheck[];
}

/** Adds `veilsum audit`. */
export function addAuditCommands(program: Command): void {
  addCommand<AuditOptions>(program, {
    usage: 'audit',
    summary: 'replay the whole ledger and check it: anyone may, no key is needed',
    example: 'audit',
    options: [
      { flags: '--ledger <file>', meaning: 'an exported ledger instead of the running one' },
      {
        flags: '--genesis <hash>',
        meaning: 'with --ledger: hash of its first block, from someone you trust',
      },
      { flags: '--query <id>', meaning: 'also tell everything the ledger has on this query' },
    ],
    run: async ({ state, output }, options) => {
      const source = await ledgerSource(state, options);
      const { report, story } = await withReplayedBlocks(source, async (blocks, height) => ({
        report: auditReport(height, await checkRules(blocks())),
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
        `${report.height} blocks, ${report.passed ? 'everything holds' : 'NOT in order'}.`,
      );
      if (!report.passed) process.exitCode = 1;
    },
  });
}

async function ledgerSource(state: StateFolder, { ledger, genesis }: AuditOptions) {
  if (ledger === undefined) {
    const { ledgerUrl, genesisHash } = await readNetwork(state);
    return { service: new HttpLedgerService({ url: ledgerUrl, genesisHash }), genesisHash };
  }
  if (genesis === undefined) {
    throw new VeilsumError(
      'INVALID_ARGUMENT',
      '--ledger needs --genesis HASH, which says which ledger you mean.',
    );
  }
  return { service: new LedgerFile(ledger), genesisHash: genesis };
}

/** @returns the rules' outcomes after the replay's own, which has passed when there are any */
export function auditReport(height: number, rules: readonly AuditCheck[]): AuditReport {
  const replay: AuditCheck = {
    check: 'replay',
    claim:
      'Hashes, certificates, signatures and validation hold, and every transaction executes to the same result.',
    passed: true,
    findings: [],
  };
  const checks = [replay, ...rules];
  return { passed: checks.every(({ passed }) => passed), height, checks };
}
