import { availableParallelism } from 'node:os';

import { connectLedger, openMemberIdentity, readPassphrase } from '@veilsum/ledger';
import { HttpLedgerService, readGenesisBlock } from '@veilsum/ledger/embedded';
import { VeilsumError } from '@veilsum/protocol';

import { ThreadPool } from './computing/thread-pool.js';
import type { GatewayConfig } from './config.js';
import { startGateway, type RunningGateway } from './gateway.js';
import { FileObjectStore } from './objects/file-object-store.js';
import { createLog } from './operations/log.js';
import { defaultLimits } from './settings.js';
import { version } from './version.js';

/**
 * Opens everything that a configuration names and starts a gateway on it.
 *
 * @throws {@link VeilsumError} KEY_STORE_LOCKED, LEDGER_UNAVAILABLE, LEDGER_INTEGRITY, PORT_IN_USE …
 */
export async function startConfiguredGateway(config: GatewayConfig): Promise<RunningGateway> {
  const { memberId, ledgerUrl: url, genesisHash } = config;
  const passphrase = await readPassphrase(config.passphraseFile);
  const { signer, memberId: ownId } = await openMemberIdentity(config.identityFolder, passphrase);
  if (ownId !== memberId) {
    throw new VeilsumError('INVALID_ARGUMENT', `The identity folder is that of ${ownId}.`);
  }
  const replicaPath = config.replicaFolder;
  const ledger = await connectLedger({ kind: 'embedded', url, genesisHash, signer, replicaPath });
  const relay = new HttpLedgerService({ url, genesisHash });
  const pool = new ThreadPool(config.threads ?? availableParallelism());
  const release = async () => {
    await pool.close();
    await relay.close();
    await ledger.close();
  };
  try {
    const { genesis } = await readGenesisBlock(relay, genesisHash);
    const { containerBytesMax, scanMs, host, port } = config;
    const limits = { ...defaultLimits, containerBytesMax, scanMs };
    const gateway = await startGateway(
      {
        settings: { gatewayId: memberId, genesis, genesisHash, version, ...limits },
        ledger,
        objects: await FileObjectStore.open(config.objectsFolder),
        pool,
        relay,
        clock: Date.now,
        log: createLog(config.logLevel, memberId),
      },
      { host, port },
    );
    return {
      url: gateway.url,
      close: async () => {
        await gateway.close();
        await release();
      },
    };
  } catch (error) {
    await release();
    throw error;
  }
}
