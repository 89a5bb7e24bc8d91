import type { LedgerDescription } from '@veilsum/ledger';
import type { MemberId } from '@veilsum/protocol';

/** Injection tokens of what the gateway is given from outside. */
export const SETTINGS = Symbol('GatewaySettings');
export const LEDGER = Symbol('Ledger');
export const OBJECT_STORE = Symbol('ObjectStore');
export const COMPUTE_POOL = Symbol('ComputePool');
export const ENVELOPE_RELAY = Symbol('EnvelopeRelay');
export const CLOCK = Symbol('Clock');
export const LOG = Symbol('Log');

/** Milliseconds since 1970; the machine's clock outside of tests. */
export type Clock = () => number;

/** What stays the same while the gateway runs. Public. */
export interface GatewaySettings {
  /** The gateway's member id, and the audience of every token. */
  readonly gatewayId: MemberId;
  readonly ledger: LedgerDescription;
  /** Reads that again, where it can have changed: organisations join a Fabric network. */
  readonly readLedger?: () => Promise<LedgerDescription>;
  readonly version: string;
  /** Longest container that is taken. */
  readonly containerBytesMax: number;
  /** Longest JSON text of a request. */
  readonly requestBytesMax: number;
  /** How often deadlines are looked at when no event comes. */
  readonly scanMs: number;
}

/** Limits that hold unless the configuration says otherwise (docs/limits.md). */
export const defaultLimits = {
  containerBytesMax: 2 * 1024 ** 3,
  /** As much as the ledger takes. */
  requestBytesMax: 3_000_000,
  scanMs: 1000,
} as const;
