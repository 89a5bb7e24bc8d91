import type {
  AttemptRecord,
  Consent,
  Consortium,
  Contribution,
  Member,
  PrivacyAccount,
  Product,
  QueryRecord,
  ShareDispute,
} from '@veilsum/protocol';
import type { OversightPicture } from './oversight-picture.js';

/** A query with what the ledger has of opening it. */
export interface WatchedQuery {
  readonly record: QueryRecord;
  readonly attempts: readonly AttemptRecord[];
  readonly disputes: readonly ShareDispute[];
  /** The committee of its key, index 1 first; empty for a query without a plan. */
  readonly keyholders: readonly string[];
}

/** What the ledger says, as far as detectors look at it. */
export interface LedgerPicture {
  readonly consortium: Consortium;
  readonly members: readonly Member[];
  readonly products: readonly Product[];
  readonly consents: readonly Consent[];
  readonly contributions: readonly Contribution[];
  readonly queries: readonly WatchedQuery[];
  /** Accounts from which something was spent. */
  readonly privacyAccounts: readonly PrivacyAccount[];
  readonly oversight: OversightPicture;
}
