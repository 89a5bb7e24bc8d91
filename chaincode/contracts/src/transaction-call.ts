import type { JsonValue } from '@veilsum/crypto';
import type { Fingerprint, Member, Role } from '@veilsum/protocol';
import type { ZodType } from 'zod';
import type { WorldState } from './world-state.js';

/** Names of contract events. */
export type LedgerEventName =
  | 'consortiumChanged'
  | 'memberChanged'
  | 'productPublished'
  | 'consentChanged'
  | 'contributionChanged'
  | 'keyRegistered'
  | 'keyRetired'
  | 'queryChanged'
  | 'resultPublished'
  | 'transferChanged'
  | 'proposalChanged'
  | 'rulebookAdopted'
  | 'questionChanged'
  | 'incidentChanged'
  | 'openingChanged'
  | 'commitmentChanged'
  | 'agreementChanged'
  | 'goalChanged'
  | 'delegationChanged'
  | 'consentRequestChanged';

/** A transaction whose signer need not be a member. */
export interface UnregisteredCall {
  readonly state: WorldState;
  readonly mspId: string;
  /** Of the certificate that signed. */
  readonly fingerprint: Fingerprint;
  /** Ledger time in milliseconds since 1970. */
  readonly now: number;
  readonly transactionId: string;
  /** Sets the transaction's event; a transaction has at most one. */
  readonly emit: (name: LedgerEventName, payload: JsonValue) => void;
}

/** A transaction of an active member who may call it. */
export interface TransactionCall extends UnregisteredCall {
  readonly caller: Member;
}

/** Every active member, or those who hold one of the roles; an empty list lets nobody in. */
export type Access = 'member' | readonly Role[];

/** Who may call a transaction, and with what. */
export interface TransactionRule<Argument> {
  readonly access: Access;
  readonly schema: ZodType<Argument>;
}
