export { connectLedger, type LedgerConnection } from './connect-ledger.js';
export * from './identity/index.js';
export type { FollowOptions, Ledger, LedgerCommit, LedgerEvent, LedgerRequest } from './ledger.js';
export type { TransactionSigner } from './signer.js';
