import { join, relative } from 'node:path';
import { stringify } from 'yaml';
import type { NetworkFolder } from './network-folder.js';
import {
  domainOf,
  ORDERER_ORGANISATION,
  orderersOf,
  peersOf,
  type NetworkPlan,
  type OrdererPlan,
  type Organisation,
  type PeerPlan,
} from './network-plan.js';

/** Name of the profile in configtx.yaml. */
export const CHANNEL_PROFILE = 'VeilsumChannel';

const LOCAL_NAMES = ['localhost', '127.0.0.1'];

/** @returns crypto-config.yaml for cryptogen: every organisation, its nodes, one administrator each */
export function cryptoConfig(plan: NetworkPlan): string {
  return stringify({
    OrdererOrgs: [
      {
        Name: 'Orderer',
        Domain: ORDERER_ORGANISATION.domain,
        EnableNodeOUs: true,
        Specs: orderersOf(plan).map(({ number }) => ({
          Hostname: `orderer${number}`,
          SANS: LOCAL_NAMES,
        })),
      },
    ],
    PeerOrgs: plan.organisations.map(peerOrganisation),
  });
}

/** @returns crypto-config.yaml for one organisation that joins later */
export const cryptoConfigOf = (organisation: Organisation): string =>
  stringify({ PeerOrgs: [peerOrganisation(organisation)] });

const peerOrganisation = (organisation: Organisation) => ({
  Name: organisation.name,
  Domain: domainOf(organisation),
  EnableNodeOUs: true,
  Template: { Count: 1, SANS: LOCAL_NAMES },
  Users: { Count: 0 },
});

/**
 * configtx.yaml of the channel. Every organisation's policies rest on node OUs; rules of the channel
 * change with a majority of administrators, chaincode with a majority of organisations. Orderers are
 * named by their organisation only, since clients refuse to mix that with global addresses.
 */
export function channelConfig(plan: NetworkPlan, folder: NetworkFolder): string {
  return stringify({
    Organizations: [],
    Profiles: {
      [CHANNEL_PROFILE]: {
        Policies: administration(),
        Capabilities: { V3_0: true },
        Orderer: ordererSection(plan, folder),
        Application: {
          Organizations: peersOf(plan).map((peer) => organisationSection(peer, folder)),
          Policies: {
            ...administration(),
            LifecycleEndorsement: meta('MAJORITY Endorsement'),
            Endorsement: meta('MAJORITY Endorsement'),
          },
          Capabilities: { V2_5: true },
        },
      },
    },
  });
}

/** @returns configtx.yaml that holds one organisation only, for `configtxgen -printOrg` */
export const organisationConfig = (peer: PeerPlan, folder: NetworkFolder): string =>
  stringify({
    Organizations: [
      {
        ...organisationSection(peer, folder),
        MSPDir: join(folder.organisation(peer.organisation), 'msp'),
      },
    ],
  });

const meta = (rule: string) => ({ Type: 'ImplicitMeta', Rule: rule });
const signature = (mspId: string, roles: readonly string[]) => ({
  Type: 'Signature',
  Rule: `OR(${roles.map((role) => `'${mspId}.${role}'`).join(', ')})`,
});
const administration = () => ({
  Readers: meta('ANY Readers'),
  Writers: meta('ANY Writers'),
  Admins: meta('MAJORITY Admins'),
});

function organisationSection({ organisation, ports }: PeerPlan, folder: NetworkFolder) {
  const { mspId } = organisation;
  return {
    Name: mspId,
    ID: mspId,
    MSPDir: fromChannel(folder, join(folder.organisation(organisation), 'msp')),
    Policies: {
      Readers: signature(mspId, ['admin', 'peer', 'client']),
      Writers: signature(mspId, ['admin', 'client']),
      Admins: signature(mspId, ['admin']),
      Endorsement: signature(mspId, ['peer']),
    },
    // Peers of other organisations find this one through it; without it a gateway peer cannot
    // collect their endorsements.
    AnchorPeers: [{ Host: '127.0.0.1', Port: ports.listen }],
  };
}

function ordererSection(plan: NetworkPlan, folder: NetworkFolder) {
  const { mspId } = ORDERER_ORGANISATION;
  return {
    ...(plan.consensus === 'bft' ? bft(plan, folder) : raft(plan, folder)),
    BatchTimeout: '200ms',
    BatchSize: {
      MaxMessageCount: 500,
      AbsoluteMaxBytes: '10 MB',
      PreferredMaxBytes: '2 MB',
    },
    MaxChannels: 0,
    Organizations: [
      {
        Name: mspId,
        ID: mspId,
        MSPDir: fromChannel(folder, join(folder.ordererOrganisation, 'msp')),
        Policies: {
          Readers: signature(mspId, ['member']),
          Writers: signature(mspId, ['member']),
          Admins: signature(mspId, ['admin']),
        },
        OrdererEndpoints: orderersOf(plan).map(({ ports }) => `127.0.0.1:${ports.listen}`),
      },
    ],
    Policies: { ...administration(), BlockValidation: meta('ANY Writers') },
    Capabilities: { V2_0: true },
  };
}

function raft(plan: NetworkPlan, folder: NetworkFolder) {
  return {
    OrdererType: 'etcdraft',
    EtcdRaft: {
      Consenters: orderersOf(plan).map((orderer) => ({
        ...address(orderer),
        ClientTLSCert: tlsCertificate(orderer, folder),
        ServerTLSCert: tlsCertificate(orderer, folder),
      })),
      Options: {
        TickInterval: '250ms',
        ElectionTick: 10,
        HeartbeatTick: 1,
        MaxInflightBlocks: 5,
        SnapshotIntervalSize: '16 MB',
      },
    },
  };
}

function bft(plan: NetworkPlan, folder: NetworkFolder) {
  return {
    OrdererType: 'BFT',
    ConsenterMapping: orderersOf(plan).map((orderer) => ({
      ID: orderer.number,
      ...address(orderer),
      MSPID: ORDERER_ORGANISATION.mspId,
      Identity: fromChannel(
        folder,
        join(folder.ordererMaterial(orderer).msp, 'signcerts', `${orderer.host}-cert.pem`),
      ),
      ClientTLSCert: tlsCertificate(orderer, folder),
      ServerTLSCert: tlsCertificate(orderer, folder),
    })),
    SmartBFT: {
      RequestBatchMaxInterval: '200ms',
      RequestForwardTimeout: '5s',
      RequestComplainTimeout: '20s',
      RequestAutoRemoveTimeout: '3m0s',
      ViewChangeResendInterval: '5s',
      ViewChangeTimeout: '20s',
      LeaderHeartbeatTimeout: '1m0s',
      CollectTimeout: '1s',
      IncomingMessageBufferSize: 200,
      RequestPoolSize: 100_000,
      LeaderHeartbeatCount: 10,
    },
  };
}

const address = ({ ports }: OrdererPlan) => ({ Host: '127.0.0.1', Port: ports.listen });
const tlsCertificate = (orderer: OrdererPlan, folder: NetworkFolder) =>
  fromChannel(folder, folder.ordererMaterial(orderer).tlsCertificate);
/** configtxgen reads paths relative to configtx.yaml, so that the folder may be moved. */
const fromChannel = (folder: NetworkFolder, path: string) => relative(folder.channel, path);
