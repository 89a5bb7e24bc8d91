import {
  bigintToHex,
  blindingContext,
  canonicalBytes,
  decodeCanonicalJson,
  encodeCanonicalJson,
  hashBlinding,
  hexToBigint,
  requireValidCiphertexts,
  verifyBlinding,
  type Blinding,
  type Ciphertext,
} from '@veilsum/crypto';
import {
  blindingObjectSchema,
  hashSchema,
  type BlindingObject,
  type Hash,
} from '@veilsum/protocol';
import { blockCountOf, planAttemptOf, type CheckedPlan } from './checked-plan.js';

/** Canonical JSON of a blinding, as it is kept, shown and fetched (docs/protocol.md §6.4). */
export function encodeBlinding({ blocks, context, proof }: Blinding): Uint8Array {
  return canonicalBytes({
    blocks: blocks.map(bigintToHex),
    context,
    format: 'veilsum-blinding-object/1',
    proof,
  });
}

/** The hash that the own blinding has on the ledger. */
export function ownBlindingHash(checked: CheckedPlan, bytes: Uint8Array): Hash {
  const { blocks, proof } = decode(bytes);
  const { key, index } = checked.keyShare;
  const of = planAttemptOf(checked);
  return hashSchema.parse(
    hashBlinding({ key, ...of, index, blocks: blocks.map(hexToBigint), proof }),
  );
}

/**
 * The blocks of a blinding that is exactly the recorded one of that keyholder in this attempt.
 *
 * @param bytes from anyone
 * @returns undefined when it is another one, or its proof of plaintext knowledge does not hold
 * @throws when the bytes are no blinding object at all
 */
export function recordedBlocks(
  checked: CheckedPlan,
  index: number,
  bytes: Uint8Array,
): Ciphertext[] | undefined {
  const { key } = checked.keyShare;
  const of = planAttemptOf(checked);
  const { context, proof, blocks: hex } = decode(bytes);
  const blindingHash = checked.attempt.blindings.find((one) => one.index === index)?.blindingHash;
  const expected = encodeCanonicalJson(blindingContext({ ...of, index }));
  if (blindingHash === undefined || encodeCanonicalJson(context) !== expected) return undefined;
  const blocks = hex.map(hexToBigint);
  const count = blockCountOf(checked);
  const isRecorded = verifyBlinding({ key, ...of, index, count, blindingHash, blocks, proof });
  return isRecorded ? requireValidCiphertexts(key, blocks) : undefined;
}

function decode(bytes: Uint8Array): BlindingObject {
  return blindingObjectSchema.parse(decodeCanonicalJson(bytes));
}
