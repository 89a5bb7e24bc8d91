import { aborted, announceReady, readServiceConfig, runService, stopSignal } from '@veilsum/ledger';

import { gatewayConfigSchema } from './config.js';
import { startConfiguredGateway } from './gateway-process.js';

runService(async () => {
  const config = await readServiceConfig(gatewayConfigSchema);
  const stop = stopSignal(config.stopWithParent);
  const gateway = await startConfiguredGateway(config);
  announceReady({ url: gateway.url });
  await aborted(stop);
  await gateway.close();
});
