import { readFile } from 'node:fs/promises';
import { fabricProfileSchema, readProfile, type FabricProfile } from '@veilsum/ledger';
import { hashSchema, memberIdSchema, mspIdSchema, VeilsumError } from '@veilsum/protocol';
import { z } from 'zod';
import type { StateFolder } from './state-folder.js';

const services = {
  gatewayUrl: z.url(),
  gatewayId: z.string(),
  operator: memberIdSchema,
  keyholders: z.array(memberIdSchema),
  testNetwork: z.boolean(),
};

const embeddedNetworkSchema = z.strictObject({
  format: z.literal('veilsum-network/1'),
  channel: z.string(),
  genesisHash: hashSchema,
  ledgerUrl: z.url(),
  /** Root certificates (base64 DER) by MSP. */
  authorities: z.array(
    z.strictObject({ mspId: mspIdSchema, rootCertificates: z.array(z.string()) }),
  ),
  ...services,
});

const fabricNetworkSchema = z.strictObject({
  format: z.literal('veilsum-fabric-network/1'),
  profile: fabricProfileSchema,
  ...services,
});

/** What a client must know of the network it belongs to, on either ledger. It holds no secret. */
const networkSchema = z.discriminatedUnion('format', [embeddedNetworkSchema, fabricNetworkSchema]);

/** A network on the embedded ledger. */
export type EmbeddedNetwork = z.infer<typeof embeddedNetworkSchema>;
/** A network on a Fabric channel. */
export type FabricNetwork = z.infer<typeof fabricNetworkSchema>;
/** See {@link EmbeddedNetwork} and {@link FabricNetwork}. */
export type Network = z.infer<typeof networkSchema>;

/**
 * Reads what a client must know of its network. Where the Fabric network is on this machine, its profile
 * is taken as it is now: organisations and peers come while the network runs.
 * @throws {@link VeilsumError} STATE_FOLDER_INVALID when there is no network or its file is not valid,
 * LEDGER_INTEGRITY when the Fabric network is another one
 */
export async function readNetwork(state: StateFolder): Promise<Network> {
  const network = await readNetworkFile(state);
  if (!isFabric(network)) return network;
  const profile = await readProfile(state.fabricProfileFile).catch(() => network.profile);
  requireSameChannel(state, network, profile);
  return { ...network, profile };
}

/** @throws {@link VeilsumError} LEDGER_INTEGRITY when a profile is that of another channel than the network's */
export function requireSameChannel(
  state: StateFolder,
  network: FabricNetwork,
  { genesisHash }: FabricProfile,
): void {
  if (network.profile.genesisHash === genesisHash) return;
  const sentence = `The Fabric network in ${state.fabric} is another than the one that ${state.networkFile} names.`;
  throw new VeilsumError('LEDGER_INTEGRITY', sentence);
}

async function readNetworkFile(state: StateFolder): Promise<Network> {
  const text = await readFile(state.networkFile, 'utf8').catch((cause: unknown) => {
    throw new VeilsumError(
      'STATE_FOLDER_INVALID',
      `There is no network in ${state.root}. Run "veilsum up", or name its folder with --state.`,
      { cause },
    );
  });
  try {
    return networkSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new VeilsumError('STATE_FOLDER_INVALID', `${state.networkFile} is not valid.`, { cause });
  }
}

/** Whether a network is on Fabric. */
export function isFabric(network: Network): network is FabricNetwork {
  return network.format === 'veilsum-fabric-network/1';
}

/**
 * The network, if it is on the embedded ledger.
 * @param what - what is only for that ledger, as the beginning of a sentence
 * @param instead - what to do on Fabric, a whole sentence
 * @throws {@link VeilsumError} INVALID_STATE on Fabric
 */
export function requireEmbedded(network: Network, what: string, instead: string): EmbeddedNetwork {
  if (!isFabric(network)) return network;
  throw new VeilsumError('INVALID_STATE', `${what} the embedded ledger only. ${instead}`);
}
