import type { Ciphertext } from '../../crypto/src/ciphertext.js';
import { bigintToBytes, bytesToHex } from '../../crypto/src/integer-encoding.js';
import { provePlaintextKnowledge } from '../../crypto/src/plaintext-proof.js';
import { verifyPlaintextProof } from '../../crypto/src/plaintext-proof-verifier.js';
import {
  plaintextChallenge,
  PlaintextTranscript,
  plaintextWeight,
} from '../../crypto/src/plaintext-transcript.js';
import { decodePublicKey, type PublicKey } from '../../crypto/src/public-key.js';
import { signedHex, vectorFiles, vectorKey } from './vector-files.js';

interface ProofCase {
  readonly key: string;
  readonly kind: string;
  readonly note: string;
  readonly context: Readonly<Record<string, unknown>>;
  readonly blocks: readonly string[];
  readonly proof: Readonly<Record<'a' | 'zm' | 'za', string>>;
  readonly accepted: boolean;
}

interface HonestCase extends ProofCase {
  readonly messages: readonly string[];
  readonly alphas: readonly string[];
  readonly s: string;
  readonly rho: string;
  readonly transcriptHash: string;
  readonly weights: readonly string[];
  readonly challenge: string;
}

function verify(key: PublicKey, vector: ProofCase): boolean {
  const blocks = vector.blocks.map(signedHex);
  const { context, proof } = vector;
  return verifyPlaintextProof({ key, context, count: blocks.length, blocks: () => blocks, proof });
}

function expectIntermediateValues(key: PublicKey, vector: HonestCase): void {
  const transcript = new PlaintextTranscript(key, vector.context, vector.blocks.length);
  for (const block of vector.blocks) {
    transcript.absorb(bigintToBytes(signedHex(block), key.elementBytes2));
  }
  const tau = transcript.finish();
  expect(bytesToHex(tau)).toBe(vector.transcriptHash);
  const weights = vector.weights.map((_weight, index) => plaintextWeight(tau, index));
  expect(weights).toEqual(vector.weights.map(signedHex));
  expect(plaintextChallenge(key, tau, signedHex(vector.proof.a))).toBe(signedHex(vector.challenge));
}

describe.each(vectorFiles<ProofCase>('plaintext-proof'))('$name', (file) => {
  const named = file.cases.map((vector, index) => ({ ...vector, index }));
  const keys = new Map<string, PublicKey>();
  const keyOf = ({ key: name }: ProofCase): PublicKey => {
    const key = keys.get(name) ?? decodePublicKey(vectorKey(file, name).record);
    keys.set(name, key);
    return key;
  };

  it.each(named)('$index $kind, $note: accepted $accepted', (vector) => {
    expect(verify(keyOf(vector), vector)).toBe(vector.accepted);
  });

  const honest = named.filter(({ kind }) => kind === 'honest') as (HonestCase & {
    index: number;
  })[];
  it.each(honest)('$index is made to the last digit from its secrets', (vector) => {
    const key = keyOf(vector);
    expectIntermediateValues(key, vector);
    const proof = provePlaintextKnowledge({
      key,
      context: vector.context,
      blocks: vector.blocks.map((block) => signedHex(block) as Ciphertext),
      messages: vector.messages.map(signedHex),
      alphas: vector.alphas.map(signedHex),
      secrets: { s: signedHex(vector.s), rho: signedHex(vector.rho) },
    });
    expect(proof).toEqual(vector.proof);
  });
});
