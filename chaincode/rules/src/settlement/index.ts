export * from './coverage-value.js';
export * from './fraction.js';
export * from './largest-remainder.js';
export * from './price-division.js';
export * from './price.js';
export * from './settlement-outcome.js';
export * from './share-dispute.js';
