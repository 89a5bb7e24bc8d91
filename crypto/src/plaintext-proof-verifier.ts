import { encodeMessage } from './encryption.js';
import { isCoprime } from './coprimality.js';
import { CryptoError, ParameterError } from './errors.js';
import { bigintToBytes, bitLength, bytesToBigint, hexToBigint } from './integer-encoding.js';
import { modularPower } from './modular-power.js';
import { MultiExponentiation } from './multi-exponentiation.js';
import {
  decodePlaintextProof,
  plaintextAnswerBits,
  type PlaintextProof,
  type PlaintextStatement,
} from './plaintext-proof.js';
import {
  plaintextChallenge,
  PlaintextTranscript,
  plaintextWeight,
} from './plaintext-transcript.js';
import type { PublicKey } from './public-key.js';

function sameBytes(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && left.every((byte, index) => byte === right[index]);
}

function isAnswerInRange(statement: PlaintextStatement, proof: PlaintextProof): boolean {
  const { key, context } = statement;
  const a = hexToBigint(proof.a);
  const maximumBits = plaintextAnswerBits(key, context);
  return (
    a >= 1n &&
    a < key.n2 &&
    hexToBigint(proof.zm) < key.n &&
    bitLength(hexToBigint(proof.za)) <= maximumBits
  );
}

/**
 * Checks a proof of plaintext knowledge (docs/protocol.md §3.1) block by block in two passes, so
 * that a container of any size never sits in memory: every block to {@link absorb}, then every
 * block again, in the same order, to {@link weigh}; then {@link isAccepted}. It also finds every
 * block that is no valid ciphertext, and a source that changed between the passes.
 */
export class PlaintextProofVerifier {
  readonly #statement: PlaintextStatement;
  readonly #proof: PlaintextProof;
  readonly #transcript: PlaintextTranscript;
  readonly #secondTranscript: PlaintextTranscript;
  readonly #product: MultiExponentiation;
  #absorbed = 0;
  #weighed = 0;
  #tau: Uint8Array | undefined;
  #isRefused = false;

  /**
   * @param proof one that {@link decodePlaintextProof} read
   * @throws {@link ParameterError} on a context of another format
   * @throws {@link EncodingError} when the context has no canonical JSON or the count no 32 bits
   */
  constructor(statement: PlaintextStatement, proof: PlaintextProof) {
    const { key, context, count } = statement;
    this.#statement = statement;
    this.#proof = proof;
    this.#isRefused = count < 1 || !isAnswerInRange(statement, proof);
    this.#transcript = new PlaintextTranscript(key, context, count);
    this.#secondTranscript = new PlaintextTranscript(key, context, count);
    this.#product = new MultiExponentiation(key.n2, count);
  }

  /** Whether nothing that follows can change the answer any more: the proof does not hold. */
  get isRefused(): boolean {
    return this.#isRefused;
  }

  /**
   * First pass.
   * @param block el2(cⱼ)
   */
  absorb(block: Uint8Array): void {
    this.#absorbed += 1;
    if (block.length !== this.#statement.key.elementBytes2) this.#isRefused = true;
    if (!this.#isRefused) this.#transcript.absorb(block);
  }

  /**
   * Second pass.
   * @param block el2(cⱼ) as in the first
   * @throws {@link ParameterError} before as many blocks as announced were absorbed
   */
  weigh(block: Uint8Array): void {
    const { key, count } = this.#statement;
    if (this.#isRefused) return;
    if (this.#absorbed !== count) {
      throw new ParameterError('Every block must be absorbed before the first one is weighed.');
    }
    this.#tau ??= this.#transcript.finish();
    const value = bytesToBigint(block);
    if (value < 1n || value >= key.n2 || this.#weighed >= count) {
      this.#isRefused = true;
      return;
    }
    this.#secondTranscript.absorb(block);
    this.#product.add(value, plaintextWeight(this.#tau, this.#weighed));
    this.#weighed += 1;
  }

  /** Whether the proof holds for exactly the blocks seen; to be called once, last. */
  isAccepted(): boolean {
    const { count } = this.#statement;
    if (this.#isRefused || this.#tau === undefined || this.#weighed !== count) return false;
    return (
      sameBytes(this.#tau, this.#secondTranscript.finish()) &&
      this.#areElementsCoprime() &&
      this.#equationHolds(this.#tau)
    );
  }

  #areElementsCoprime(): boolean {
    const { n } = this.#statement.key;
    return isCoprime(this.#product.baseProduct() * hexToBigint(this.#proof.a), n);
  }

  /** (1 + zm·n)·hₛ^{za} = a·(Π cⱼ^{eⱼ})^e mod n². */
  #equationHolds(tau: Uint8Array): boolean {
    const { key } = this.#statement;
    const a = hexToBigint(this.#proof.a);
    const powers = modularPower(key.n2);
    const answer = powers.power(key.hs, hexToBigint(this.#proof.za));
    const left = (encodeMessage(key, hexToBigint(this.#proof.zm)) * answer) % key.n2;
    const challenge = plaintextChallenge(key, tau, a);
    return left === (a * powers.power(this.#product.product(), challenge)) % key.n2;
  }
}

/** One block as bytes; undefined for an integer that no ciphertext is. */
function blockBytes(key: PublicKey, block: bigint | Uint8Array): Uint8Array | undefined {
  if (typeof block !== 'bigint') return block;
  return block < 0n || block >= key.n2 ? undefined : bigintToBytes(block, key.elementBytes2);
}

function runPasses(
  verifier: PlaintextProofVerifier,
  key: PublicKey,
  blocks: () => Iterable<bigint | Uint8Array>,
): boolean {
  for (const pass of ['absorb', 'weigh'] as const) {
    for (const block of blocks()) {
      const bytes = blockBytes(key, block);
      if (bytes === undefined || verifier.isRefused) return false;
      verifier[pass](bytes);
    }
  }
  return verifier.isAccepted();
}

/**
 * Whether a proof of plaintext knowledge holds, and with it every block is a valid ciphertext
 * (docs/protocol.md §3.1). Anything malformed, a context of another format included, is a no.
 * @param claim blocks: gives the blocks, as integers or as el2(cⱼ), anew at each of two calls
 */
export function verifyPlaintextProof(
  claim: PlaintextStatement & {
    readonly blocks: () => Iterable<bigint | Uint8Array>;
    readonly proof: unknown;
  },
): boolean {
  try {
    const verifier = new PlaintextProofVerifier(claim, decodePlaintextProof(claim.proof));
    return runPasses(verifier, claim.key, claim.blocks);
  } catch (error) {
    if (error instanceof CryptoError) return false;
    throw error;
  }
}
