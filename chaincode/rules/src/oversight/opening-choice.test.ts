import { createHash } from 'node:crypto';
import { contributionIdSchema } from '@veilsum/protocol';
import fc from 'fast-check';
import {
  chooseOpenings,
  isRandomnessOf,
  rowsOfCells,
  type OpeningChoice,
} from './opening-choice.js';

const hex = (byte: number, length: number) => byte.toString(16).padStart(2, '0').repeat(length);
const candidate = (byte: number, coverage: readonly number[]) => ({
  contributionId: contributionIdSchema.parse(hex(byte, 16)),
  coverage: [...coverage],
});

/** The choice as docs/protocol.md §9 words it, written anew. */
function expected({ randomness, openingId, openings, candidates, cells }: OpeningChoice) {
  const prefix = (tag: string, id: string) =>
    Buffer.concat([Buffer.from(tag), Buffer.from(randomness + openingId + id, 'hex')]);
  const sha = (bytes: Buffer) => createHash('sha256').update(bytes).digest();
  const ranked = candidates
    .map(({ contributionId, coverage }) => ({
      contributionId,
      coverage,
      rank: sha(prefix('veilsum/v1/opening/contribution', contributionId)).toString('hex'),
    }))
    .sort((left, right) => left.rank.localeCompare(right.rank));
  return ranked.slice(0, openings.contributions).map(({ contributionId, coverage }) => {
    const chosen: number[] = [];
    for (let k = 0; chosen.length < Math.min(openings.cells, cells); k += 1) {
      const counter = Buffer.alloc(4);
      counter.writeUInt32BE(k);
      const drawn = Buffer.concat([prefix('veilsum/v1/opening/cell', contributionId), counter]);
      const x = sha(drawn).readBigUInt64BE();
      const open = coverage.filter((cell) => !chosen.includes(cell));
      const domain =
        chosen.length % 2 === 0 && open.length > 0
          ? coverage
          : Array.from({ length: cells }, (_unused, cell) => cell);
      const size = BigInt(domain.length);
      if (x >= 2n ** 64n - (2n ** 64n % size)) continue;
      const cell = domain[Number(x % size)] ?? -1;
      if (!chosen.includes(cell)) chosen.push(cell);
    }
    return { contributionId, cells: chosen.sort((left, right) => left - right) };
  });
}

describe('the choice of what is opened', () => {
  it('is what docs/protocol.md says, for whatever is drawn from', () => {
    const bytes = (length: number) =>
      fc
        .uint8Array({ minLength: length, maxLength: length })
        .map((array) => Buffer.from(array).toString('hex'));
    const choices = fc.integer({ min: 1, max: 12 }).chain((cells) =>
      fc.record({
        randomness: bytes(32),
        openingId: bytes(16),
        cells: fc.constant(cells),
        openings: fc.record({
          contributions: fc.integer({ min: 1, max: 4 }),
          cells: fc.integer({ min: 1, max: 5 }),
          answerMs: fc.constant(1000),
        }),
        candidates: fc
          .uniqueArray(fc.integer({ min: 0, max: 255 }), { maxLength: 6 })
          .chain((ids) =>
            fc.tuple(
              ...ids.map((id) =>
                fc
                  .uniqueArray(fc.integer({ min: 0, max: cells - 1 }), { maxLength: cells })
                  .map((coverage) =>
                    candidate(
                      id,
                      coverage.sort((a, b) => a - b),
                    ),
                  ),
              ),
            ),
          ),
      }),
    );
    fc.assert(
      fc.property(choices, (choice) => {
        expect(chooseOpenings(choice)).toEqual(expected(choice));
      }),
    );
  });

  it('opens a declared cell first, and every cell of a product with few', () => {
    const choice: OpeningChoice = {
      randomness: hex(7, 32),
      openingId: hex(9, 16),
      openings: { contributions: 1, cells: 1, answerMs: 1000 },
      candidates: [candidate(1, [4])],
      cells: 1000,
    };
    expect(chooseOpenings(choice)[0]?.cells).toEqual([4]);
    const all = { ...choice, cells: 3, openings: { ...choice.openings, cells: 64 } };
    expect(chooseOpenings({ ...all, candidates: [candidate(1, [])] })[0]?.cells).toEqual([0, 1, 2]);
    expect(chooseOpenings({ ...choice, candidates: [] })).toEqual([]);
  });

  it('depends on randomness and opening, so that neither is guessed from another', () => {
    const choice: OpeningChoice = {
      randomness: hex(7, 32),
      openingId: hex(9, 16),
      openings: { contributions: 1, cells: 8, answerMs: 1000 },
      candidates: [candidate(1, [])],
      cells: 100_000,
    };
    const [first] = chooseOpenings(choice);
    expect(first?.cells).toHaveLength(8);
    expect(chooseOpenings({ ...choice, randomness: hex(8, 32) })).not.toEqual([first]);
    expect(chooseOpenings({ ...choice, openingId: hex(8, 16) })).not.toEqual([first]);
  });
});

describe('rows of cells', () => {
  it('are cell · blocks + block, ascending', () => {
    expect(rowsOfCells([5, 2], [0, 1, 2], 3)).toEqual([6, 7, 8, 15, 16, 17]);
    expect(rowsOfCells([1], [2, 0], 4)).toEqual([4, 6]);
  });
});

describe('randomness', () => {
  it('is what hashes to what was fixed', () => {
    const hash = createHash('sha256').update(Buffer.alloc(32, 7)).digest('hex');
    expect(isRandomnessOf(hex(7, 32), hash)).toBe(true);
    expect(isRandomnessOf(hex(8, 32), hash)).toBe(false);
    expect(isRandomnessOf(hex(7, 32), '')).toBe(false);
  });
});
