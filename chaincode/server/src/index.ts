export {
  serveContracts,
  serveTransactions,
  type ServeOptions,
  type ServedChaincode,
  type ServerTls,
} from './chaincode-server.js';
export type { TransactionRunner } from './ledger-chaincode.js';
export { TransactionLog, type LogLevel } from './transaction-log.js';
