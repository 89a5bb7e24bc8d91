import fc from 'fast-check';

import { generateKeyCeremony } from './ceremony.js';
import {
  addCiphertexts,
  type Ciphertext,
  encodeCiphertext,
  multiplyCiphertext,
} from './ciphertext.js';
import { createEncryptor, type EncryptionFormat } from './encryption.js';
import { EncodingError, ParameterError } from './errors.js';
import { bigintToHex, hexToBigint } from './integer-encoding.js';
import {
  decodePlaintextProof,
  type PlaintextProof,
  PlaintextProver,
  provePlaintextKnowledge,
} from './plaintext-proof.js';
import { PlaintextProofVerifier, verifyPlaintextProof } from './plaintext-proof-verifier.js';
import { decodePublicKey, type PublicKey } from './public-key.js';
import { randomBits } from './random.js';

let key: PublicKey;

beforeAll(async () => {
  const { record } = await generateKeyCeremony({
    modulusBits: 512,
    l: 3,
    t: 2,
    insecureTestKey: true,
  });
  key = decodePublicKey(record);
});

function at<T>(list: readonly T[], index: number): T {
  const element = list[index];
  if (element === undefined) throw new Error('The list is shorter.');
  return element;
}

interface Proved {
  readonly context: Readonly<Record<string, unknown>>;
  readonly blocks: Ciphertext[];
  readonly messages: bigint[];
  readonly alphas: bigint[];
  readonly proof: PlaintextProof;
}

function prove(count: number, format: EncryptionFormat = 'veilsum-contribution/1'): Proved {
  const context = { format, maker: 'merchant-1' };
  const encryptor = createEncryptor(key, { expectedCount: 1, format });
  const messages = Array.from({ length: count }, (_, index) => BigInt(index) * -7n);
  const alphas = messages.map(() => encryptor.generateAlpha());
  const blocks = messages.map((message, index) => encryptor.encrypt(message, alphas[index] ?? 0n));
  const proof = provePlaintextKnowledge({ key, context, blocks, messages, alphas });
  return { context, blocks, messages, alphas, proof };
}

function verify(
  claim: Omit<Proved, 'messages' | 'alphas' | 'proof'> & { proof: unknown },
): boolean {
  const { context, blocks, proof } = claim;
  return verifyPlaintextProof({ key, context, count: blocks.length, blocks: () => blocks, proof });
}

describe('a proof of plaintext knowledge', () => {
  it.each([1, 2, 7, 150])('of %i blocks holds, for contributions and for blindings', (count) => {
    expect(verify(prove(count))).toBe(true);
    expect(verify(prove(count, 'veilsum-blinding/1'))).toBe(true);
  });

  it('is another one every time', () => {
    const { context, blocks, messages, alphas, proof } = prove(2);
    const again = provePlaintextKnowledge({ key, context, blocks, messages, alphas });
    expect(again).not.toEqual(proof);
    expect(verify({ context, blocks, proof: again })).toBe(true);
  });

  it('fails when any digit of it changes', () => {
    const proved = prove(3);
    fc.assert(
      fc.property(
        fc.constantFrom('a', 'zm', 'za'),
        fc.bigInt(1n, 1n << 60n),
        fc.boolean(),
        (field, difference, isAdded) => {
          const value = hexToBigint(proved.proof[field]) + (isAdded ? difference : -difference);
          fc.pre(value >= 0n);
          const proof = { ...proved.proof, [field]: bigintToHex(value) };
          expect(verify({ ...proved, proof })).toBe(false);
        },
      ),
      { numRuns: 30 },
    );
  });

  it.each<[string, unknown]>([
    ['nothing', null],
    ['a text', 'proof'],
    ['a missing field', { a: '1', zm: '1' }],
    ['a further field', { a: '1', zm: '1', za: '1', e: '1' }],
    ['padding', { a: '01', zm: '1', za: '1' }],
    ['a sign', { a: '1', zm: '-1', za: '1' }],
  ])('is refused with %s', (_name, proof) => {
    expect(verify({ ...prove(1), proof })).toBe(false);
    expect(() => decodePlaintextProof(proof)).toThrow(EncodingError);
  });

  it('does not pass for another maker, format or key', async () => {
    const proved = prove(2);
    expect(verify({ ...proved, context: { ...proved.context, maker: 'merchant-2' } })).toBe(false);
    expect(
      verify({ ...proved, context: { ...proved.context, format: 'veilsum-blinding/1' } }),
    ).toBe(false);
    expect(verify({ ...proved, context: { maker: 'merchant-1' } })).toBe(false);
    const { record } = await generateKeyCeremony({
      modulusBits: 512,
      l: 3,
      t: 2,
      insecureTestKey: true,
    });
    const { context, blocks, proof } = proved;
    const claim = { key: decodePublicKey(record), context, count: 2, blocks: () => blocks, proof };
    expect(verifyPlaintextProof(claim)).toBe(false);
  });

  it('does not pass for blocks in another order, repeated, left out or added', () => {
    const proved = prove(3);
    const [first, second, third] = proved.blocks as [Ciphertext, Ciphertext, Ciphertext];
    for (const blocks of [
      [second, first, third],
      [first, second],
      [first, second, third, third],
      [first, second, second],
      [],
    ]) {
      expect(verify({ ...proved, blocks })).toBe(false);
    }
  });

  it('does not pass for anything derived from another contribution', () => {
    const victim = at(prove(1).blocks, 0);
    const own = prove(2);
    for (const derived of [
      victim,
      multiplyCiphertext(key, victim, 2n),
      multiplyCiphertext(key, victim, -1n),
      addCiphertexts(key, victim, at(own.blocks, 0)),
    ]) {
      const blocks = [derived, at(own.blocks, 1)];
      const { context, messages, alphas } = own;
      expect(verify({ ...own, blocks })).toBe(false);
      // Nor with a proof made for it by somebody who has to guess what is inside.
      const proof = provePlaintextKnowledge({ key, context, blocks, messages, alphas });
      expect(verify({ context, blocks, proof })).toBe(false);
    }
  });

  it('refuses invalid elements: 0, negative, n squared, and multiples of n', () => {
    const proved = prove(3);
    for (const invalid of [0n, -1n, key.n2, key.n, 12n * key.n]) {
      const blocks = [...proved.blocks.slice(0, 2), invalid as Ciphertext];
      expect(verify({ ...proved, blocks })).toBe(false);
      if (invalid < 0n) continue;
      const proof = { ...proved.proof, a: bigintToHex(invalid) };
      expect(verify({ ...proved, proof })).toBe(false);
    }
  });

  it('refuses an invalid element even where the equation is made to hold', () => {
    // With one block c = 0 and a = 0 both sides would be 0 if hs were; here coprimality must decide.
    const proved = prove(1);
    const proof = { ...proved.proof, a: bigintToHex(key.n) };
    expect(verify({ ...proved, blocks: [key.n as Ciphertext], proof })).toBe(false);
  });
});

