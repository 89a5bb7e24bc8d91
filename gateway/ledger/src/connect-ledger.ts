import { HttpLedgerService } from './embedded/http-ledger-service.js';
import { connectRemoteLedger } from './embedded/remote-ledger.js';
import type { Ledger } from './ledger.js';
import type { EmbeddedConnection, LedgerConnection } from './ledger-connection.js';

/**
 * Connects a member to its ledger. Close what it returns.
 * @throws {@link VeilsumError} LEDGER_UNAVAILABLE, or LEDGER_INTEGRITY when it is another ledger or it
 * contradicts the copy
 */
export async function connectLedger(connection: LedgerConnection): Promise<Ledger> {
  if (connection.kind === 'fabric') {
    // The Fabric client takes long to load, and most processes use one ledger only.
    const { connectFabricLedger } = await import('./fabric/index.js');
    return connectFabricLedger(connection);
  }
  return connectEmbeddedLedger(connection);
}

async function connectEmbeddedLedger(connection: EmbeddedConnection): Promise<Ledger> {
  const { replicaPath, ...options } = connection;
  if (replicaPath === undefined) return connectRemoteLedger(options);
  // Whoever only asks does without the contracts, the engine and its store: they take long to load.
  const { ReplicaLedger } = await import('./embedded/replica-ledger.js');
  const service = new HttpLedgerService(options);
  return ReplicaLedger.open({ ...options, service, folder: replicaPath });
}
