import { hashSchema, type Genesis } from '@veilsum/protocol';
import { z } from 'zod';

import { connectLedger } from '../connect-ledger.js';
import { HttpLedgerService } from '../embedded/http-ledger-service.js';
import { readGenesisBlock } from '../embedded/remote-ledger.js';
import { fabricProfileSchema, type FabricProfile } from '../fabric-profile.js';
import type { Ledger } from '../ledger.js';
import type { TransactionSigner } from '../signer.js';
import { readConfigFile } from './service-config.js';

/** Which ledger a service uses, as its configuration says. Paths and names, never a secret. */
export const ledgerConfigSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('embedded'),
    url: z.url(),
    genesisHash: hashSchema,
    /** The service's own copy of the ledger, in which it checks every block. */
    replicaFolder: z.string().min(1),
  }),
  z.strictObject({
    kind: z.literal('fabric'),
    /** {@link FabricProfile}, JSON. */
    profileFile: z.string().min(1),
    /** Where signed transactions are kept until their outcome is known. */
    journalFolder: z.string().min(1),
  }),
]);
export type LedgerConfig = z.infer<typeof ledgerConfigSchema>;

/** What names a ledger, and whose certificates count on it. Public. */
export interface LedgerDescription {
  readonly channel: string;
  /** Hash of block 0, which names the ledger. */
  readonly genesisHash: string;
  /** Root certificates (base64 of DER) by MSP. */
  readonly authorities: Genesis['msps'];
}

/**
 * Connects a service to its ledger: a copy of its own on the embedded one, the peers of its own
 * organisation on Fabric. Close what it returns.
 * @throws {@link VeilsumError} INVALID_ARGUMENT for a profile that is not valid, LEDGER_UNAVAILABLE,
 * LEDGER_INTEGRITY
 */
export async function connectConfiguredLedger(
  config: LedgerConfig,
  signer: TransactionSigner,
): Promise<Ledger> {
  if (config.kind === 'embedded') {
    const { kind, url, genesisHash, replicaFolder } = config;
    return connectLedger({ kind, url, genesisHash, signer, replicaPath: replicaFolder });
  }
  const { kind, journalFolder, profileFile } = config;
  return connectLedger({ kind, profile: await readProfile(profileFile), signer, journalFolder });
}

/**
 * Reads what names the ledger of a configuration: from its genesis block, or from the profile.
 * @throws {@link VeilsumError} INVALID_ARGUMENT, LEDGER_UNAVAILABLE, LEDGER_INTEGRITY
 */
export async function describeConfiguredLedger(config: LedgerConfig): Promise<LedgerDescription> {
  if (config.kind === 'fabric') return describeProfile(await readProfile(config.profileFile));
  const { url, genesisHash } = config;
  const service = new HttpLedgerService({ url, genesisHash });
  try {
    const { genesis } = await readGenesisBlock(service, genesisHash);
    return { channel: genesis.channel, genesisHash, authorities: genesis.msps };
  } finally {
    await service.close();
  }
}

/**
 * Reads a Fabric profile.
 * @throws {@link VeilsumError} INVALID_ARGUMENT naming the file and the field at fault
 */
export function readProfile(file: string): Promise<FabricProfile> {
  return readConfigFile(file, fabricProfileSchema);
}

function describeProfile(profile: FabricProfile): LedgerDescription {
  const { channel, genesisHash, organisations } = profile;
  const authorities = organisations.map(({ mspId, rootCertificates }) => ({
    mspId,
    rootCertificates,
  }));
  return { channel, genesisHash, authorities };
}
