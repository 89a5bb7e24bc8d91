export { watcherConfigSchema, watcherSettingsSchema, type WatcherConfig } from './config.js';
export { verifyWebhook } from './delivery/webhook-signature.js';
export { WatcherMetrics } from './service/watcher-metrics.js';
