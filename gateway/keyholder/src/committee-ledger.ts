import type {
  AdoptedRulebook,
  AttemptRecord,
  BlindingCommitment,
  CommitteeKey,
  Consent,
  Contribution,
  Delegation,
  DelegationId,
  DisputeAnswer,
  KeyholderRefusal,
  KeyId,
  Member,
  Plan,
  Product,
  ProductId,
  QueryId,
  QueryRecord,
  ShareDispute,
  ShareRelease,
} from '@veilsum/protocol';

/**
 * What a keyholder reads from and writes to its own ledger connection, in the ledger's own words.
 * Reads come from the keyholder's own copy, which it has verified itself; writes are signed as the
 * member and return once they are committed. Every method throws {@link VeilsumError}.
 */
export interface CommitteeLedger {
  members(): Promise<Member[]>;
  committeeKey(keyId: KeyId): Promise<CommitteeKey>;
  product(productId: ProductId, version: number): Promise<Product>;
  /** A delegation as it stands now. */
  delegation(delegationId: DelegationId): Promise<Delegation>;
  /** Every rulebook that was adopted. */
  rulebooks(): Promise<AdoptedRulebook[]>;
  /** All consents for a product, any version and status. */
  consents(productId: ProductId): Promise<Consent[]>;
  /** All contributions to a product and epoch, any version and status. */
  contributions(of: Pick<Plan, 'productId' | 'epoch'>): Promise<Contribution[]>;
  /** All queries, or those of one product. */
  queries(productId?: ProductId): Promise<QueryRecord[]>;
  query(queryId: QueryId): Promise<QueryRecord>;
  attempts(queryId: QueryId): Promise<AttemptRecord[]>;
  /** Shares of a query that the analyst reported missing. */
  disputes(queryId: QueryId): Promise<ShareDispute[]>;
  commitBlinding(commitment: BlindingCommitment): Promise<void>;
  releaseShare(release: ShareRelease): Promise<void>;
  refuseShare(refusal: KeyholderRefusal): Promise<void>;
  answerDispute(answer: DisputeAnswer): Promise<void>;
}
