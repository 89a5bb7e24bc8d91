export * from './ledger-contract.js';
export * from './transaction-call.js';
export * from './transaction-stub.js';
export * from './world-state.js';
export * from './posting.js';
