export * from './contract-suite.js';
export * from './memory-ledger.js';
export * from './memory-stub.js';
export * from './sample-network.js';
export * from './sample-objects.js';
export * from './sample-proposal.js';
export * from './sample-query.js';
export * from './test-ledger.js';
