import type { Consent, Contribution, JournalEntry, Product, QueryRecord } from '@veilsum/protocol';
import type { AuditedTransaction } from './ledger-history.js';

/** Objects as they stand after some transaction, by kind and key. */
export class LedgerState {
  readonly #kinds = new Map<string, Map<string, unknown>>();

  apply({ changes }: AuditedTransaction): void {
    for (const { type, parts, value } of changes) {
      const objects = this.#kinds.get(type) ?? new Map<string, unknown>();
      this.#kinds.set(type, objects);
      if (value === null) objects.delete(parts.join('\u0000'));
      else objects.set(parts.join('\u0000'), value);
    }
  }

  /** @returns all objects of a kind; the caller knows the kind's type */
  all<Value>(type: string): Value[] {
    return [...(this.#kinds.get(type)?.values() ?? [])] as Value[];
  }

  /** @returns the objects of a kind whose key begins with a part */
  objects<Value>(type: string, first: string): Value[] {
    return this.entries(type, first).map(({ value }) => value as Value);
  }

  /** Like {@link objects}, with the parts of each key. */
  entries(type: string, first: string): { parts: string[]; value: unknown }[] {
    return [...(this.#kinds.get(type) ?? [])]
      .map(([key, value]) => ({ parts: key.split('\u0000'), value }))
      .filter(({ parts }) => parts[0] === first);
  }

  /** @returns the object of a kind under a key, by the parts of it */
  value(type: string, parts: readonly string[]): unknown {
    return this.#kinds.get(type)?.get(parts.join('\u0000'));
  }

  query(queryId: string): QueryRecord | undefined {
    return this.#kinds.get('query')?.get(queryId) as QueryRecord | undefined;
  }

  consent(consentId: string): Consent | undefined {
    return this.all<Consent>('consent').find((consent) => consent.consentId === consentId);
  }

  contribution(contributionId: string): Contribution | undefined {
    return this.all<Contribution>('contribution').find(
      (contribution) => contribution.contributionId === contributionId,
    );
  }

  product(productId: string, version: number): Product | undefined {
    return this.all<Product>('product').find(
      (product) => product.productId === productId && product.version === version,
    );
  }

  journal(): JournalEntry[] {
    return this.all<JournalEntry>('journal');
  }
}
