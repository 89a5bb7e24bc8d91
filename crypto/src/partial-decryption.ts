import type { Ciphertext } from './ciphertext.js';
import { canonicalBytes, decodeCanonicalJson } from './canonical-json.js';
import { EncodingError } from './errors.js';
import { bigintToHex } from './integer-encoding.js';
import { modularPower } from './modular-power.js';
import type { PartialDecryptionProof } from './partial-decryption-proof.js';
import { provePartialDecryption } from './partial-decryption-proof.js';
import type { PublicKey } from './public-key.js';

/**
 * One keyholder's share of an opening, as JSON; numbers are unpadded lower-case hex
 * (`docs/protocol.md §6.7`). Only the analyst may read it.
 */
export interface Share {
  /** Counts from 1. */
  readonly attempt: number;
  readonly format: 'veilsum-share/1';
  /** The keyholder's, 1..ℓ. */
  readonly index: number;
  readonly keyId: string;
  /** 64 lower-case hex digits. */
  readonly planHash: string;
  readonly proof: PartialDecryptionProof;
  /** xᵢⱼ in [1, n), in block order. */
  readonly x: readonly string[];
}

const SHARE_FORMAT = 'veilsum-share/1';
const SHARE_FIELDS = ['attempt', 'format', 'index', 'keyId', 'planHash', 'proof', 'x'];

/**
 * The partial decryptions xᵢⱼ = uⱼ^{2Δsᵢ} mod n of final blocks, uⱼ = c*ⱼ mod n
 * (`docs/protocol.md §6.5`). Only for blocks that contain the keyholder's own blinding, and for one
 * set of blocks per attempt: the caller stores that decision first.
 *
 * @param finals c*ⱼ in block order
 * @param share sᵢ, secret
 */
export function partiallyDecrypt(request: {
  readonly key: PublicKey;
  readonly share: bigint;
  readonly finals: readonly Ciphertext[];
}): bigint[] {
  const { key, share, finals } = request;
  const powers = modularPower(key.n);
  const exponent = 2n * key.delta * share;
  return finals.map((block) => powers.power(block % key.n, exponent));
}

/**
 * A keyholder's whole share: partial decryptions and their proof, ready to be encoded and sealed
 * (`docs/protocol.md §6.5` to §6.7).
 *
 * @param request share: sᵢ, secret; finals: c*ⱼ in block order, checked by the caller
 * @throws {@link ParameterError} when there are no blocks or the index is not of this key
 */
export function createShare(request: {
  readonly key: PublicKey;
  readonly index: number;
  readonly share: bigint;
  readonly planHash: string;
  readonly attempt: number;
  readonly finals: readonly Ciphertext[];
}): Share {
  const { key, index, planHash, attempt } = request;
  const x = partiallyDecrypt(request);
  return {
    attempt,
    format: SHARE_FORMAT,
    index,
    keyId: key.keyId,
    planHash,
    proof: provePartialDecryption({ ...request, x }),
    x: x.map(bigintToHex),
  };
}

/** The canonical JSON of a share in UTF-8, which is sealed to `resultKey` (`docs/protocol.md §6.7`). */
export function encodeShare(share: Share): Uint8Array {
  return canonicalBytes(share);
}

/**
 * A share out of its bytes; checks the shape only, not whether it is right.
 *
 * @throws {@link EncodingError} when the bytes are not canonical or the shape is another
 */
export function decodeShare(bytes: Uint8Array): Share {
  const value = decodeCanonicalJson(bytes) as unknown as Share;
  if (!hasShareShape(value)) throw new EncodingError('This is no share of a known version.');
  return value;
}

function hasShareShape(value: Partial<Record<keyof Share, unknown>> | null): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    Object.keys(value).join() === SHARE_FIELDS.join() &&
    value.format === SHARE_FORMAT &&
    [value.attempt, value.index].every(Number.isInteger) &&
    [value.keyId, value.planHash].every((field) => typeof field === 'string') &&
    typeof value.proof === 'object' &&
    value.proof !== null &&
    Array.isArray(value.x)
  );
}
