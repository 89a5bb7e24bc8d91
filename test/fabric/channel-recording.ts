import {
  createPrivateKey,
  createPublicKey,
  randomBytes,
  X509Certificate,
  type KeyObject,
} from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

import { Client, credentials } from '@grpc/grpc-js';
import { connect, signers, type Contract } from '@hyperledger/fabric-gateway';
import { common, msp } from '@hyperledger/fabric-protos';
import { encodeCanonicalJson, hashCanonicalJson } from '@veilsum/crypto';
import { encodePem, fingerprintOf, type FabricProfile } from '@veilsum/ledger';
import { readPeerBlocks } from '@veilsum/ledger/fabric';
import { revokeCertificate, StepLog } from '@veilsum/local-network';

import { testProduct } from '../e2e/test-network.js';
import type { RecordedFile } from '../fakes/fabric/recorded-channel.js';
import type { EnrolledMember, FabricNetwork } from './fabric-network.js';

const EVERYONE = ['AssociationMSP', 'PlatformMSP', 'MerchantsMSP', 'RegulatorMSP'];
const DAY_MS = 24 * 3_600_000;

/**
 * Has a new network take calls of every outcome: valid, conflicting, endorsed by too few, endorsed without
 * the regulator, and repeated; and revoke a certificate.
 * @returns its blocks with the keys by which tests play dishonest orderers, senders and peers
 */
export async function recordChannel(network: FabricNetwork): Promise<RecordedFile> {
  const profile = await network.profile();
  const operator = await network.enrol('association', 'operator');
  const regulator = await network.enrol('regulator', 'regulator');
  const clients = [connectBare(profile, operator), connectBare(profile, regulator)];
  try {
    const [asOperator, asRegulator] = clients.map(({ contract }) => contract);
    if (asOperator === undefined || asRegulator === undefined) throw new Error('No clients.');
    await send(asOperator, 'consortium:initialize', foundingOf(operator, regulator));
    const [first, second] = [standard('sales-1'), standard('sales-2')];
    for (const { submission } of [first, second]) {
      await send(asOperator, 'proposal:submit', submission);
    }
    const approvals = [first, second].map(({ approval }) => approval);
    await conflict(asRegulator, approvals);
    await send(asOperator, 'proposal:withdraw', { proposalId: second.approval.proposalId });
    const { submission, approval } = standard('sales-3');
    const analyst = registration(await network.enrol('merchants', 'analyst'), ['analyst']);
    await send(asOperator, 'member:register', analyst, EVERYONE.slice(0, 1));
    await repeat(asOperator, 'member:register', analyst);
    await send(asOperator, 'proposal:submit', submission);
    await send(asRegulator, 'proposal:approve', approval, EVERYONE.slice(0, 3));
    const { certificateFile } = await network.enrol('merchants', 'revoked');
    await revokeCertificate(network.root, certificateFile, new StepLog());
    await send(asOperator, 'proposal:withdraw', { proposalId: approval.proposalId });
  } finally {
    for (const { close } of clients) close();
  }
  return recordedFile(network, profile, operator);
}

interface BareMember {
  readonly contract: Contract;
  readonly close: () => void;
}

function connectBare(profile: FabricProfile, { signer, privateKey }: EnrolledMember): BareMember {
  const peer = profile.organisations.find(({ mspId }) => mspId === signer.mspId)?.peers[0];
  if (peer === undefined) throw new Error('The profile names no peer of the member.');
  const root = Buffer.from(peer.tlsRootCertificate);
  const client = new Client(peer.address, credentials.createSsl(root), {
    'grpc.ssl_target_name_override': peer.tlsServerName,
  });
  const key = createPrivateKey({ key: Buffer.from(privateKey), format: 'der', type: 'pkcs8' });
  const gateway = connect({
    client,
    identity: { mspId: signer.mspId, credentials: Buffer.from(encodePem(signer.certificate)) },
    signer: signers.newPrivateKeySigner(key),
  });
  const contract = gateway.getNetwork(profile.channel).getContract(profile.chaincode);
  const close = () => {
    gateway.close();
    client.close();
  };
  return { contract, close };
}

/** Endorsed by exactly these organisations, whatever that leads to. */
async function endorse(contract: Contract, name: string, argument: unknown, endorsers = EVERYONE) {
  const proposal = contract.newProposal(name, {
    arguments: [encodeCanonicalJson(argument)],
    endorsingOrganizations: endorsers,
  });
  // Peers of a network that has just started need some seconds to hear of each other.
  const until = Date.now() + 30_000;
  for (;;) {
    try {
      return await proposal.endorse();
    } catch (error) {
      const unheard = JSON.stringify(error).includes('failed to find any endorsing peers');
      if (!unheard || Date.now() > until) throw error;
      await setTimeout(200);
    }
  }
}

async function send(
  contract: Contract,
  name: string,
  argument: unknown,
  endorsers = EVERYONE,
): Promise<void> {
  const transaction = await endorse(contract, name, argument, endorsers);
  await (await transaction.submit()).getStatus();
}

