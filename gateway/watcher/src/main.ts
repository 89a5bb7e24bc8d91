import {
  announceReady,
  readPassphrase,
  readServiceConfig,
  runService,
  stopSignal,
} from '@veilsum/ledger';
import { watcherConfigSchema } from './config.js';
import { createLog } from './log.js';
import { Watcher } from './watcher.js';

runService(async () => {
  const config = await readServiceConfig(watcherConfigSchema);
  const stop = stopSignal(config.stopWithParent);
  const passphrase = await readPassphrase(config.passphraseFile);
  const log = createLog(config.logLevel, config.memberId);
  const watcher = await Watcher.open({ config, passphrase, log });
  announceReady({ memberId: config.memberId, url: watcher.url });
  log.info({ url: watcher.url }, 'ready');
  await watcher.run(stop);
  await watcher.close();
  log.info('stopped');
});
