import {
  announceReady,
  readPassphrase,
  readServiceConfig,
  runService,
  stopSignal,
} from '@veilsum/ledger';
import { keyholderConfigSchema } from './config.js';
import { Keyholder } from './keyholder.js';
import { createLog } from './log.js';

runService(async () => {
  const config = await readServiceConfig(keyholderConfigSchema);
  const stop = stopSignal(config.stopWithParent);
  const passphrase = await readPassphrase(config.passphraseFile);
  const log = createLog(config.logLevel, config.memberId);
  const keyholder = await Keyholder.open({ config, passphrase, log });
  await keyholder.importShare();
  announceReady({ memberId: config.memberId });
  log.info('ready');
  await keyholder.work(stop);
  await keyholder.close();
  log.info('stopped');
});
