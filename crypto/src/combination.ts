import type { IndexedPartialDecryption, OpenedBlocks, Opening } from './block-opening.js';
import { openBlocks } from './block-opening.js';
import { CombineError, CryptoError, ParameterError } from './errors.js';
import { hexToBigint } from './integer-encoding.js';
import type { Share } from './partial-decryption.js';
import { decodeShare } from './partial-decryption.js';
import { verifyPartialDecryption } from './partial-decryption-proof.js';
import { open } from './sealing.js';

/** What opened, and whose shares were wrong. */
export interface CombinedBlocks extends OpenedBlocks {
  /** The keyholders whose shares are wrong, ascending; looked for only when a check failed. */
  readonly cheaters: readonly number[];
}

/**
 * Opens the final blocks with t shares (`docs/protocol.md §7`). Optimistic: proofs are read only when
 * the check of a block fails; then every wrong share is named and t good ones are combined.
 *
 * @param opening shares: at most one of each keyholder, of index as the ledger has it; shares of
 * another key, plan, attempt or number of blocks are wrong shares
 * @throws {@link CombineError} when fewer than t good shares are there; its cheaters are the keyholders
 * with wrong ones
 * @throws {@link ParameterError} when two shares have one index or there are no blocks
 */
export function combineShares(
  opening: Opening & { readonly shares: readonly Share[] },
): CombinedBlocks {
  const { key, shares } = opening;
  if (new Set(shares.map(({ index }) => index)).size !== shares.length) {
    throw new ParameterError('Two shares have the same index.');
  }
  const readable: (IndexedPartialDecryption & { readonly share: Share })[] = [];
  const cheaters: number[] = [];
  for (const share of shares) {
    const x = readPartialDecryptions(opening, share);
    if (x === undefined) cheaters.push(share.index);
    else readable.push({ index: share.index, x, share });
  }
  const opened =
    readable.length < key.t ? undefined : openBlocks(opening, readable.slice(0, key.t));
  if (opened !== undefined) return { ...opened, cheaters: ascending(cheaters) };
  const good = readable.filter(({ index, x, share }) => {
    const holds = verifyPartialDecryption({ ...opening, index, x, proof: share.proof });
    if (!holds) cheaters.push(index);
    return holds;
  });
  return combineGood(opening, good, ascending(cheaters));
}

/**
 * Opens sealed shares and combines them as {@link combineShares} does. A share that does not open, or
 * says another index than the ledger has for it, is a wrong share of that keyholder.
 *
 * @param opening resultSecretKey: 32 bytes, secret; sealedShares: with the index that the ledger has
 * for the shareHash of these bytes
 * @throws {@link CombineError} when fewer than t good shares are there
 * @throws {@link ParameterError} when two shares have one index, there are no blocks, or the secret key
 * has a wrong length
 */
export function combineSealedShares(
  opening: Opening & {
    readonly resultSecretKey: Uint8Array;
    readonly sealedShares: readonly { readonly index: number; readonly sealed: Uint8Array }[];
  },
): CombinedBlocks {
  const { resultSecretKey, sealedShares } = opening;
  const shares: Share[] = [];
  const unreadable: number[] = [];
  for (const { index, sealed } of sealedShares) {
    const share = openShare(sealed, resultSecretKey);
    if (share?.index === index) shares.push(share);
    else unreadable.push(index);
  }
  try {
    const combined = combineShares({ ...opening, shares });
    return { ...combined, cheaters: ascending([...combined.cheaters, ...unreadable]) };
  } catch (error) {
    if (!(error instanceof CombineError)) throw error;
    throw new CombineError(error.message, [...error.cheaters, ...unreadable], error.code);
  }
}

/** xᵢⱼ of a share, or undefined when it is not about this opening or one is not in [1, n). */
function readPartialDecryptions(opening: Opening, share: Share): bigint[] | undefined {
  const { key } = opening;
  if (!isAbout(opening, share)) return undefined;
  if (!Number.isInteger(share.index) || share.index < 1 || share.index > key.l) return undefined;
  try {
    const x = share.x.map(hexToBigint);
    return x.every((value) => value >= 1n && value < key.n) ? x : undefined;
  } catch (error) {
    if (error instanceof CryptoError) return undefined;
    throw error;
  }
}

function isAbout({ key, planHash, attempt, finals }: Opening, share: Share): boolean {
  return (
    share.keyId === key.keyId &&
    share.planHash === planHash &&
    share.attempt === attempt &&
    share.x.length === finals.length
  );
}

function openShare(sealed: Uint8Array, resultSecretKey: Uint8Array): Share | undefined {
  try {
    return decodeShare(open(sealed, resultSecretKey));
  } catch (error) {
    if (error instanceof CryptoError && !(error instanceof ParameterError)) return undefined;
    throw error;
  }
}

/** Combines shares whose proofs hold. */
function combineGood(
  opening: Opening,
  good: readonly IndexedPartialDecryption[],
  cheaters: readonly number[],
): CombinedBlocks {
  const { key } = opening;
  if (good.length < key.t) {
    throw new CombineError(
      `Only ${good.length} of ${key.t} shares that are needed are right.`,
      cheaters,
      'SHARES_TOO_FEW',
    );
  }
  const opened = openBlocks(opening, good.slice(0, key.t));
  if (opened === undefined) {
    throw new CombineError('Shares with valid proofs do not open the blocks.', cheaters);
  }
  return { ...opened, cheaters };
}

function ascending(indices: readonly number[]): number[] {
  return [...indices].sort((left, right) => left - right);
}
