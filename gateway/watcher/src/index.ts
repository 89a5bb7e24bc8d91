export { watcherConfigSchema, type WatcherConfig } from './config.js';
export { verifyWebhook } from './delivery/webhook-signature.js';
