import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { NetworkFolder } from './network-folder.js';
import { ORDERER_ORGANISATION, type OrdererPlan, type PeerPlan } from './network-plan.js';

const HOST = '127.0.0.1';
const builder = fileURLToPath(new URL('../../builders/ccaas', import.meta.url));

/** Environment variables of a Fabric program, beside its sample settings file. */
export type Settings = Readonly<Record<string, string>>;

const under = (prefix: string, settings: Settings): Settings =>
  Object.fromEntries(Object.entries(settings).map(([name, value]) => [`${prefix}_${name}`, value]));

/** gRPC tells of every connection, and colours make a file hard to read. */
const logging: Settings = {
  FABRIC_LOGGING_SPEC: 'info:grpc=error',
  FABRIC_LOGGING_FORMAT: '%{time:2006-01-02T15:04:05.000Z07:00} %{level} [%{module}] %{message}',
};

/** @returns what an orderer needs beyond the sample orderer.yaml */
export function ordererSettings(orderer: OrdererPlan, folder: NetworkFolder): Settings {
  const { msp, tlsCertificate, tlsKey, tlsRoot } = folder.ordererMaterial(orderer);
  const data = folder.data(orderer.name);
  const { listen, admin, operations } = orderer.ports;
  return {
    ...logging,
    ...under('ORDERER', {
      GENERAL_LISTENADDRESS: HOST,
      GENERAL_LISTENPORT: String(listen),
      GENERAL_LOCALMSPID: ORDERER_ORGANISATION.mspId,
      GENERAL_LOCALMSPDIR: msp,
      GENERAL_TLS_ENABLED: 'true',
      GENERAL_TLS_PRIVATEKEY: tlsKey,
      GENERAL_TLS_CERTIFICATE: tlsCertificate,
      GENERAL_TLS_ROOTCAS: `[${tlsRoot}]`,
      GENERAL_CLUSTER_CLIENTCERTIFICATE: tlsCertificate,
      GENERAL_CLUSTER_CLIENTPRIVATEKEY: tlsKey,
      GENERAL_CLUSTER_ROOTCAS: `[${tlsRoot}]`,
      GENERAL_BOOTSTRAPMETHOD: 'none',
      CHANNELPARTICIPATION_ENABLED: 'true',
      ADMIN_LISTENADDRESS: `${HOST}:${admin}`,
      ADMIN_TLS_ENABLED: 'true',
      ADMIN_TLS_PRIVATEKEY: tlsKey,
      ADMIN_TLS_CERTIFICATE: tlsCertificate,
      ADMIN_TLS_CLIENTROOTCAS: `[${tlsRoot}]`,
      ADMIN_TLS_CLIENTAUTHREQUIRED: 'true',
      OPERATIONS_LISTENADDRESS: `${HOST}:${operations}`,
      METRICS_PROVIDER: 'prometheus',
      FILELEDGER_LOCATION: `${data}/ledger`,
      CONSENSUS_WALDIR: `${data}/wal`,
      CONSENSUS_SNAPDIR: `${data}/snapshots`,
    }),
  };
}

/**
 * How soon a peer that starts again knows the others. The sample's 25 seconds are meant for wide networks;
 * until then it finds too few endorsers and answers "no combination of peers".
 */
const gossipPace: Settings = {
  GOSSIP_ALIVETIMEINTERVAL: '1s',
  GOSSIP_ALIVEEXPIRATIONTIMEOUT: '5s',
  GOSSIP_RECONNECTINTERVAL: '2s',
  GOSSIP_PUBLISHSTATEINFOINTERVAL: '1s',
  GOSSIP_REQUESTSTATEINFOINTERVAL: '1s',
};

/** @returns what a peer needs beyond the sample core.yaml */
export function peerSettings(peer: PeerPlan, folder: NetworkFolder): Settings {
  const { msp, tlsCertificate, tlsKey, tlsRoot } = folder.peerMaterial(peer);
  const data = folder.data(peer.name);
  const { listen, chaincodeListen, operations } = peer.ports;
  const address = `${HOST}:${listen}`;
  return {
    ...logging,
    ...under('CORE_PEER', {
      ID: peer.host,
      NETWORKID: 'veilsum',
      LISTENADDRESS: address,
      ADDRESS: address,
      CHAINCODELISTENADDRESS: `${HOST}:${chaincodeListen}`,
      CHAINCODEADDRESS: `${HOST}:${chaincodeListen}`,
      LOCALMSPID: peer.organisation.mspId,
      MSPCONFIGPATH: msp,
      FILESYSTEMPATH: data,
      GOSSIP_BOOTSTRAP: address,
      GOSSIP_EXTERNALENDPOINT: address,
      GOSSIP_ENDPOINT: address,
      ...gossipPace,
      TLS_ENABLED: 'true',
      TLS_CERT_FILE: tlsCertificate,
      TLS_KEY_FILE: tlsKey,
      TLS_ROOTCERT_FILE: tlsRoot,
    }),
    CORE_LEDGER_SNAPSHOTS_ROOTDIR: `${data}/snapshots`,
    CORE_OPERATIONS_LISTENADDRESS: `${HOST}:${operations}`,
    CORE_METRICS_PROVIDER: 'prometheus',
    ...chaincodeSettings(peer),
  };
}

/**
 * No Docker: an empty endpoint, and our builder instead. It puts this organisation's addresses into
 * the package's connection.json, so that all organisations install the same bytes under one package id.
 */
function chaincodeSettings({ ports }: PeerPlan): Settings {
  const addresses = { blue: `${HOST}:${ports.blue}`, green: `${HOST}:${ports.green}` };
  return {
    CORE_VM_ENDPOINT: '',
    CORE_CHAINCODE_EXTERNALBUILDERS: JSON.stringify([
      {
        name: 'ccaas',
        path: builder,
        propagateEnvironment: ['CHAINCODE_AS_A_SERVICE_BUILDER_CONFIG'],
      },
    ]),
    CHAINCODE_AS_A_SERVICE_BUILDER_CONFIG: JSON.stringify(addresses),
    // The builder is a Node program; the peer hands its own PATH on.
    PATH: `${dirname(process.execPath)}:${process.env['PATH'] ?? ''}`,
  };
}
