import {
  centreMessage,
  CombineError,
  combineShares,
  hexToBigint,
  lagrangeCoefficients,
  openBlocks,
  partiallyDecrypt,
  requireValidCiphertexts,
  verifyKeyShare,
} from '@veilsum/crypto';
import type { PartialDecryptionProof, Share } from '@veilsum/crypto';

import type { VectorFile } from './vector-files.js';
import { signedHex, vectorFiles, vectorKey } from './vector-files.js';
import { cachedKey } from './vector-keys.js';

interface CombineCase {
  key: string;
  kind: 'combine';
  ciphertext: string;
  message: string;
  partialDecryptions: string[];
  combined: { indices: number[]; w: string; message: string; lambda: number[] }[];
}
interface TamperedCase {
  key: string;
  kind: 'combine-tampered';
  note: string;
  ciphertext: string;
  indices: number[];
  partialDecryptions: string[];
  accepted: boolean;
}
interface WrongShareCase {
  key: string;
  kind: 'wrong-share';
  planHash: string;
  attempt: number;
  blocks: string[];
  shares: { index: number; x: string[]; proof: PartialDecryptionProof }[];
  cheaters: number[];
  enough: boolean;
  message: string;
  w?: string;
}
interface ShareCheckCase {
  key: string;
  kind: 'share-check';
  note: string;
  index: number;
  share: string;
  accepted: boolean;
}
type Case = CombineCase | TamperedCase | WrongShareCase | ShareCheckCase;
type File = VectorFile<Case>;

/** Opening without proofs needs no plan; one stands in where the type asks for it. */
const NO_PLAN = { planHash: '00'.repeat(32), attempt: 1 };

function checkCombine(file: File, entry: CombineCase): void {
  const key = cachedKey(file, entry.key);
  const finals = requireValidCiphertexts(key, [hexToBigint(entry.ciphertext)]);
  const all = vectorKey(file, entry.key).shares.map((share, position) => ({
    index: position + 1,
    x: partiallyDecrypt({ key, share: hexToBigint(share), finals }),
  }));
  expect(all.map(({ x }) => x[0]?.toString(16))).toEqual(entry.partialDecryptions);
  for (const { indices, w, message, lambda } of entry.combined) {
    expect(lagrangeCoefficients(indices, key.delta)).toEqual(lambda.map(BigInt));
    const parts = all.filter(({ index }) => indices.includes(index));
    const opened = openBlocks({ key, finals, ...NO_PLAN }, parts);
    expect(opened?.w.map((value) => value.toString(16))).toEqual([w]);
    expect(opened?.messages.map((value) => centreMessage(key, value))).toEqual([
      signedHex(message),
    ]);
    expect(signedHex(message)).toBe(signedHex(entry.message));
    expect(opened?.usedIndices).toEqual(indices);
  }
}

function checkTampered(file: File, entry: TamperedCase): void {
  const key = cachedKey(file, entry.key);
  const parts = entry.indices.map((index, position) => ({
    index,
    x: [hexToBigint(entry.partialDecryptions[position])],
  }));
  const opened = openBlocks({ key, finals: [hexToBigint(entry.ciphertext)], ...NO_PLAN }, parts);
  expect(opened !== undefined).toBe(entry.accepted);
}

function checkWrongShare(file: File, entry: WrongShareCase): void {
  const key = cachedKey(file, entry.key);
  const { planHash, attempt, cheaters } = entry;
  const finals = entry.blocks.map(hexToBigint);
  const shares = entry.shares.map((share): Share => ({
    ...share,
    attempt,
    format: 'veilsum-share/1',
    keyId: key.keyId,
    planHash,
  }));
  const combine = () => combineShares({ key, planHash, attempt, finals, shares });
  if (!entry.enough) {
    expect(combine).toThrow(CombineError);
    expect(cheatersNamedBy(combine)).toEqual(cheaters);
    return;
  }
  const combined = combine();
  expect(combined.cheaters).toEqual(cheaters);
  expect(centreMessage(key, combined.messages[0] ?? 0n)).toBe(signedHex(entry.message));
  expect(combined.w.map((value) => value.toString(16))).toEqual([entry.w]);
  expect(combined.usedIndices).not.toContain(cheaters[0]);
}

function cheatersNamedBy(action: () => unknown): readonly number[] | undefined {
  try {
    action();
  } catch (error) {
    if (error instanceof CombineError) return error.cheaters;
  }
  return undefined;
}

describe.each(vectorFiles<Case>('decryption'))('$name', (file) => {
  it.each(file.cases.map((entry, index) => ({ index, entry, kind: entry.kind, key: entry.key })))(
    '$key $kind $index',
    ({ entry }) => {
      if (entry.kind === 'combine') checkCombine(file, entry);
      else if (entry.kind === 'combine-tampered') checkTampered(file, entry);
      else if (entry.kind === 'wrong-share') checkWrongShare(file, entry);
      else {
        const { index, accepted } = entry;
        const key = cachedKey(file, entry.key);
        expect(verifyKeyShare(key, index, signedHex(entry.share))).toBe(accepted);
      }
    },
  );
});
