export { gatewayConfigSchema, type GatewayConfig } from './config.js';
export { startConfiguredGateway } from './gateway-process.js';
export { startGateway, type GatewayAddress, type RunningGateway } from './gateway.js';
export { Metrics } from './operations/metrics.js';
