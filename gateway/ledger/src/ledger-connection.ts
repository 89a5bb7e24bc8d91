import type { FabricProfile } from './fabric-profile.js';
import type { TransactionSigner } from './signer.js';

/** Where a member's embedded ledger is and how much of it the member checks for itself. */
export interface EmbeddedConnection {
  readonly kind: 'embedded';
  /** Like `http://127.0.0.1:7051`. */
  readonly url: string;
  /** Hash of block 0, by which the member knows the ledger. */
  readonly genesisHash: string;
  readonly signer: TransactionSigner;
  /** Folder of a copy that checks every block; without it the member believes the ledger's answers. */
  readonly replicaPath?: string;
  /** How long a call keeps trying while the ledger cannot be reached; 30 seconds when absent. */
  readonly patienceMs?: number;
}

/** Which Fabric channel a member uses, through the peers of its own organisation. */
export interface FabricConnection {
  readonly kind: 'fabric';
  readonly profile: FabricProfile;
  readonly signer: TransactionSigner;
  /**
   * Folder that keeps every signed transaction until its outcome is known, so that a crash leaves
   * nothing in doubt; made when it is not there. Several processes of one member may share it.
   */
  readonly journalFolder: string;
  /** How long a call keeps trying while peers or orderers cannot be reached; a minute when absent. */
  readonly patienceMs?: number;
}

/** Where a member's ledger is. */
export type LedgerConnection = EmbeddedConnection | FabricConnection;
