export * from './errors.js';
export * from './hash.js';
export * from './integer-encoding.js';
export * from './random.js';
export * from './canonical-json.js';
