import {
  createEncryptor,
  createExponentDeriver,
  encodeCiphertext,
  packStrip,
  PlaintextProver,
  type Layout,
  type PlaintextProof,
  type PublicKey,
} from '@veilsum/crypto';
import type { ContributionContext, ProductDefinition } from '@veilsum/protocol';
import { productCellCount } from '@veilsum/rules';
import { zeroStrip, type ContributionValues } from '../bounding/contribution-values.js';

/** How many rows of how many are encrypted. */
export interface EncryptionProgress {
  readonly done: number;
  readonly total: number;
}

export interface StripEncryptionRequest {
  readonly key: PublicKey;
  readonly product: ProductDefinition;
  readonly layout: Layout;
  /** Secret. */
  readonly values: ContributionValues;
  readonly context: ContributionContext;
  /** 32 bytes, secret, fresh for this contribution. */
  readonly seed: Uint8Array;
  readonly onProgress?: ((progress: EncryptionProgress) => void) | undefined;
}

/** Longest time for which other work waits. */
const TURN_MS = 50;

/**
 * Encrypts every strip, zeros included, in row order, and proves it (docs/protocol.md §3 to §5). Holds
 * one strip at a time: first take all of {@link StripEncryption.ciphertexts}, then call
 * {@link StripEncryption.prove}, which computes plaintexts and exponents again instead of keeping them.
 */
export class StripEncryption {
  readonly rowCount: number;
  readonly #request: StripEncryptionRequest;
  readonly #cells: number;
  readonly #prover: PlaintextProver;
  readonly #alphaOf: (row: number) => bigint;
  readonly #zeroMessages: readonly bigint[];

  /** @throws ParameterError of crypto on a key or context of another kind */
  constructor(request: StripEncryptionRequest) {
    const { key, product, layout, context, seed } = request;
    this.#request = request;
    this.#cells = productCellCount(product);
    this.rowCount = this.#cells * layout.blocks;
    this.#prover = new PlaintextProver({ key, context, count: this.rowCount });
    this.#alphaOf = createExponentDeriver(seed, context.contributionId, key.exponentBits);
    this.#zeroMessages = packStrip(layout, zeroStrip(product));
  }

  /** el2(c) of every row; to be taken once. */
  async *ciphertexts(): AsyncGenerator<Uint8Array> {
    const { key, onProgress } = this.#request;
    const encryptor = createEncryptor(key, { expectedCount: this.rowCount });
    let row = 0;
    let turnEndsAt = Date.now() + TURN_MS;
    for (const message of this.#messages()) {
      const ciphertext = encryptor.encrypt(message, this.#alphaOf(row));
      const bytes = encodeCiphertext(key, ciphertext);
      this.#prover.absorb(bytes);
      yield bytes;
      row += 1;
      if (Date.now() < turnEndsAt && row < this.rowCount) continue;
      onProgress?.({ done: row, total: this.rowCount });
      await nextTurn();
      turnEndsAt = Date.now() + TURN_MS;
    }
  }

  /** The proof over all rows, after the last of them was taken. */
  prove(): PlaintextProof {
    let row = 0;
    for (const message of this.#messages()) {
      this.#prover.add(message, this.#alphaOf(row));
      row += 1;
    }
    return this.#prover.prove();
  }

  *#messages(): Generator<bigint> {
    const { layout, values } = this.#request;
    for (let cell = 0; cell < this.#cells; cell += 1) {
      const strip = values.strips.get(cell);
      yield* strip === undefined ? this.#zeroMessages : packStrip(layout, strip);
    }
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
