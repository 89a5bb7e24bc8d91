import { createHash } from 'node:crypto';
import { canonical } from './canonical-json.mjs';

const NOTHING = '0'.repeat(64);

/** Follows the hashes from the first block on. */
export class BlockChain {
  #expectedGenesis;
  #last;
  #genesisHash = '';
  #ids = new Set();

  constructor(expectedGenesis) {
    this.#expectedGenesis = expectedGenesis;
  }

  get head() {
    return {
      height: this.#last === undefined ? 0 : this.#last.number + 1,
      headHash: this.#last?.hash ?? '',
      genesisHash: this.#genesisHash,
    };
  }

  /** What is wrong with a block as the next one, a sentence each. */
  follow(block) {
    const { hash, ...body } = block;
    const last = this.#last;
    this.#last = block;
    if (last === undefined) this.#genesisHash = hash;
    return [
      [sha256(canonical(body)) === hash, 'does not have the hash that it names'],
      [block.number === (last === undefined ? 0 : last.number + 1), 'has another number'],
      [block.previousHash === (last?.hash ?? NOTHING), 'does not follow from the one before'],
      [(block.genesis !== undefined) === (last === undefined), 'founds where it may not'],
      [last !== undefined || this.#isExpected(hash), 'is the first one of another ledger'],
      [last === undefined || block.transactions.length > 0, 'is empty'],
    ]
      .filter(([holds]) => !holds)
      .map(([, what]) => `Block ${block.number} ${what}.`);
  }

  /** A signed transaction counts once. */
  fresh({ envelope }) {
    const { transactionId } = envelope.proposal;
    if (!this.#ids.has(transactionId)) {
      this.#ids.add(transactionId);
      return [];
    }
    return ['The transaction was there before.'];
  }

  #isExpected(hash) {
    return this.#expectedGenesis === undefined || this.#expectedGenesis === hash;
  }
}

export const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');
