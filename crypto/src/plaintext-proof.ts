import { type Ciphertext, encodeCiphertext } from './ciphertext.js';
import { encodeMessage } from './encryption.js';
import { EncodingError, ParameterError } from './errors.js';
import { bigintToHex, hexToBigint } from './integer-encoding.js';
import { modularPower } from './modular-power.js';
import {
  alphaBitsOfContext,
  plaintextChallenge,
  PlaintextTranscript,
  plaintextWeight,
} from './plaintext-transcript.js';
import type { PublicKey } from './public-key.js';
import { randomBelow, randomBits } from './random.js';

/** ρ is longer than A by the challenge, the weights, 32 bits for the count and 128 that hide. */
const RHO_EXTRA_BITS = 416;

/** The proof of docs/protocol.md §3.1 as it travels: integers in unpadded lower-case hex. */
export interface PlaintextProof {
  readonly a: string;
  readonly zm: string;
  readonly za: string;
}

/** Which blocks a proof is about. */
export interface PlaintextStatement {
  readonly key: PublicKey;
  /** A canonical JSON object that names the maker; its `format` fixes A (docs/protocol.md §5, §6.4). */
  readonly context: unknown;
  /** J, the number of blocks, at least 1. */
  readonly count: number;
}

/** The prover's randomness, secret and never used twice. */
export interface PlaintextProofSecrets {
  /** Uniform in [0, n). */
  readonly s: bigint;
  /** Uniform in [0, 2^(A + 416)). */
  readonly rho: bigint;
}

/** Longest za in bits, so that no wrap-around of the group order helps (docs/protocol.md §3.1). */
export function plaintextAnswerBits(key: PublicKey, context: unknown): number {
  return alphaBitsOfContext(key, context) + RHO_EXTRA_BITS + 1;
}

/**
 * A proof out of JSON; whether it holds is another question.
 * @throws {@link EncodingError} unless it is an object of exactly a, zm and za in unpadded hex
 */
export function decodePlaintextProof(value: unknown): PlaintextProof {
  if (typeof value !== 'object' || value === null || Object.keys(value).length !== 3) {
    throw new EncodingError('A proof of plaintext knowledge has exactly a, zm and za.');
  }
  const { a, zm, za } = value as Readonly<Record<string, unknown>>;
  return {
    a: bigintToHex(hexToBigint(a)),
    zm: bigintToHex(hexToBigint(zm)),
    za: bigintToHex(hexToBigint(za)),
  };
}

/**
 * Makes a proof of plaintext knowledge (docs/protocol.md §3.1) block by block in two passes, so
 * that a file of any size can be proved: first every block to {@link absorb}, then every plaintext
 * and exponent, in the same order, to {@link add}; then {@link prove}.
 */
export class PlaintextProver {
  readonly #statement: PlaintextStatement;
  readonly #secrets: PlaintextProofSecrets;
  readonly #transcript: PlaintextTranscript;
  #absorbed = 0;
  #added = 0;
  #tau: Uint8Array | undefined;
  #messages = 0n;
  #alphas = 0n;

  /**
   * @param secrets for test vectors only; fresh ones by default
   * @throws {@link ParameterError} on no blocks or a context of another format
   */
  constructor(statement: PlaintextStatement, secrets?: PlaintextProofSecrets) {
    const { key, context, count } = statement;
    if (count < 1) throw new ParameterError('A proof of plaintext knowledge needs a block.');
    const rhoBits = alphaBitsOfContext(key, context) + RHO_EXTRA_BITS;
    this.#statement = statement;
    this.#secrets = secrets ?? { s: randomBelow(key.n), rho: randomBits(rhoBits) };
    this.#transcript = new PlaintextTranscript(key, context, count);
  }

  /**
   * First pass.
   * @param block el2(cⱼ)
   */
  absorb(block: Uint8Array): void {
    this.#transcript.absorb(block);
    this.#absorbed += 1;
  }

  /**
   * Second pass: what is inside the next block, both secret.
   * @throws {@link ParameterError} before all blocks were absorbed
   */
  add(message: bigint, alpha: bigint): void {
    if (this.#absorbed !== this.#statement.count) {
      throw new ParameterError('Every block must be absorbed before the first plaintext is added.');
    }
    this.#tau ??= this.#transcript.finish();
    const weight = plaintextWeight(this.#tau, this.#added);
    this.#added += 1;
    this.#messages += weight * message;
    this.#alphas += weight * alpha;
  }

  /**
   * The proof, once everything was added.
   * @throws {@link ParameterError} before
   */
  prove(): PlaintextProof {
    const { key, count } = this.#statement;
    if (this.#added !== count || this.#tau === undefined) {
      throw new ParameterError('The plaintext of every block must be added before the proof.');
    }
    const { s, rho } = this.#secrets;
    const a = (encodeMessage(key, s) * modularPower(key.n2).power(key.hs, rho)) % key.n2;
    const challenge = plaintextChallenge(key, this.#tau, a);
    const zm = (s + challenge * this.#messages) % key.n;
    return {
      a: bigintToHex(a),
      zm: bigintToHex(zm < 0n ? zm + key.n : zm),
      za: bigintToHex(rho + challenge * this.#alphas),
    };
  }
}

/**
 * A proof that its maker knows the plaintexts and exponents of all blocks (docs/protocol.md §3.1).
 * @param knowledge blocks, and for each the secret plaintext and exponent it was made of
 * @throws {@link ParameterError} on no blocks, lists of unequal length or another context
 */
export function provePlaintextKnowledge(knowledge: {
  readonly key: PublicKey;
  readonly context: unknown;
  readonly blocks: readonly Ciphertext[];
  readonly messages: readonly bigint[];
  readonly alphas: readonly bigint[];
  /** For test vectors only; fresh ones by default. */
  readonly secrets?: PlaintextProofSecrets;
}): PlaintextProof {
  const { key, context, blocks, messages, alphas } = knowledge;
  if (messages.length !== blocks.length || alphas.length !== blocks.length) {
    throw new ParameterError('Every block needs one plaintext and one exponent.');
  }
  const prover = new PlaintextProver({ key, context, count: blocks.length }, knowledge.secrets);
  for (const block of blocks) prover.absorb(encodeCiphertext(key, block));
  for (const [index, message] of messages.entries()) prover.add(message, alphas[index] ?? 0n);
  return prover.prove();
}
