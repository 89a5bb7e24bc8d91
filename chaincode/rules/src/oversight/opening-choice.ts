import {
  encodeText,
  encodeUint32,
  hashToBytes,
  hexToBytes,
  sha256,
  sha256Hex,
} from '@veilsum/crypto';
import type { Contribution, Product } from '@veilsum/protocol';

/** A contribution that may be opened. */
export type OpenableContribution = Pick<Contribution, 'contributionId' | 'coverage'>;

/** What the choice depends on; all of it is public once the auditor has revealed its randomness. */
export interface OpeningChoice {
  /** 32 bytes in hex. */
  readonly randomness: string;
  readonly openingId: string;
  readonly openings: NonNullable<Product['openings']>;
  readonly candidates: readonly OpenableContribution[];
  /** Cell keys of the product. */
  readonly cells: number;
}

/** A chosen contribution with the cells whose blocks are opened, ascending. */
export interface ChosenContribution {
  readonly contributionId: Contribution['contributionId'];
  readonly cells: readonly number[];
}

/**
 * Which contributions and cells are opened (docs/protocol.md §9): the contributions whose hashes are the
 * lowest, and of each the cells that hashes draw, by turns from those that it declares to have data in and
 * from all. Nobody can steer it who does not know the randomness when the contributionId is fixed.
 */
export function chooseOpenings(choice: OpeningChoice): ChosenContribution[] {
  return [...choice.candidates]
    .map((candidate) => ({ candidate, rank: rankOf(choice, candidate.contributionId) }))
    .sort((left, right) => (left.rank < right.rank ? -1 : 1))
    .slice(0, choice.openings.contributions)
    .map(({ candidate }) => ({
      contributionId: candidate.contributionId,
      cells: drawCells(choice, candidate),
    }));
}

/** The rows of a container that hold the blocks of some cells, ascending. */
export function rowsOfCells(
  cells: readonly number[],
  blocks: readonly number[],
  blocksPerStrip: number,
): number[] {
  return cells
    .flatMap((cell) => blocks.map((block) => cell * blocksPerStrip + block))
    .sort((left, right) => left - right);
}

/** Whether revealed randomness is what was fixed before: its SHA-256. */
export function isRandomnessOf(randomness: string, randomnessHash: string): boolean {
  return sha256Hex(hashToBytes(randomness)) === randomnessHash;
}

function rankOf(choice: OpeningChoice, contributionId: string): string {
  return sha256Hex(...hashedParts('veilsum/v1/opening/contribution', choice, contributionId));
}

function drawCells(choice: OpeningChoice, candidate: OpenableContribution): number[] {
  const { cells, openings } = choice;
  const { coverage } = candidate;
  const wanted = Math.min(openings.cells, cells);
  const drawn = new Set<number>();
  for (let counter = 0; drawn.size < wanted; counter += 1) {
    const fromDeclared = drawn.size % 2 === 0 && coverage.some((cell) => !drawn.has(cell));
    const size = fromDeclared ? coverage.length : cells;
    const position = drawBelow(size, hashOfDraw(choice, candidate, counter));
    const cell = position === undefined || !fromDeclared ? position : coverage[position];
    // What is drawn a second time changes nothing, and the next counter draws again.
    if (cell !== undefined) drawn.add(cell);
  }
  return [...drawn].sort((left, right) => left - right);
}

/** 8 bytes as a number below 2^64; what would favour low positions is drawn again. */
function drawBelow(size: number, value: bigint): number | undefined {
  const range = 1n << 64n;
  const fair = range - (range % BigInt(size));
  return value < fair ? Number(value % BigInt(size)) : undefined;
}

function hashOfDraw(
  choice: OpeningChoice,
  { contributionId }: OpenableContribution,
  counter: number,
): bigint {
  const parts = hashedParts('veilsum/v1/opening/cell', choice, contributionId);
  const bytes = sha256(...parts, encodeUint32(counter)).subarray(0, 8);
  return bytes.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n);
}

/** tag ‖ randomness(32) ‖ openingId(16) ‖ contributionId(16) */
function hashedParts(
  tag: string,
  { randomness, openingId }: Pick<OpeningChoice, 'randomness' | 'openingId'>,
  contributionId: string,
): Uint8Array[] {
  return [
    encodeText(tag),
    hashToBytes(randomness),
    hexToBytes(openingId),
    hexToBytes(contributionId),
  ];
}
