import { Inject, Injectable } from '@nestjs/common';
import type { JsonValue } from '@veilsum/crypto';
import type { Ledger } from '@veilsum/ledger';
import {
  accountSchema,
  attemptRecordSchema,
  committeeKeySchema,
  consentSchema,
  consortiumSchema,
  contributionSchema,
  memberSchema,
  openingTaskSchema,
  productSchema,
  queryRecordSchema,
  VeilsumError,
  type Account,
  type AttemptRecord,
  type CommitteeKey,
  type Consent,
  type Consortium,
  type Contribution,
  type Member,
  type OpeningTask,
  type OpeningTaskReference,
  type Product,
  type QueryRecord,
} from '@veilsum/protocol';
import { z } from 'zod';

import { LEDGER } from '../settings.js';

/** Narrows a list; what is left out does not narrow. */
export type ListFilter = Readonly<Record<string, string>>;

/** A query with what one transaction after a deadline needs. */
export interface AttemptReference {
  readonly queryId: string;
  readonly attempt: number;
}

/**
 * What the gateway reads from and writes to the ledger, in the ledger's own words
 * (docs/ledger.md). Every method throws {@link VeilsumError}, NOT_FOUND where there is no such object.
 */
@Injectable()
export class LedgerRecords {
  constructor(@Inject(LEDGER) private readonly ledger: Ledger) {}

  height(): Promise<number> {
    return this.ledger.height();
  }

  consortium(): Promise<Consortium> {
    return this.#read('consortium:read', {}, consortiumSchema);
  }

  member(memberId: string): Promise<Member> {
    return this.#read('member:read', { memberId }, memberSchema);
  }

  members(): Promise<Member[]> {
    return this.#read('member:list', {}, z.array(memberSchema));
  }

  product(productId: string, version: number): Promise<Product> {
    return this.#read('product:read', { productId, version }, productSchema);
  }

  products(): Promise<Product[]> {
    return this.#read('product:list', {}, z.array(productSchema));
  }

  consents(filter: ListFilter): Promise<Consent[]> {
    return this.#read('consent:list', filter, z.array(consentSchema));
  }

  committeeKey(keyId: string): Promise<CommitteeKey> {
    return this.#read('committee:read', { keyId }, committeeKeySchema);
  }

  contribution(contributionId: string): Promise<Contribution> {
    return this.#read('contribution:read', { contributionId }, contributionSchema);
  }

  contributions(filter: ListFilter): Promise<Contribution[]> {
    return this.#read('contribution:list', filter, z.array(contributionSchema));
  }

  query(queryId: string): Promise<QueryRecord> {
    return this.#read('query:read', { queryId }, queryRecordSchema);
  }

  queries(filter: ListFilter): Promise<QueryRecord[]> {
    return this.#read('query:list', filter, z.array(queryRecordSchema));
  }

  attempts(queryId: string): Promise<AttemptRecord[]> {
    return this.#read('query:attempts', { queryId }, z.array(attemptRecordSchema));
  }

  account(accountId: string): Promise<Account> {
    return this.#read('account:read', { accountId }, accountSchema);
  }

  /** Says on the ledger that the gateway holds and has verified a container. */
  markStored(contributionId: string, contentHash: string): Promise<void> {
    return this.#write('contribution:markStored', { contributionId, contentHash });
  }

  openingTask({ openingId, contributionId }: OpeningTaskReference): Promise<OpeningTask> {
    return this.#read('opening:task', { openingId, contributionId }, openingTaskSchema);
  }

  /** Says on the ledger that the gateway holds an answer for the auditor of an opening. */
  markDelivered(
    { openingId, contributionId }: OpeningTaskReference,
    answerHash: string,
  ): Promise<void> {
    return this.#write('opening:markDelivered', { openingId, contributionId, answerHash });
  }

  closeBlinding({ queryId, attempt }: AttemptReference): Promise<void> {
    return this.#write('query:closeBlinding', { queryId, attempt });
  }

  nextAttempt({ queryId }: AttemptReference): Promise<void> {
    return this.#write('query:nextAttempt', { queryId });
  }

  expire({ queryId }: AttemptReference): Promise<void> {
    return this.#write('query:expire', { queryId });
  }

  /** Whether ending the query now would find that its plan no longer stands; writes nothing. */
  async wouldFail(queryId: string): Promise<boolean> {
    try {
      const ended = await this.#read('query:expire', { queryId }, queryRecordSchema);
      return ended.status === 'failed';
    } catch (error) {
      if (error instanceof VeilsumError && !error.transient) return false;
      if (error instanceof VeilsumError && error.code === 'DEADLINE_NOT_REACHED') return false;
      throw error;
    }
  }

  settle({ queryId }: AttemptReference): Promise<void> {
    return this.#write('query:settle', { queryId });
  }

  async #read<T>(name: string, argument: JsonValue, schema: z.ZodType<T>): Promise<T> {
    const parsed = schema.safeParse(await this.ledger.evaluate(requestOf(name, argument)));
    if (parsed.success) return parsed.data;
    const sentence = `The ledger's answer to ${name} is not in a form that this release reads.`;
    throw new VeilsumError('UNSUPPORTED_VERSION', sentence, { cause: parsed.error });
  }

  async #write(name: string, argument: JsonValue): Promise<void> {
    await this.ledger.submit(requestOf(name, argument));
  }
}

function requestOf(name: string, argument: JsonValue) {
  const [contract = '', transaction = ''] = name.split(':');
  return { contract, transaction, argument };
}
