import { HttpLedgerService } from './embedded/http-ledger-service.js';
import { connectRemoteLedger } from './embedded/remote-ledger.js';
import type { Ledger } from './ledger.js';
import type { TransactionSigner } from './signer.js';

/** Where a member's ledger is and how much of it the member checks for itself. */
export interface LedgerConnection {
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

/**
 * Connects a member to its ledger. Close what it returns.
 * @throws {@link VeilsumError} LEDGER_UNAVAILABLE, or LEDGER_INTEGRITY when it is another ledger or it
 * contradicts the copy
 */
export async function connectLedger(connection: LedgerConnection): Promise<Ledger> {
  const { replicaPath, ...options } = connection;
  if (replicaPath === undefined) return connectRemoteLedger(options);
  // Whoever only asks does without the contracts, the engine and its store: they take long to load.
  const { ReplicaLedger } = await import('./embedded/replica-ledger.js');
  const service = new HttpLedgerService(options);
  return ReplicaLedger.open({ ...options, service, folder: replicaPath });
}
