import { join } from 'node:path';
import type { LedgerConfig } from '@veilsum/ledger';
import { isFabric, type EmbeddedNetwork, type Network } from '../session/network-file.js';
import type { StateFolder } from '../session/state-folder.js';
import type { Service } from './service-process.js';

const portOf = (url: string) => Number(new URL(url).port);

/** The ledger's own process. */
export function ledgerService(state: StateFolder, network: EmbeddedNetwork): Service {
  return {
    name: 'ledger',
    program: '@veilsum/ledger/embedded',
    config: {
      folder: state.ledger,
      genesisFile: state.genesisFile,
      port: portOf(network.ledgerUrl),
    },
  };
}

/** The gateway, with a view of the ledger of its own. */
export function gatewayService(state: StateFolder, network: Network, memberId: string): Service {
  return {
    name: 'gateway',
    program: '@veilsum/server',
    config: {
      memberId,
      identityFolder: state.member(memberId),
      passphraseFile: state.passphraseFile(memberId),
      ledger: ledgerConfigOf(state, network, state.gateway),
      objectsFolder: join(state.gateway, 'objects'),
      port: portOf(network.gatewayUrl),
    },
  };
}

/** One keyholder, with a view of the ledger and a store of its own. It listens nowhere. */
export function keyholderService(state: StateFolder, network: Network, memberId: string): Service {
  return {
    name: memberId,
    program: '@veilsum/keyholder',
    config: {
      memberId,
      identityFolder: state.member(memberId),
      passphraseFile: state.passphraseFile(memberId),
      ledger: ledgerConfigOf(state, network, state.keyholder(memberId)),
      gatewayUrl: network.gatewayUrl,
      gatewayId: network.gatewayId,
      storeFolder: state.keyholder(memberId),
      sealedShareFile: state.sealedShareFile(memberId),
    },
  };
}

/**
 * A member's watcher, with a view of the ledger of its own.
 * @param settings - what whoever runs it chose (docs/alerts.md); the watcher checks it
 */
export function watcherService(
  state: StateFolder,
  network: Network,
  { memberId, settings = {} }: WatcherChoice,
): Service {
  const folder = state.watcher(memberId);
  return {
    name: `watcher-${memberId}`,
    program: '@veilsum/watcher',
    config: {
      ...settings,
      memberId,
      identityFolder: state.member(memberId),
      passphraseFile: state.passphraseFile(memberId),
      ledger: ledgerConfigOf(state, network, folder),
      gatewayUrl: network.gatewayUrl,
      gatewayId: network.gatewayId,
      folder,
      contributionsFolder: state.contributions(memberId),
    },
  };
}

/** Who watches, and how. */
export interface WatcherChoice {
  readonly memberId: string;
  readonly settings?: Readonly<Record<string, unknown>>;
}

/** What a service keeps of the ledger, it keeps in its own folder. */
function ledgerConfigOf(state: StateFolder, network: Network, folder: string): LedgerConfig {
  if (isFabric(network)) {
    const journalFolder = join(folder, 'journal');
    return { kind: 'fabric', profileFile: state.fabricProfileFile, journalFolder };
  }
  const { ledgerUrl: url, genesisHash } = network;
  return { kind: 'embedded', url, genesisHash, replicaFolder: join(folder, 'ledger') };
}
