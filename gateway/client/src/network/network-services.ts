import { join } from 'node:path';
import type { Network } from '../session/network-file.js';
import type { StateFolder } from '../session/state-folder.js';
import type { Service } from './service-process.js';

const portOf = (url: string) => Number(new URL(url).port);

/** The ledger's own process. */
export function ledgerService(state: StateFolder, network: Network): Service {
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

/** The gateway, with a replica of its own. */
export function gatewayService(state: StateFolder, network: Network, memberId: string): Service {
  return {
    name: 'gateway',
    program: '@veilsum/server',
    config: {
      memberId,
      identityFolder: state.member(memberId),
      passphraseFile: state.passphraseFile(memberId),
      ledgerUrl: network.ledgerUrl,
      genesisHash: network.genesisHash,
      replicaFolder: join(state.gateway, 'replica'),
      objectsFolder: join(state.gateway, 'objects'),
      port: portOf(network.gatewayUrl),
    },
  };
}

/** One keyholder, with a replica and a store of its own. It listens nowhere. */
export function keyholderService(state: StateFolder, network: Network, memberId: string): Service {
  return {
    name: memberId,
    program: '@veilsum/keyholder',
    config: {
      memberId,
      identityFolder: state.member(memberId),
      passphraseFile: state.passphraseFile(memberId),
      ledgerUrl: network.ledgerUrl,
      genesisHash: network.genesisHash,
      gatewayUrl: network.gatewayUrl,
      gatewayId: network.gatewayId,
      storeFolder: state.keyholder(memberId),
      sealedShareFile: state.sealedShareFile(memberId),
    },
  };
}
