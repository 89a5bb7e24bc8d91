export { connectFabricLedger, type FabricLedger } from './fabric-ledger.js';
export { decodeFabricBlock, hashEnvelopes } from './block-decoding.js';
export { readLedgerBlock } from './ledger-block.js';
export {
  ChannelVerification,
  type VerificationOptions,
  type VerifiedBlock,
} from './verification/channel-verification.js';
export type { TransactionFinding } from './verification/transaction-findings.js';
export { readPeerBlocks } from './peer-blocks.js';
