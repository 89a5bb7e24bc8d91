import { writeFile } from 'node:fs/promises';
import { askLedger } from '@veilsum/ledger';
import { HttpLedgerService } from '@veilsum/ledger/embedded';
import { accountSchema, journalEntrySchema, VeilsumError } from '@veilsum/protocol';
import { z } from 'zod';
import { checkRules } from '../audit/audit.js';
import type { AuditSource } from '../audit/audit-source.js';
import { peerSource } from '../audit/peer-source.js';
import { withReplayedBlocks } from '../audit/replay.js';
import { auditReport, type AuditReport } from '../command/audit-commands.js';
import type { CommandContext } from '../command/command.js';
import { showMoney } from '../command/wording.js';
import { fileErrorCode } from '../document/document-file.js';
import { bringUp, type RunningNetwork } from '../network/bring-up.js';
import type { NetworkPlan } from '../network/network-plan.js';
import { isFabric, type Network } from '../session/network-file.js';
import type { Session } from '../session/session.js';
import { askQuestion, quoteInWords, refusedQuestion } from './demo-asking.js';
import { exactSales, noisySales, noisyVisits, refusedSales } from './demo-questions.js';
import { reportQuery, type DemoReport } from './demo-report.js';
import { contributeRetailData, withdrawOneMerchant } from './retail-contributions.js';
import { createStage, type DemoStage } from './demo-stage.js';
import { enrolRetailers, type RetailNetwork } from './retail-members.js';

export interface DemoOptions {
  /** End when it is done instead of serving on. */
  readonly exit: boolean;
  /** File for the report. */
  readonly report: string | undefined;
}

/**
 * The main job on published retail data: found the network, contribute, ask, settle, audit; then serve
 * until Ctrl-C, or end.
 */
export async function runRetailDemo(
  context: CommandContext,
  plan: NetworkPlan,
  options: DemoOptions,
): Promise<void> {
  const stage = createStage(context);
  const started = Date.now();
  const running = await stage.step('network', 'The network', () =>
    bringUp(context.state, plan, { attached: true, say: stage.say }),
  );
  try {
    await runSteps(stage, running);
    stage.report.timingsMs['total'] = Date.now() - started;
    context.output.result(stage.report);
    if (options.report !== undefined) await writeReport(options.report, stage.report);
    if (!options.exit) await serveUntilInterrupted(stage, running);
  } finally {
    await running.stop();
  }
  if (!stage.report.audit.passed) process.exitCode = 1;
}

async function runSteps(stage: DemoStage, running: RunningNetwork): Promise<void> {
  const retail = await stage.step('members', 'Members', () => enrolRetailers(stage, running));
  await stage.step('contributions', 'Contributions: twelve merchants encrypt their sales', () =>
    contributeRetailData(stage, retail),
  );
  await askAll(stage, retail);
  await showSettlement(stage, retail);
  await showAudit(stage, running);
}

async function askAll(stage: DemoStage, retail: RetailNetwork): Promise<void> {
  const { analyst } = retail;
  const ask = async (name: string, title: string, question: typeof exactSales) => {
    const result = await stage.step(name, title, () =>
      askQuestion(stage, analyst, { step: name, question }),
    );
    stage.report.queries.push(reportQuery(result, retail.fileOf));
    return result;
  };
  await stage.step('quote', 'A quote before anything is paid', () =>
    quoteInWords(stage, analyst, exactSales),
  );
  await ask('exactQuery', 'Exact: sales by department and week', exactSales);
  await ask('noisyVisits', 'Noisy, ε 1: household visits by group and week', noisyVisits);
  await ask('noisySales', 'Noisy, ε 1: sales by group over the quarter', noisySales);
  await stage.step('refusal', 'A question that is refused', () =>
    refusedQuestion(stage, analyst, refusedSales),
  );
  await stage.step('withdrawal', 'A merchant withdraws', () => withdrawOneMerchant(stage, retail));
  await ask('afterWithdrawal', 'The same question without that merchant', noisyVisits);
}

async function showSettlement(stage: DemoStage, { analyst }: RetailNetwork): Promise<void> {
  await stage.step('settlement', 'Who was paid', async () => {
    const { ledger } = analyst;
    const accounts = await askLedger(ledger, 'account:list', {}, z.array(accountSchema));
    const entries = await askLedger(ledger, 'account:journal', {}, z.array(journalEntrySchema));
    stage.report.settlement = { accounts, entries };
    stage.context.output.table(
      ['account', 'balance'],
      accounts
        .filter(({ balance }) => balance !== '0')
        .map(({ accountId, balance }) => [accountId, showMoney(balance, 'USD')]),
    );
    const total = accounts.reduce((sum, { balance }) => sum + BigInt(balance), 0n);
    stage.say(
      `${entries.length} entries; all balances together are ${total}: debits equal credits.`,
    );
  });
}

async function showAudit(stage: DemoStage, { network, operator }: RunningNetwork): Promise<void> {
  await stage.step('audit', 'The audit: the whole ledger executed again and checked', async () => {
    const report = await auditReplay(network, operator);
    stage.report.audit = { passed: report.passed, checks: report.checks };
    for (const { check, passed, claim } of report.checks) {
      stage.say(`${passed ? 'ok  ' : 'FAIL'} ${check}: ${claim}`);
    }
    stage.say(`${report.height} blocks, the last one ${report.headHash.slice(0, 12)}.`);
  });
}

async function auditReplay(network: Network, operator: Session): Promise<AuditReport> {
  return withReplayedBlocks(sourceOf(network, operator), async (blocks, head) =>
    auditReport(head, await checkRules(blocks())),
  );
}

function sourceOf(network: Network, operator: Session): AuditSource {
  if (isFabric(network)) return peerSource(operator, network.profile);
  const { ledgerUrl, genesisHash } = network;
  const service = new HttpLedgerService({ url: ledgerUrl, genesisHash });
  return { kind: 'embedded', service, genesisHash };
}

async function writeReport(file: string, report: DemoReport): Promise<void> {
  await writeFile(file, `${JSON.stringify(report, undefined, 2)}\n`).catch((error: unknown) => {
    throw new VeilsumError(
      'INVALID_ARGUMENT',
      `The report ${file} cannot be written (${fileErrorCode(error)}).`,
    );
  });
}

async function serveUntilInterrupted(stage: DemoStage, { network }: RunningNetwork): Promise<void> {
  const { root } = stage.context.state;
  const command = `npx veilsum --state ${root}`;
  stage.say('\n── Serving. Ctrl-C stops everything. Try in another terminal:');
  stage.say(`   ${command} query list --as analyst`);
  stage.say(
    `   ${command} quote --as analyst --product weekly-baskets@1 --epoch 2017-Q1 --function mean --measure sales --by group --epsilon 1 --purpose CommercialResearch`,
  );
  stage.say(`   ${command} account statement --as merchant-367`);
  stage.say(`   ${command} audit --as auditor`);
  stage.say(`   ${command} doctor`);
  const ledger = isFabric(network) ? `channel ${network.profile.channel}` : network.ledgerUrl;
  stage.say(`   Ledger ${ledger}, gateway ${network.gatewayUrl}.`);
  await new Promise<void>((resolve) => {
    process.once('SIGINT', () => {
      resolve();
    });
    process.once('SIGTERM', () => {
      resolve();
    });
  });
}
