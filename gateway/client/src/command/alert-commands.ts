import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { createGatewayToken } from '@veilsum/ledger';
import { alertKindSchema, VeilsumError, type Alert } from '@veilsum/protocol';
import { z } from 'zod';
import { followAlerts } from '../alert/alert-feed.js';
import { readAlerts, readWatcherAddress } from '../alert/watcher-folder.js';
import { readDocument } from '../document/document-file.js';
import { watcherService } from '../network/network-services.js';
import { readNetwork } from '../session/network-file.js';
import { addCommand, type CommandContext } from './command.js';
import type { Output } from './output.js';

const settingsSchema = z.record(z.string(), z.unknown());

/** Adds `veilsum watch` and `veilsum alerts …`. */
export function addAlertCommands(program: Command): void {
  addWatch(program);
  const alerts = program.command('alerts').description('what a watcher has found');
  addList(alerts);
  addFollow(alerts);
}

function addWatch(program: Command): void {
  addCommand<{ settings?: string }>(program, {
    usage: 'watch',
    summary: 'watch the ledger and the gateway as a member, raise alerts, mend what can be mended',
    example: 'watch --as auditor --settings alerts.yaml',
    options: [{ flags: '--settings <file>', meaning: 'thresholds and webhooks (docs/alerts.md)' }],
    run: async (context, { settings: file }) => {
      const { state } = context;
      const network = await readNetwork(state);
      const memberId = requireMember(context);
      const settings = file === undefined ? {} : await readDocument(file, settingsSchema);
      const service = watcherService(state, network, { memberId, settings });
      const { passphraseFile = service.config['passphraseFile'] } = context;
      await mkdir(state.processes, { recursive: true, mode: 0o700 });
      const configFile = join(state.processes, `${service.name}.json`);
      const config = JSON.stringify({ ...service.config, passphraseFile }, undefined, 2);
      await writeFile(configFile, `${config}\n`, { mode: 0o600 });
      process.exitCode = await runToItsEnd(configFile);
    },
  });
}

async function runToItsEnd(configFile: string): Promise<number> {
  const main = fileURLToPath(new URL('main.js', import.meta.resolve('@veilsum/watcher')));
  const child = spawn(process.execPath, [main, '--config', configFile], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal));
  const [status] = (await once(child, 'close')) as [number | null];
  return status ?? 1;
}

function addList(alerts: Command): void {
  addCommand<{ all?: true; kind?: Alert['kind'] }>(alerts, {
    usage: 'list',
    summary: 'list the alerts that the watcher here has kept, whether it runs or not',
    example: 'alerts list --as auditor',
    options: [
      { flags: '--all', meaning: 'mended ones, too' },
      { flags: '--kind <kind>', meaning: 'of this kind', choices: alertKindSchema.options },
    ],
    run: async (context, { all, kind }) => {
      const { output, state } = context;
      const kept = await readAlerts(state, requireMember(context));
      const shown = kept.filter(
        (alert) =>
          (all === true || alert.status === 'open') && (kind === undefined || alert.kind === kind),
      );
      output.result(shown);
      if (shown.length === 0) output.line('No alert is open.');
      for (const alert of shown) showAlert(output, alert);
    },
  });
}

function addFollow(alerts: Command): void {
  addCommand<{ url?: string; of?: string }>(alerts, {
    usage: 'follow',
    summary: 'show alerts as they are raised and mended, until interrupted',
    example: 'alerts follow --as auditor',
    options: [
      { flags: '--of <member>', meaning: 'whose watcher; it has to name you as a reader' },
      { flags: '--url <url>', meaning: 'where it answers, when not on this machine' },
    ],
    run: async (context, { url, of }) => {
      const { output, state } = context;
      const own = requireMember(context);
      const memberId = of ?? own;
      const address = url ?? (await readWatcherAddress(state, memberId));
      if (address === undefined) {
        const sentence = `No watcher of ${memberId} runs in ${state.root}; name its address with --url.`;
        throw new VeilsumError('STATE_FOLDER_INVALID', sentence);
      }
      const { identity } = await context.session();
      const token = () => createGatewayToken(identity, `watcher:${memberId}`);
      for await (const alert of followAlerts({ url: address, token, signal: interruption() })) {
        output.result(alert);
        showAlert(output, alert);
      }
    },
  });
}

function requireMember({ as }: CommandContext): string {
  if (as !== undefined) return as;
  const sentence = 'Say whose watcher it is: --as MEMBER, or VEILSUM_MEMBER in the environment.';
  throw new VeilsumError('INVALID_ARGUMENT', sentence);
}

/** Aborted by Ctrl-C. */
function interruption(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      controller.abort();
    });
  }
  return controller.signal;
}

function showAlert(output: Output, alert: Alert): void {
  const { at, kind, severity, status, sentence, mendingStep, mended, attempted } = alert;
  const state = status === 'open' ? severity : 'mended';
  output.line(`${new Date(at).toISOString()}  ${state}  ${kind}`);
  output.line(`  ${sentence}`);
  if (mended !== undefined) {
    output.line(`  ${mended.by === 'watcher' ? 'The watcher: ' : ''}${mended.sentence}`);
    return;
  }
  if (attempted !== undefined) output.line(`  Tried: ${attempted.sentence}`);
  output.line(`  What to do: ${mendingStep}`);
}
