import { z } from 'zod';

/** The channel and the chaincode of every local network. */
export const CHANNEL = 'veilsum';
export const CHAINCODE = 'veilsum';

/** Below this domain every organisation has its own, e.g. `association.veilsum.example` (RFC 2606). */
const DOMAIN = 'veilsum.example';
/** The organisation that runs the orderers. */
export const ORDERER_ORGANISATION = { mspId: 'OrdererMSP', domain: `orderer.${DOMAIN}` } as const;

const PORTS_PER_NODE = 10;
const FIRST_PEER_OFFSET = 100;
const MAXIMUM_ORGANISATIONS = 40;

const organisationSchema = z.strictObject({
  mspId: z.string().regex(/^[A-Z][A-Za-z0-9]{1,40}MSP$/),
  name: z.string().regex(/^[a-z][a-z0-9-]{0,30}$/),
});

const planSchema = z.strictObject({
  format: z.literal('veilsum-local-fabric/1'),
  consensus: z.enum(['raft', 'bft']),
  portBase: z.int().min(1024).max(65_000),
  organisations: z.array(organisationSchema).min(1).max(MAXIMUM_ORGANISATIONS),
  /** Sequence of the chaincode definition: the one that runs, and the one that is to run. */
  chaincode: z.strictObject({ committed: z.int().min(0), wanted: z.int().min(1) }),
});

/** One member organisation: `AssociationMSP` and the short name that its folders and processes bear. */
export type Organisation = z.infer<typeof organisationSchema>;
/** Everything from which a local network follows; kept as `network.json` in its folder. No secrets. */
export type NetworkPlan = z.infer<typeof planSchema>;
/** Raft stands crashes; BFT also stands orderers that lie. */
export type Consensus = NetworkPlan['consensus'];

/** @throws ZodError when the text is not a plan of this release */
export function decodePlan(text: string): NetworkPlan {
  return planSchema.parse(JSON.parse(text));
}

/** @returns the organisation with the MSP id that its name leads to: `logistics` is LogisticsMSP */
export function organisationNamed(name: string): Organisation {
  const words = name.split('-').map((word) => `${word.slice(0, 1).toUpperCase()}${word.slice(1)}`);
  return organisationSchema.parse({ mspId: `${words.join('')}MSP`, name });
}

/** @returns the plan of a new network: the consortium's four organisations, nothing committed yet */
export function newPlan(options: { portBase: number; consensus: Consensus }): NetworkPlan {
  return planSchema.parse({
    format: 'veilsum-local-fabric/1',
    ...options,
    organisations: ['association', 'platform', 'merchants', 'regulator'].map(organisationNamed),
    chaincode: { committed: 0, wanted: 1 },
  });
}

/** @returns the organisation's domain, under which its certificates are made */
export const domainOf = ({ name }: Organisation): string => `${name}.${DOMAIN}`;

/** Ports of one orderer, all on 127.0.0.1. */
export interface OrdererPorts {
  readonly listen: number;
  readonly admin: number;
  readonly operations: number;
}

/** An orderer of the network; the number counts from 1. */
export interface OrdererPlan {
  readonly name: string;
  readonly host: string;
  readonly number: number;
  readonly ports: OrdererPorts;
}

/** @returns three orderers under Raft, four under BFT, which needs 3f + 1 */
export function orderersOf({ consensus, portBase }: NetworkPlan): OrdererPlan[] {
  return Array.from({ length: consensus === 'bft' ? 4 : 3 }, (_, index) => {
    const first = portBase + PORTS_PER_NODE * index;
    return {
      name: `orderer-${index + 1}`,
      host: `orderer${index + 1}.${ORDERER_ORGANISATION.domain}`,
      number: index + 1,
      ports: { listen: first, admin: first + 1, operations: first + 2 },
    };
  });
}

/** Ports of one organisation, all on 127.0.0.1. */
export interface PeerPorts {
  readonly listen: number;
  readonly chaincodeListen: number;
  readonly operations: number;
  /** Two addresses for chaincode servers: while one definition runs, the next starts on the other. */
  readonly blue: number;
  readonly green: number;
}

/** An organisation's peer. */
export interface PeerPlan {
  readonly name: string;
  readonly host: string;
  readonly organisation: Organisation;
  readonly ports: PeerPorts;
}

/** @returns one peer for each organisation, in the plan's order */
export function peersOf({ organisations, portBase }: NetworkPlan): PeerPlan[] {
  return organisations.map((organisation, index) => {
    const first = portBase + FIRST_PEER_OFFSET + PORTS_PER_NODE * index;
    return {
      name: `peer-${organisation.name}`,
      host: `peer0.${domainOf(organisation)}`,
      organisation,
      ports: {
        listen: first,
        chaincodeListen: first + 1,
        operations: first + 2,
        blue: first + 3,
        green: first + 4,
      },
    };
  });
}

/** Which of the two addresses the server of a chaincode definition has. */
export type Slot = 'blue' | 'green';

/** @param sequence - of the chaincode definition, from 1 */
export const slotOf = (sequence: number): Slot => (sequence % 2 === 1 ? 'blue' : 'green');
