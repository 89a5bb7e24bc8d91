export { keyholderConfigSchema, type KeyholderConfig } from './config.js';
export { Keyholder, type KeyholderOptions } from './keyholder.js';
