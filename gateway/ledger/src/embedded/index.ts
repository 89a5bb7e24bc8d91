export { createGenesisBlock, decodeBlock, sealBlock, type EncodedBlock } from './block-encoding.js';
export type { LedgerContractClass } from './contract-runner.js';
export { EmbeddedEngine, type ContractFactory, type EngineOptions } from './engine.js';
export { HttpLedgerService, type HttpServiceOptions } from './http-ledger-service.js';
export { LedgerServer, type ServerOptions } from './ledger-server.js';
export type { LedgerService, LedgerStatus, TransactionOutcome } from './ledger-service.js';
export {
  connectRemoteLedger,
  readGenesisBlock,
  type RemoteLedgerOptions,
} from './remote-ledger.js';
export { ReplicaLedger, type ReplicaOptions } from './replica-ledger.js';
export { SignedLedger, type SignedLedgerOptions } from './signed-ledger.js';
