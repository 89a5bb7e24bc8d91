import { availableParallelism } from 'node:os';

import {
  connectConfiguredLedger,
  describeConfiguredLedger,
  openMemberIdentity,
  readPassphrase,
  type LedgerConfig,
} from '@veilsum/ledger';
import { HttpLedgerService } from '@veilsum/ledger/embedded';
import { VeilsumError } from '@veilsum/protocol';

import { ThreadPool } from './computing/thread-pool.js';
import type { GatewayConfig } from './config.js';
import { startGateway, type RunningGateway } from './gateway.js';
import { FileObjectStore } from './objects/file-object-store.js';
import { createLog } from './operations/log.js';
import { defaultLimits } from './settings.js';
import type { EnvelopeRelay } from './transactions/envelope-relay.js';
import { NoRelay } from './transactions/no-relay.js';
import { version } from './version.js';

/**
 * Opens everything that a configuration names and starts a gateway on it.
 *
 * @throws {@link VeilsumError} KEY_STORE_LOCKED, LEDGER_UNAVAILABLE, LEDGER_INTEGRITY, PORT_IN_USE …
 */
export async function startConfiguredGateway(config: GatewayConfig): Promise<RunningGateway> {
  const { memberId } = config;
  const passphrase = await readPassphrase(config.passphraseFile);
  const { signer, memberId: ownId } = await openMemberIdentity(config.identityFolder, passphrase);
  if (ownId !== memberId) {
    throw new VeilsumError('INVALID_ARGUMENT', `The identity folder is that of ${ownId}.`);
  }
  const ledger = await connectConfiguredLedger(config.ledger, signer);
  const relay = relayOf(config.ledger);
  const pool = new ThreadPool(config.threads ?? availableParallelism());
  const release = async () => {
    await pool.close();
    await relay.close();
    await ledger.close();
  };
  try {
    const description = await describeConfiguredLedger(config.ledger);
    const { containerBytesMax, scanMs, host, port } = config;
    const limits = { ...defaultLimits, containerBytesMax, scanMs };
    const gateway = await startGateway(
      {
        settings: {
          gatewayId: memberId,
          ledger: description,
          readLedger: () => describeConfiguredLedger(config.ledger),
          version,
          ...limits,
        },
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

function relayOf(ledger: LedgerConfig): EnvelopeRelay & { close(): Promise<void> } {
  return ledger.kind === 'embedded' ? new HttpLedgerService(ledger) : new NoRelay();
}
