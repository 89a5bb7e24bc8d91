import type { JsonValue } from '@veilsum/crypto';
import type { Ledger } from '@veilsum/ledger';
import {
  attemptRecordSchema,
  committeeKeySchema,
  consentSchema,
  contributionSchema,
  memberSchema,
  productSchema,
  queryRecordSchema,
  shareDisputeSchema,
  VeilsumError,
  type BlindingCommitment,
  type CommitteeKey,
  type Consent,
  type Contribution,
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

  async #read<T>(name: string, argument: JsonValue, schema: z.ZodType<T>): Promise<T> {
    const parsed = schema.safeParse(await this.#ledger.evaluate(requestOf(name, argument)));
    if (parsed.success) return parsed.data;
    const sentence = `The answer of ${name} is not in a form that this release reads.`;
    throw new VeilsumError('UNSUPPORTED_VERSION', sentence, { cause: parsed.error });
  }

  async #write(name: string, argument: JsonValue): Promise<void> {
    await this.#ledger.submit(requestOf(name, argument));
  }
}

function requestOf(name: string, argument: JsonValue) {
  const [contract = '', transaction = ''] = name.split(':');
  return { contract, transaction, argument };
}
