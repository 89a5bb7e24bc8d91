import { parseArgs } from 'node:util';

import { VeilsumError } from '@veilsum/protocol';

import { readConfig } from './config.js';
import { startConfiguredGateway } from './gateway-process.js';
import type { RunningGateway } from './gateway.js';
import { refusalOf } from './problems/problem-document.js';

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { config: { type: 'string' } } });
  if (values.config === undefined) {
    throw new VeilsumError('INVALID_ARGUMENT', 'Say which file to read: --config FILE.');
  }
  const config = await readConfig(values.config);
  const gateway = await startConfiguredGateway(config);
  stopOnRequest(gateway, config.stopWithParent);
  process.stdout.write(`${JSON.stringify({ ready: true, url: gateway.url })}\n`);
}

function stopOnRequest(gateway: RunningGateway, stopWithParent: boolean): void {
  let isStopping = false;
  const stop = () => {
    if (isStopping) return;
    isStopping = true;
    gateway.close().then(() => process.exit(0), fail);
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  if (!stopWithParent) return;
  process.stdin.resume();
  process.stdin.once('end', stop);
  process.stdin.once('close', stop);
}

function fail(error: unknown): void {
  const { code, message } = refusalOf(error);
  process.stderr.write(`${JSON.stringify({ level: 'error', code, detail: message })}\n`);
  process.exit(1);
}

main().catch(fail);
