import { askLedger, tellLedger, type Ledger, type LedgerCall } from '@veilsum/ledger';
import {
  adoptedRulebookSchema,
  attemptRecordSchema,
  committeeKeySchema,
  consentSchema,
  contributionSchema,
  delegationStateSchema,
  memberSchema,
  productSchema,
  queryRecordSchema,
  shareDisputeSchema,
  type AdoptedRulebook,
  type BlindingCommitment,
  type CommitteeKey,
  type Consent,
  type Contribution,
  type Delegation,
  type DelegationId,
  type DisputeAnswer,
  type KeyholderRefusal,
  type KeyId,
  type Member,
  type Plan,
  type Product,
  type ProductId,
  type QueryId,
  type QueryRecord,
  type AttemptRecord,
  type ShareDispute,
  type ShareRelease,
} from '@veilsum/protocol';
import { z } from 'zod';
import type { CommitteeLedger } from './committee-ledger.js';

/** The keyholder's own connection: asks the contracts over the ledger port and reads their answers strictly. */
export class ContractLedger implements CommitteeLedger {
  readonly #ledger: Ledger;

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
  }

  committeeKey(keyId: KeyId): Promise<CommitteeKey> {
    return this.#read('committee:read', { keyId }, committeeKeySchema);
  }

  members(): Promise<Member[]> {
    return this.#read('member:list', {}, z.array(memberSchema));
  }

  product(productId: ProductId, version: number): Promise<Product> {
    return this.#read('product:read', { productId, version }, productSchema);
  }

  async delegation(delegationId: DelegationId): Promise<Delegation> {
    const read = await this.#read('delegation:read', { delegationId }, delegationStateSchema);
    return read.delegation;
  }

  rulebooks(): Promise<AdoptedRulebook[]> {
    return this.#read('rulebook:list', {}, z.array(adoptedRulebookSchema));
  }

  consents(productId: ProductId): Promise<Consent[]> {
    return this.#read('consent:list', { productId }, z.array(consentSchema));
  }

  contributions({ productId, epoch }: Pick<Plan, 'productId' | 'epoch'>): Promise<Contribution[]> {
    return this.#read('contribution:list', { productId, epoch }, z.array(contributionSchema));
  }

  queries(productId?: ProductId): Promise<QueryRecord[]> {
    const filter = productId === undefined ? {} : { productId };
    return this.#read('query:list', filter, z.array(queryRecordSchema));
  }

  query(queryId: QueryId): Promise<QueryRecord> {
    return this.#read('query:read', { queryId }, queryRecordSchema);
  }

  attempts(queryId: QueryId): Promise<AttemptRecord[]> {
    return this.#read('query:attempts', { queryId }, z.array(attemptRecordSchema));
  }

  disputes(queryId: QueryId): Promise<ShareDispute[]> {
    return this.#read('query:disputes', { queryId }, z.array(shareDisputeSchema));
  }

  commitBlinding(commitment: BlindingCommitment): Promise<void> {
    return this.#write('query:commitBlinding', commitment);
  }

  releaseShare(release: ShareRelease): Promise<void> {
    return this.#write('query:releaseShare', release);
  }

  refuseShare(refusal: KeyholderRefusal): Promise<void> {
    return this.#write('query:refuseShare', refusal);
  }

  answerDispute(answer: DisputeAnswer): Promise<void> {
    return this.#write('query:answerDispute', answer);
  }

  #read<T>(call: LedgerCall, argument: object, schema: z.ZodType<T>): Promise<T> {
    return askLedger(this.#ledger, call, argument, schema);
  }

  async #write(call: LedgerCall, argument: object): Promise<void> {
    await tellLedger(this.#ledger, call, argument);
  }
}