/** Both were endorsed on the same state; what commits second has read what the first changed. */
async function conflict(contract: Contract, approvals: readonly object[]): Promise<void> {
  const transactions = [];
  for (const approval of approvals) {
    transactions.push(await endorse(contract, 'proposal:approve', approval));
  }
  for (const transaction of transactions) await (await transaction.submit()).getStatus();
}

/** The same envelope twice; orderers who may lie leave the second one out themselves. */
async function repeat(contract: Contract, name: string, argument: unknown): Promise<void> {
  const transaction = await endorse(contract, name, argument);
  await (await transaction.submit()).getStatus();
  await transaction.submit().catch(() => undefined);
}

const registration = ({ memberId, signer }: EnrolledMember, roles: readonly string[]) => ({
  memberId,
  mspId: signer.mspId,
  legalEntityId: `entity-${memberId}`,
  name: `Member ${memberId}`,
  roles,
  size: 'small',
  boxPublicKey: randomBytes(32).toString('hex'),
  certificateFingerprints: [fingerprintOf(signer.certificate)],
});

const foundingOf = (operator: EnrolledMember, regulator: EnrolledMember) => ({
  consortium: {
    format: 'veilsum-consortium/1',
    name: 'Recorded consortium',
    currency: 'EUR',
    testNetwork: true,
    mspRoles: {
      AssociationMSP: ['operator', 'gateway', 'auditor'],
      PlatformMSP: ['platform', 'analyst'],
      MerchantsMSP: ['merchant', 'analyst'],
      RegulatorMSP: ['regulator'],
    },
    deadlines: { blindingMs: 60_000, releaseMs: 60_000, disputeMs: 60_000 },
    maxAttempts: 3,
    split: { contributorsBps: 7000, keyholdersBps: 1500, operatorBps: 1000, subsidyFundBps: 500 },
  },
  operator: registration(operator, ['operator']),
  members: [registration(regulator, ['regulator'])],
});

function standard(productId: string) {
  const change = { kind: 'standard', content: { ...testProduct, productId } };
  const proposalId = randomBytes(16).toString('hex');
  const submission = {
    format: 'veilsum-proposal/1',
    proposalId,
    ...change,
    reason: 'To have it recorded.',
    expiresAt: Date.now() + DAY_MS,
  };
  return { submission, approval: { proposalId, contentHash: hashCanonicalJson(change) } };
}

async function recordedFile(
  network: FabricNetwork,
  profile: FabricProfile,
  operator: EnrolledMember,
): Promise<RecordedFile> {
  const blocks: Uint8Array[] = [];
  for await (const block of readPeerBlocks({ profile, signer: operator.signer })) {
    blocks.push(block);
  }
  const keys = await networkKeys(network.root);
  const orderer = ordererOf(blocks.at(-1) ?? new Uint8Array());
  const orderers = keys.filter(({ path }) => path.includes('/orderers/'));
  const [signer] = orderers.filter(
    ({ pem }) => orderer === undefined || createPublicKey(pem).equals(orderer),
  );
  if (signer === undefined) throw new Error('The last block was signed by no known orderer.');
  const peers = profile.organisations.map(({ mspId, name }) => {
    const peer = keys.find(({ path }) => path.includes(`/peers/peer0.${name}.`));
    return [mspId, peer?.pem ?? ''] as const;
  });
  return {
    genesisHash: profile.genesisHash,
    blocks: blocks.map((block) => Buffer.from(block).toString('base64')),
    ordererKey: signer.pem,
    senderKey: Buffer.from(operator.privateKey).toString('base64'),
    peerKeys: Object.fromEntries(peers),
  };
}

/** Signing keys of the network's nodes, PEM. */
async function networkKeys(root: string): Promise<{ path: string; pem: string }[]> {
  const paths = (await readdir(root, { recursive: true }))
    .filter((path) => /(orderers|peers)\/[^/]+\/msp\/keystore\/priv_sk$/.test(path))
    .map((path) => join(root, path));
  return Promise.all(paths.map(async (path) => ({ path, pem: await readFile(path, 'utf8') })));
}

/** Public key of the orderer who signed a block first; BFT orderers sign by their number only. */
function ordererOf(bytes: Uint8Array): KeyObject | undefined {
  const block = common.Block.deserializeBinary(bytes);
  const [first = new Uint8Array()] = block.getMetadata()?.getMetadataList_asU8() ?? [];
  const [one] = common.Metadata.deserializeBinary(first).getSignaturesList();
  const header = one?.getSignatureHeader_asU8() ?? new Uint8Array();
  const creator = common.SignatureHeader.deserializeBinary(header).getCreator_asU8();
  if (creator.length === 0) return undefined;
  const identity = msp.SerializedIdentity.deserializeBinary(creator).getIdBytes_asU8();
  return new X509Certificate(identity).publicKey;
}
