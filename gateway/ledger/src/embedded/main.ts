import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';

import { VeilsumError, genesisSchema } from '@veilsum/protocol';
import { z } from 'zod';

import { EmbeddedEngine } from './engine.js';
import { problemOf } from './http-problem.js';
import { LedgerServer } from './ledger-server.js';

const configSchema = z.strictObject({
  /** Folder of the database. */
  folder: z.string().min(1),
  /** File with the genesis (JSON); the first start founds the ledger with it. */
  genesisFile: z.string().min(1),
  host: z.string().default('127.0.0.1'),
  port: z.number().int().min(0).max(65_535),
  /** Ends the process when its standard input ends, so that it does not outlive its parent. */
  stopWithParent: z.boolean().default(false),
});
type LedgerConfig = z.infer<typeof configSchema>;

async function main(): Promise<void> {
  const config = await readConfig();
  const genesis = genesisSchema.parse(await readJson(config.genesisFile));
  const engine = await EmbeddedEngine.open({ folder: config.folder, genesis });
  const server = await LedgerServer.listen(engine, config);
  stopOnRequest(config, server);
  void engine.failed.then(fail);
  const { channel, genesisHash, height } = await engine.status();
  print({ ready: true, url: server.url, channel, genesisHash, height });
}

async function readConfig(): Promise<LedgerConfig> {
  const { values } = parseArgs({ options: { config: { type: 'string' } } });
  if (values.config === undefined) {
    throw new VeilsumError('INVALID_ARGUMENT', 'Say which file to read: --config FILE.');
  }
  const parsed = configSchema.safeParse(await readJson(values.config));
  if (parsed.success) return parsed.data;
  const field = parsed.error.issues[0]?.path.join('.') ?? '';
  throw new VeilsumError('INVALID_ARGUMENT', `The configuration is wrong at "${field}".`);
}

async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch (cause) {
    throw new VeilsumError('STATE_FOLDER_INVALID', `The file ${path} cannot be read as JSON.`, {
      cause,
    });
  }
}

function stopOnRequest({ stopWithParent }: LedgerConfig, server: LedgerServer): void {
  let isStopping = false;
  const stop = () => {
    if (isStopping) return;
    isStopping = true;
    server.close().then(() => process.exit(0), fail);
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  if (!stopWithParent) return;
  process.stdin.resume();
  process.stdin.once('end', stop);
  process.stdin.once('close', stop);
}

function fail(error: unknown): void {
  const { code, detail } = problemOf(error);
  process.stderr.write(`${JSON.stringify({ level: 'error', code, detail })}\n`);
  process.exit(1);
}

function print(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

main().catch(fail);
