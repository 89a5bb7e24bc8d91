export * from './delegated-query.js';
export * from './delegation-charges.js';
export * from './delegation-terms-rules.js';
