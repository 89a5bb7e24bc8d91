export { connectFabricLedger } from './fabric-ledger.js';
