import {
  bytesToHex,
  hexToBigint,
  hexToBytes,
  partialDecryptionBase,
  partialDecryptionChallenge,
  partialDecryptionPower,
  partialDecryptionTranscriptHash,
  partialDecryptionWeight,
  provePartialDecryption,
  sha256Hex,
  verifyPartialDecryption,
} from '@veilsum/crypto';
import type { PartialDecryptionProof, PublicKey } from '@veilsum/crypto';

import { cachedKey } from './vector-keys.js';
import { signedHex, vectorFiles, vectorKey } from './vector-files.js';

interface Case {
  key: string;
  kind: string;
  note: string;
  planHash: string;
  attempt: number;
  index: number;
  blocks: string[];
  x: string[];
  proof: PartialDecryptionProof;
  accepted: boolean;
  r?: string;
  transcript?: string;
  transcriptHash?: string;
  weights?: string[];
  batchX?: string;
  batchY?: string;
  challenge?: string;
}

function statementOf(key: PublicKey, { planHash, attempt, index, blocks, x }: Case) {
  return {
    key,
    planHash,
    attempt,
    index,
    finals: blocks.map(signedHex),
    x: x.map(signedHex),
  };
}

function checkInnards(statement: ReturnType<typeof statementOf>, entry: Case): void {
  const tau = partialDecryptionTranscriptHash(statement);
  expect(bytesToHex(tau)).toBe(entry.transcriptHash);
  expect(sha256Hex(hexToBytes(entry.transcript ?? ''))).toBe(entry.transcriptHash);
  const weights = entry.blocks.map((_block, index) =>
    partialDecryptionWeight(tau, index).toString(16),
  );
  expect(weights).toEqual(entry.weights);
  expect(partialDecryptionBase(statement, tau).toString(16)).toBe(entry.batchX);
  expect(partialDecryptionPower(statement, tau).toString(16)).toBe(entry.batchY);
  const a1 = hexToBigint(entry.proof.a1);
  const a2 = hexToBigint(entry.proof.a2);
  const challenge = partialDecryptionChallenge(statement.key, tau, { a1, a2 });
  expect(challenge.toString(16)).toBe(entry.challenge);
}

describe.each(vectorFiles<Case>('proof'))('$name', (file) => {
  it.each(file.cases)('$key $kind: $note', (entry) => {
    const statement = statementOf(cachedKey(file, entry.key), entry);
    expect(verifyPartialDecryption({ ...statement, proof: entry.proof })).toBe(entry.accepted);
    if (entry.r !== undefined) {
      const share = hexToBigint(vectorKey(file, entry.key).shares[entry.index - 1]);
      const proof = provePartialDecryption({ ...statement, share, r: hexToBigint(entry.r) });
      expect(proof).toEqual(entry.proof);
    }
    if (entry.transcript !== undefined) checkInnards(statement, entry);
  });
});
