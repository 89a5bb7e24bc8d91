import type { Consortium, MemberRegistration, Role } from '@veilsum/protocol';

/** A member that the network is founded with. */
export interface PlannedMember {
  readonly memberId: string;
  readonly mspId: string;
  readonly legalEntityId: string;
  readonly name: string;
  readonly roles: readonly Role[];
  readonly size: MemberRegistration['size'];
}

/** The Fabric network that is made on this machine; what is left out is for it to choose. */
export interface PlannedFabric {
  /** Raft stands orderers that crash; BFT also stands orderers that lie. */
  readonly consensus?: 'raft' | 'bft' | undefined;
  /** First of the ports that its processes take. */
  readonly portBase?: number | undefined;
}

/** What a network is founded with: who vouches, who belongs, what is agreed. */
export interface NetworkPlan {
  readonly channel: string;
  readonly consortium: Consortium;
  readonly operator: PlannedMember;
  readonly gateway: PlannedMember;
  /** The committee, index 1 first, each of another legal entity. */
  readonly keyholders: readonly PlannedMember[];
  /** t: keyholders needed to open anything. */
  readonly threshold: number;
  readonly modulusBits: number;
  /** On a Fabric network of this machine; on the embedded ledger when absent. */
  readonly fabric?: PlannedFabric | undefined;
  readonly ports: { readonly ledger: number; readonly gateway: number };
}

const ASSOCIATION = 'AssociationMSP';
const PLATFORM = 'PlatformMSP';
const MERCHANTS = 'MerchantsMSP';
const REGULATOR = 'RegulatorMSP';

/** Which organisation may vouch for which roles. */
export const mspRoles: Readonly<Record<string, Role[]>> = {
  [ASSOCIATION]: ['operator', 'gateway', 'analyst', 'keyholder'],
  [PLATFORM]: ['platform', 'analyst', 'keyholder'],
  [MERCHANTS]: ['merchant', 'logistics', 'finance', 'analyst', 'keyholder'],
  [REGULATOR]: ['regulator', 'auditor', 'analyst', 'keyholder'],
};

const planned = (
  memberId: string,
  mspId: string,
  name: string,
  roles: readonly Role[],
): PlannedMember => ({ memberId, mspId, legalEntityId: memberId, name, roles, size: 'large' });

export interface NetworkOptions {
  /** Keys below 2048 bits are marked as insecure, which only a test network accepts. */
  readonly modulusBits: number;
  readonly ledgerPort: number;
  readonly fabric?: PlannedFabric | undefined;
  readonly gatewayPort: number;
  /** Longest time for a round of blindings, and for the shares after it. */
  readonly attemptMs: number;
  /** After a release, how long the analyst may dispute a share before anyone may settle. */
  readonly disputeMs: number;
}

export const defaultNetworkOptions: NetworkOptions = {
  modulusBits: 3072,
  ledgerPort: 7501,
  gatewayPort: 7502,
  attemptMs: 30_000,
  disputeMs: 7 * 24 * 3_600_000,
};

/** @returns the founding of a network of four organisations on one machine, with three keyholders, two of whom open */
export function planNetwork(options: NetworkOptions = defaultNetworkOptions): NetworkPlan {
  return {
    channel: 'veilsum',
    consortium: {
      format: 'veilsum-consortium/1',
      name: 'Retail Statistics Consortium',
      currency: 'USD',
      testNetwork: options.modulusBits < 2048,
      mspRoles: { ...mspRoles },
      deadlines: {
        blindingMs: options.attemptMs,
        releaseMs: options.attemptMs,
        disputeMs: options.disputeMs,
      },
      maxAttempts: 3,
      split: { contributorsBps: 7000, keyholdersBps: 1500, operatorBps: 1000, subsidyFundBps: 500 },
    },
    operator: planned('operator', ASSOCIATION, 'Trade Association', ['operator']),
    gateway: planned('gateway', ASSOCIATION, 'Gateway', ['gateway']),
    keyholders: [
      planned('keyholder-1', ASSOCIATION, 'Keyholder of the association', ['keyholder']),
      planned('keyholder-2', MERCHANTS, 'Keyholder of the merchants', ['keyholder']),
      planned('keyholder-3', REGULATOR, 'Keyholder of the regulator', ['keyholder']),
    ],
    threshold: 2,
    modulusBits: options.modulusBits,
    fabric: options.fabric,
    ports: { ledger: options.ledgerPort, gateway: options.gatewayPort },
  };
}