describe('PlaintextProver', () => {
  it('proves from a stream what the short form proves', () => {
    const { context, blocks, messages, alphas } = prove(4);
    const secrets = { s: 5n, rho: randomBits(672) };
    const prover = new PlaintextProver({ key, context, count: 4 }, secrets);
    for (const block of blocks) prover.absorb(encodeCiphertext(key, block));
    for (const [index, message] of messages.entries()) prover.add(message, alphas[index] ?? 0n);
    expect(prover.prove()).toEqual(
      provePlaintextKnowledge({ key, context, blocks, messages, alphas, secrets }),
    );
  });

  it('refuses to prove before everything is there', () => {
    const { context, blocks } = prove(2);
    expect(() => new PlaintextProver({ key, context, count: 0 })).toThrow(ParameterError);
    const prover = new PlaintextProver({ key, context, count: 2 });
    prover.absorb(encodeCiphertext(key, at(blocks, 0)));
    expect(() => {
      prover.add(0n, 0n);
    }).toThrow(ParameterError);
    prover.absorb(encodeCiphertext(key, at(blocks, 1)));
    prover.add(0n, 0n);
    expect(() => prover.prove()).toThrow(ParameterError);
    const lists = { key, context, blocks, messages: [1n], alphas: [1n, 2n] };
    expect(() => provePlaintextKnowledge(lists)).toThrow(ParameterError);
    expect(() => new PlaintextProver({ key, context: { format: 'other' }, count: 1 })).toThrow(
      ParameterError,
    );
  });
});

describe('PlaintextProofVerifier', () => {
  const open = ({ context, blocks, proof }: Proved) =>
    new PlaintextProofVerifier({ key, context, count: blocks.length }, proof);

  it('accepts a stream that is the same in both passes', () => {
    const proved = prove(3);
    const bytes = proved.blocks.map((block) => encodeCiphertext(key, block));
    const verifier = open(proved);
    for (const block of bytes) verifier.absorb(block);
    for (const block of bytes) verifier.weigh(block);
    expect(verifier.isAccepted()).toBe(true);
  });

  it('notices a source that changes between the passes', () => {
    const proved = prove(2);
    const other = prove(2);
    const bytes = proved.blocks.map((block) => encodeCiphertext(key, block));
    const verifier = open(proved);
    for (const block of bytes) verifier.absorb(block);
    verifier.weigh(at(bytes, 0));
    verifier.weigh(encodeCiphertext(key, at(other.blocks, 1)));
    expect(verifier.isAccepted()).toBe(false);
  });

  it('refuses a second pass that is shorter or longer, and blocks of another length', () => {
    const proved = prove(2);
    const bytes = proved.blocks.map((block) => encodeCiphertext(key, block));
    const [short, long, cut] = [open(proved), open(proved), open(proved)];
    for (const block of bytes) for (const verifier of [short, long]) verifier.absorb(block);
    short.weigh(at(bytes, 0));
    expect(short.isAccepted()).toBe(false);
    for (const block of [...bytes, ...bytes]) long.weigh(block);
    expect(long.isAccepted()).toBe(false);
    cut.absorb(at(bytes, 0).subarray(1));
    expect(cut.isRefused).toBe(true);
  });

  it('refuses to weigh before all blocks were absorbed', () => {
    const proved = prove(2);
    const verifier = open(proved);
    const bytes = encodeCiphertext(key, at(proved.blocks, 0));
    verifier.absorb(bytes);
    expect(() => {
      verifier.weigh(bytes);
    }).toThrow(ParameterError);
  });
});
