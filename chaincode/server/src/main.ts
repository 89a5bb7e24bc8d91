import { createContracts } from '@veilsum/contracts';
import {
  aborted,
  announceReady,
  readServiceConfig,
  runService,
  stopSignal,
} from '@veilsum/ledger/service';
import { serveContracts } from './chaincode-server.js';
import { readTls, serverConfigSchema } from './server-config.js';
import { TransactionLog } from './transaction-log.js';

runService(async () => {
  const config = await readServiceConfig(serverConfigSchema);
  const { chaincodeId, address, founderMspId } = config;
  const stop = stopSignal(config.stopWithParent);
  const log = new TransactionLog(config.logLevel);
  const tls = await readTls(config.tls);
  const served = await serveContracts({
    contracts: createContracts({
      clock: Date.now,
      ...(founderMspId === undefined ? {} : { founderMspId }),
    }),
    chaincodeId,
    address,
    log,
    ...(tls === undefined ? {} : { tls }),
  });
  announceReady({ chaincodeId, address, tls: tls !== undefined });
  log.log('info', 'serving', { chaincodeId, address });
  await aborted(stop);
  await served.close();
  log.log('info', 'stopped');
});
