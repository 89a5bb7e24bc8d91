import { canonicalBytes } from './canonical-json.js';
import { sha256Hex } from './hash.js';
import { bigintToBytes, encodeText, encodeUint32, hashToBytes } from './integer-encoding.js';
import type { PlaintextProof } from './plaintext-proof.js';
import type { PublicKey } from './public-key.js';

/** The blocks of one plan in block order: groups in plan order, then blocks ascending. */
export interface PlanBlocks {
  readonly key: PublicKey;
  /** 64 lower-case hex digits. */
  readonly planHash: string;
  /** Integers in [0, n²); public. */
  readonly blocks: readonly bigint[];
}

/** The blocks of one attempt at a plan. */
export interface AttemptBlocks extends PlanBlocks {
  /** Counts from 1. */
  readonly attempt: number;
}

/**
 * `aggregateHash`, 64 hex digits (`docs/protocol.md §6.2`).
 *
 * @throws {@link EncodingError} when planHash is no hash or a block is not in [0, n²)
 */
export function hashAggregate({ key, planHash, blocks }: PlanBlocks): string {
  return sha256Hex(
    encodeText('veilsum/v1/aggregate'),
    key.keyIdBytes,
    hashToBytes(planHash),
    ...blockParts(key, blocks),
  );
}

/**
 * `blindingHash`, 64 hex digits: what a keyholder records before it shows its blinding
 * (`docs/protocol.md §6.4`).
 *
 * @param blinding with the index 1..ℓ of its keyholder and its proof of plaintext knowledge
 * @throws {@link EncodingError} when planHash is no hash or a number is out of range
 */
export function hashBlinding(
  blinding: AttemptBlocks & { readonly index: number; readonly proof: PlaintextProof },
): string {
  const { key, planHash, attempt, index, blocks, proof } = blinding;
  return sha256Hex(
    encodeText('veilsum/v1/blinding'),
    key.keyIdBytes,
    hashToBytes(planHash),
    encodeUint32(attempt),
    encodeUint32(index),
    ...blockParts(key, blocks),
    canonicalBytes(proof),
  );
}

/**
 * `finalHash`, 64 hex digits: one for each attempt at a plan (`docs/protocol.md §6.5`).
 *
 * @throws {@link EncodingError} when planHash is no hash or a number is out of range
 */
export function hashFinal({ key, planHash, attempt, blocks }: AttemptBlocks): string {
  return sha256Hex(
    encodeText('veilsum/v1/final'),
    key.keyIdBytes,
    hashToBytes(planHash),
    encodeUint32(attempt),
    ...blockParts(key, blocks),
  );
}

/** u32(J) ‖ el2(c₀) ‖ … */
function blockParts(key: PublicKey, blocks: readonly bigint[]): Uint8Array[] {
  return [
    encodeUint32(blocks.length),
    ...blocks.map((block) => bigintToBytes(block, key.elementBytes2)),
  ];
}
