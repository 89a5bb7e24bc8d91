import { createHash, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fabricProfileSchema } from '@veilsum/ledger';
import { z } from 'zod';
import { replaceFile } from './network-folder.js';
import {
  CHAINCODE,
  CHANNEL,
  domainOf,
  ORDERER_ORGANISATION,
  orderersOf,
  peersOf,
  type OrdererPlan,
  type PeerPlan,
} from './network-plan.js';
import { addressOf, type LocalNetwork } from './peer-command.js';
import { FOUNDER } from './process-plans.js';
import { runProgram } from './program-run.js';

const blockSchema = z.object({ header: z.object({ data_hash: z.base64() }) });

/** Writes what a member must know of the network; it holds no secret. */
export async function writeProfile(network: LocalNetwork): Promise<void> {
  const { plan, folder } = network;
  const profile = fabricProfileSchema.parse({
    format: 'veilsum-fabric-profile/1',
    channel: CHANNEL,
    chaincode: CHAINCODE,
    genesisHash: await genesisHash(network),
    founderMspId: FOUNDER,
    organisations: await Promise.all(peersOf(plan).map((peer) => organisationEntry(network, peer))),
    orderers: await Promise.all(orderersOf(plan).map((orderer) => ordererEntry(network, orderer))),
  });
  await replaceFile(folder.profile, `${JSON.stringify(profile, undefined, 2)}\n`);
}

async function organisationEntry({ folder }: LocalNetwork, peer: PeerPlan) {
  const { organisation, host } = peer;
  const authority = `ca.${domainOf(organisation)}-cert.pem`;
  const root = await readFile(join(folder.organisation(organisation), 'ca', authority));
  return {
    mspId: organisation.mspId,
    name: organisation.name,
    rootCertificates: [new X509Certificate(root).raw.toString('base64')],
    peers: [
      {
        name: peer.name,
        address: addressOf(peer),
        tlsServerName: host,
        tlsRootCertificate: await readFile(folder.peerMaterial(peer).tlsRoot, 'utf8'),
      },
    ],
  };
}

const ordererEntry = async ({ folder }: LocalNetwork, orderer: OrdererPlan) => ({
  name: orderer.name,
  mspId: ORDERER_ORGANISATION.mspId,
  address: `127.0.0.1:${orderer.ports.listen}`,
  tlsServerName: orderer.host,
  tlsRootCertificate: await readFile(folder.ordererMaterial(orderer).tlsRoot, 'utf8'),
});

async function genesisHash({ folder, programs }: LocalNetwork): Promise<string> {
  const decoded = `${folder.genesisBlock}.json`;
  await runProgram(programs.paths.configtxlator, [
    ...['proto_decode', '--type', 'common.Block'],
    ...['--input', folder.genesisBlock, '--output', decoded],
  ]);
  const { header } = blockSchema.parse(JSON.parse(await readFile(decoded, 'utf8')));
  return genesisHeaderHash(Buffer.from(header.data_hash, 'base64'));
}

const SEQUENCE = 0x30;
const OCTET_STRING = 0x04;
const INTEGER_ZERO = Uint8Array.of(0x02, 0x01, 0x00);

/**
 * Fabric's hash of block 0: SHA-256 of the DER of `SEQUENCE { number, previousHash, dataHash }`.
 * @param dataHash - 32 bytes
 * @returns 64 hexadecimal digits
 */
export function genesisHeaderHash(dataHash: Uint8Array): string {
  const content = Buffer.concat([
    INTEGER_ZERO,
    Uint8Array.of(OCTET_STRING, 0),
    Uint8Array.of(OCTET_STRING, dataHash.length),
    dataHash,
  ]);
  const header = Buffer.concat([Uint8Array.of(SEQUENCE, content.length), content]);
  return createHash('sha256').update(header).digest('hex');
}
