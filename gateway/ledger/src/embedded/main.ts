import { genesisSchema } from '@veilsum/protocol';
import { z } from 'zod';

import { readConfigFile, readServiceConfig } from '../service/service-config.js';
import { aborted, announceReady, runService, stopSignal } from '../service/service-process.js';
import { EmbeddedEngine } from './engine.js';
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

runService(async () => {
  const config = await readServiceConfig(configSchema);
  const stop = stopSignal(config.stopWithParent);
  const genesis = await readConfigFile(config.genesisFile, genesisSchema);
  const engine = await EmbeddedEngine.open({ folder: config.folder, genesis });
  const server = await LedgerServer.listen(engine, config);
  const { channel, genesisHash, height } = await engine.status();
  announceReady({ url: server.url, channel, genesisHash, height });
  // A disk that refuses a block ends the ledger: it could not keep what it acknowledges.
  const failed = engine.failed.then((error) => {
    throw error;
  });
  await Promise.race([aborted(stop), failed]);
  await server.close();
});
