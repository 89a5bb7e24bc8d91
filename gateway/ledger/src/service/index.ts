export { readConfigFile, readPassphrase, readServiceConfig } from './service-config.js';
export { aborted, announceReady, runService, stopSignal } from './service-process.js';
