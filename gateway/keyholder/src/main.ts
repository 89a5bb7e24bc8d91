import { parseArgs } from 'node:util';
import { VeilsumError } from '@veilsum/protocol';
import { readConfig, readPassphrase } from './config.js';
import { Keyholder } from './keyholder.js';
import { createLog, wordsOf } from './log.js';

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { config: { type: 'string' } } });
  if (values.config === undefined) {
    throw new VeilsumError('INVALID_ARGUMENT', 'Say which file to read: --config FILE.');
  }
  const config = await readConfig(values.config);
  const stop = stopSignal(config.stopWithParent);
  const passphrase = await readPassphrase(config.passphraseFile);
  const log = createLog(config.logLevel, config.memberId);
  const keyholder = await Keyholder.open({ config, passphrase, log });
  await keyholder.importShare();
  process.stdout.write(`${JSON.stringify({ ready: true, memberId: config.memberId })}\n`);
  log.info('ready');
  await keyholder.work(stop);
  await keyholder.close();
  log.info('stopped');
}

/** Aborted when the process is asked to end, by a signal or because its parent is gone. */
function stopSignal(stopWithParent: boolean): AbortSignal {
  const controller = new AbortController();
  const stop = () => {
    controller.abort();
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  if (stopWithParent) {
    process.stdin.resume();
    process.stdin.once('end', stop);
    process.stdin.once('close', stop);
  }
  return controller.signal;
}

function fail(error: unknown): void {
  const { code, reason } = wordsOf(error);
  process.stderr.write(`${JSON.stringify({ level: 'error', code, detail: reason })}\n`);
  process.exit(1);
}

main().then(() => process.exit(0), fail);
