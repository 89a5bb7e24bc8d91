import { execFile } from 'node:child_process';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { encodePem } from '@veilsum/ledger';
import type { FabricPrograms } from '@veilsum/local-network';

import type { SuiteMember, SuiteNetwork } from './suite-network.js';

/** A transaction whose endorsers the caller chooses, as a client with bad intentions could. */
export interface ChosenEndorsement {
  readonly member: SuiteMember;
  /** `contract:transaction`. */
  readonly name: string;
  readonly argument: unknown;
  /** MSP ids of the organisations whose peers endorse. */
  readonly endorsers: readonly string[];
}

/**
 * Submits with Fabric's own `peer` program, which asks exactly the peers that it is told.
 * @returns `committed`, or what the program printed when the transaction did not become valid
 */
export async function invokeWith(
  network: SuiteNetwork,
  programs: FabricPrograms,
  { member, name, argument, endorsers }: ChosenEndorsement,
): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'veilsum-invoke-'));
  try {
    const { profile } = network;
    const peers = profile.organisations.filter(({ mspId }) => endorsers.includes(mspId));
    const roots = await Promise.all(
      peers.map(async ({ mspId, peers: [peer] }) => {
        const file = join(folder, `${mspId}.pem`);
        await writeFile(file, peer?.tlsRootCertificate ?? '');
        return ['--peerAddresses', peer?.address ?? '', '--tlsRootCertFiles', file];
      }),
    );
    const [orderer] = profile.orderers;
    const ordererRoot = join(folder, 'orderer.pem');
    await writeFile(ordererRoot, orderer?.tlsRootCertificate ?? '');
    const call = JSON.stringify({ Args: [name, JSON.stringify(argument)] });
    return await run(
      programs.paths.peer,
      [
        ...['chaincode', 'invoke', '-C', profile.channel, '-n', profile.chaincode, '-c', call],
        ...['-o', orderer?.address ?? '', '--tls', '--cafile', ordererRoot, '--waitForEvent'],
        ...roots.flat(),
      ],
      {
        FABRIC_CFG_PATH: programs.settings,
        FABRIC_LOGGING_SPEC: 'warning',
        CORE_PEER_TLS_ENABLED: 'true',
        CORE_PEER_LOCALMSPID: member.signer.mspId,
        CORE_PEER_MSPCONFIGPATH: await mspFolder(network, member, folder),
        CORE_PEER_ADDRESS: peers[0]?.peers[0]?.address ?? '',
        CORE_PEER_TLS_ROOTCERT_FILE: join(folder, `${peers[0]?.mspId ?? ''}.pem`),
      },
    );
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** The administrator's MSP folder with the member's certificate and key in it. */
async function mspFolder(
  network: SuiteNetwork,
  { signer, privateKey }: SuiteMember,
  folder: string,
): Promise<string> {
  const organisation = network.profile.organisations.find(({ mspId }) => mspId === signer.mspId);
  const domain = `${organisation?.name ?? ''}.veilsum.example`;
  const admin = join('organisations/peerOrganizations', domain, 'users', `Admin@${domain}`, 'msp');
  const msp = join(folder, 'msp');
  await cp(join(network.folder, admin), msp, { recursive: true });
  const certificate = join(msp, 'signcerts', `Admin@${domain}-cert.pem`);
  await writeFile(certificate, encodePem(signer.certificate));
  const base64 = Buffer.from(privateKey).toString('base64');
  const pem = `-----BEGIN PRIVATE KEY-----\n${base64}\n-----END PRIVATE KEY-----\n`;
  await writeFile(join(msp, 'keystore', 'priv_sk'), pem);
  return msp;
}

function run(program: string, parameters: string[], environment: object): Promise<string> {
  return new Promise((resolve) => {
    const env = { ...process.env, ...environment };
    execFile(program, parameters, { env }, (error, out, log) => {
      resolve(error === null ? 'committed' : out + log);
    });
  });
}
