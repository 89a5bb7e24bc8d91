export { connectLedger } from './connect-ledger.js';
export { fabricProfileSchema, type FabricPeer, type FabricProfile } from './fabric-profile.js';
export * from './identity/index.js';
export { askLedger, readAnswer, tellLedger, type LedgerCall } from './ledger-calls.js';
export { LEDGER_HEIGHT_HEADER, waitForHeight } from './ledger-height.js';
export type {
  FollowOptions,
  Ledger,
  LedgerBlock,
  LedgerBlockTransaction,
  LedgerCommit,
  LedgerEvent,
  LedgerRequest,
  LedgerWrite,
} from './ledger.js';
export type {
  EmbeddedConnection,
  FabricConnection,
  LedgerConnection,
} from './ledger-connection.js';
export type { TransactionSigner } from './signer.js';
export {
  connectConfiguredLedger,
  describeConfiguredLedger,
  ledgerConfigSchema,
  readProfile,
  type LedgerConfig,
  type LedgerDescription,
} from './service/configured-ledger.js';
export {
  aborted,
  announceReady,
  readConfigFile,
  readPassphrase,
  readServiceConfig,
  runService,
  stopSignal,
} from './service/index.js';
