import { createHash, randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import {
  Dictionary,
  Field,
  FixedSizeBinary,
  Int32,
  makeData,
  RecordBatch,
  RecordBatchFileWriter,
  Schema,
  Struct,
  tableFromIPC,
  Uint16,
  Uint32,
  vectorFromArray,
  type Data,
} from 'apache-arrow';
import fc from 'fast-check';

import type { ContributionContext } from '../contribution.js';
import { ContainerReader, writeContainer, type ContainerShape } from './index.js';

const MODULUS_BITS = 128;
const WIDTH = MODULUS_BITS / 4;
const context = {
  contributionId: 'ab'.repeat(16),
  contributor: 'shop-1',
  epoch: '2017-Q1',
  format: 'veilsum-contribution/1',
  keyId: 'cd'.repeat(32),
  layoutHash: 'ef'.repeat(32),
  productId: 'weekly-sales',
  productVersion: 1,
} as ContributionContext;
const proof = { a: 'a1', za: 'b2', zm: 'c3' };
const contextText = JSON.stringify(context);
const proofText = JSON.stringify(proof);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'veilsum-container-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

const rowsOf = (count: number) => Array.from({ length: count }, () => randomBytes(WIDTH));
const shapeOf = (cells: number, blocks: number): ContainerShape => ({
  cells,
  blocks,
  modulusBits: MODULUS_BITS,
});

async function readAll(path: string, shape: ContainerShape): Promise<Buffer> {
  const reader = await ContainerReader.open(path, shape);
  try {
    const parts: Uint8Array[] = [];
    for await (const batch of reader.batches()) {
      expect(batch.firstRow).toBe(parts.length);
      expect(batch.ciphertexts.length).toBeLessThanOrEqual(1024);
      parts.push(...batch.ciphertexts);
    }
    return Buffer.concat(parts);
  } finally {
    await reader.close();
  }
}

interface ForeignContainer {
  readonly cells?: readonly number[];
  readonly blocks?: readonly number[];
  readonly metadata?: readonly (readonly [string, string])[];
  readonly cellType?: 'uint32' | 'uint16' | 'int32' | 'dictionary';
  readonly width?: number;
  readonly extra?: boolean;
  readonly nullAt?: number;
  readonly batchRows?: number;
}

/** Another writer of the format, Apache Arrow's own, with whatever a test wants wrong. */
async function writeForeign(options: ForeignContainer): Promise<string> {
  const cells = options.cells ?? [0, 0, 1, 1, 2, 2];
  const blocks = options.blocks ?? [0, 1, 0, 1, 0, 1];
  const step = options.batchRows ?? cells.length;
  const writer = new RecordBatchFileWriter();
  for (let from = 0; from < cells.length; from += step) {
    const to = Math.min(from + step, cells.length);
    writer.write(foreignBatch(options, cells.slice(from, to), blocks.slice(from, to)));
  }
  writer.finish();
  const path = join(folder, `${randomBytes(6).toString('hex')}.arrow`);
  await writeFile(path, await writer.toUint8Array());
  return path;
}

function foreignBatch(
  options: ForeignContainer,
  cells: readonly number[],
  blocks: readonly number[],
): RecordBatch {
  const { length } = cells;
  const width = options.width ?? WIDTH;
  const ciphertext = new FixedSizeBinary(width);
  const columns: [string, Data][] = [
    ['cell', cellData(options, cells)],
    ['block', makeData({ type: new Uint16(), length, data: Uint16Array.from(blocks) })],
    [
      'ciphertext',
      makeData({ type: ciphertext, length, data: new Uint8Array(width * length).fill(7) }),
    ],
  ];
  if (options.extra === true) {
    columns.push([
      'weight',
      makeData({ type: new Uint32(), length, data: new Uint32Array(length) }),
    ]);
  }
  const fields = columns.map(([name, data]) => new Field(name, data.type, data.nullCount > 0));
  const entries = options.metadata ?? [
    ['context', contextText],
    ['proof', proofText],
  ];
  const children = columns.map(([, data]) => data);
  const data = makeData({ type: new Struct(fields), length, nullCount: 0, children });
  return new RecordBatch(new Schema(fields, new Map(entries)), data);
}

function cellData({ cellType, nullAt }: ForeignContainer, cells: readonly number[]): Data {
  const { length } = cells;
  if (cellType === 'uint16') {
    return makeData({ type: new Uint16(), length, data: Uint16Array.from(cells) });
  }
  if (cellType === 'int32') {
    return makeData({ type: new Int32(), length, data: Int32Array.from(cells) });
  }
  if (cellType === 'dictionary') {
    const encoded = vectorFromArray([...cells], new Dictionary(new Uint32(), new Int32(), 1));
    return encoded.data[0] as Data;
  }
  const data = Uint32Array.from(cells);
  if (nullAt === undefined) return makeData({ type: new Uint32(), length, data });
  const nullBitmap = new Uint8Array(8).fill(0xff);
  nullBitmap[nullAt >> 3] = 0xff ^ (1 << (nullAt & 7));
  return makeData({ type: new Uint32(), length, data, nullCount: 1, nullBitmap });
}

describe('writeContainer', () => {
  it('writes what it reads back, for any shape', async () => {
    const shapes = fc.record({
      cells: fc.integer({ min: 1, max: 700 }),
      blocks: fc.integer({ min: 1, max: 5 }),
    });
    await fc.assert(
      fc.asyncProperty(shapes, async ({ cells, blocks }) => {
        const shape = shapeOf(cells, blocks);
        const rows = rowsOf(cells * blocks);
        const path = join(folder, 'any.arrow');
        const written = await writeContainer({
          path,
          shape,
          context,
          ciphertexts: rows,
          prove: () => proof,
        });
        const bytes = await readFile(path);
        expect(written).toEqual({
          contentHash: createHash('sha256').update(bytes).digest('hex'),
          byteLength: bytes.length,
          rowCount: rows.length,
        });
        expect(await readAll(path, shape)).toEqual(Buffer.concat(rows));
      }),
      { numRuns: 25 },
    );
  });

  it("is read by Apache Arrow's own reader with the same values and metadata", async () => {
    const path = join(folder, 'own.arrow');
    const rows = rowsOf(2100);
    await writeContainer({
      path,
      shape: shapeOf(700, 3),
      context,
      ciphertexts: rows,
      prove: () => proof,
    });
    const table = tableFromIPC(await readFile(path));
    expect(table.numRows).toBe(2100);
    expect([...table.schema.metadata]).toEqual([
      ['context', contextText],
      ['proof', proofText],
    ]);
    expect(table.schema.fields.map((field) => `${field.name}: ${String(field.type)}`)).toEqual([
      'cell: Uint32',
      'block: Uint16',
      `ciphertext: FixedSizeBinary[${WIDTH}]`,
    ]);
    for (const row of [0, 1, 1023, 1024, 2099]) {
      const { cell, block, ciphertext } = table.get(row)?.toJSON() as Record<string, unknown>;
      expect([cell, block]).toEqual([Math.floor(row / 3), row % 3]);
      expect(Buffer.from(ciphertext as Uint8Array)).toEqual(rows[row]);
    }
  });

  it('asks for the proof after the last row and makes the same bytes again', async () => {
    const rows = rowsOf(6);
    const hashes: string[] = [];
    for (const name of ['first.arrow', 'second.arrow']) {
      let taken = 0;
      const ciphertexts = (function* () {
        for (const row of rows) {
          taken += 1;
          yield row;
        }
      })();
      const prove = () => {
        expect(taken).toBe(6);
        return proof;
      };
      const source = {
        path: join(folder, name),
        shape: shapeOf(3, 2),
        context,
        ciphertexts,
        prove,
      };
      hashes.push((await writeContainer(source)).contentHash);
    }
    expect(hashes[0]).toBe(hashes[1]);
  });

  it.each([
    ['too few rows', rowsOf(5), 'CONTAINER_ROWS'],
    ['too many rows', rowsOf(7), 'CONTAINER_ROWS'],
    ['a short ciphertext', [...rowsOf(5), randomBytes(WIDTH - 1)], 'CONTAINER_ELEMENT'],
  ])('refuses %s and leaves no file', async (_name, ciphertexts, code) => {
    const path = join(folder, 'refused', 'x.arrow');
    await mkdir(join(folder, 'refused'), { recursive: true });
    const source = { path, shape: shapeOf(3, 2), context, ciphertexts, prove: () => proof };
    await expect(writeContainer(source)).rejects.toMatchObject({ code });
    expect(await readdir(join(folder, 'refused'))).toEqual([]);
  });

  it('has room for the longest proof and refuses a longer one', async () => {
    const digits = (bits: number) => 'f'.repeat(Math.ceil(bits / 4));
    const longest = {
      a: digits(2 * MODULUS_BITS),
      za: digits(MODULUS_BITS / 2 + 417),
      zm: digits(MODULUS_BITS),
    };
    const path = join(folder, 'longest.arrow');
    const shape = shapeOf(3, 2);
    await writeContainer({ path, shape, context, ciphertexts: rowsOf(6), prove: () => longest });
    const reader = await ContainerReader.open(path, shape);
    expect(reader.proof).toEqual(longest);
    await reader.close();
    const tooLong = () => ({ ...longest, a: digits(4 * MODULUS_BITS) });
    await expect(
      writeContainer({ path, shape, context, ciphertexts: rowsOf(6), prove: tooLong }),
    ).rejects.toMatchObject({ code: 'CONTAINER_INVALID' });
  });
});

describe('ContainerReader', () => {
  const shape = shapeOf(3, 2);
  it("reads what Apache Arrow's own writer made, in any batches of at most 1024 rows", async () => {
    expect(await readAll(await writeForeign({}), shape)).toEqual(Buffer.alloc(6 * WIDTH, 7));
    expect(await readAll(await writeForeign({ batchRows: 1 }), shape)).toEqual(
      Buffer.alloc(6 * WIDTH, 7),
    );
  });

  it('reads chosen rows only', async () => {
    const path = join(folder, 'chosen.arrow');
    const rows = rowsOf(3000);
    const large = shapeOf(1500, 2);
    await writeContainer({ path, shape: large, context, ciphertexts: rows, prove: () => proof });
    const reader = await ContainerReader.open(path, large);
    const chosen: Uint8Array[] = [];
    for await (const ciphertext of reader.ciphertexts([0, 5, 5, 1023, 1024, 2999])) {
      chosen.push(ciphertext);
    }
    expect(chosen).toEqual([0, 5, 5, 1023, 1024, 2999].map((row) => rows[row]));
    await expect(reader.ciphertexts([3000]).next()).rejects.toMatchObject({
      code: 'CONTAINER_ROWS',
    });
    await reader.close();
  });

  it.each<[string, ForeignContainer, string, RegExp]>([
    ['an extra column', { extra: true }, 'CONTAINER_INVALID', /columns/],
    [
      'an extra entry',
      {
        metadata: [
          ['context', contextText],
          ['proof', proofText],
          ['note', '1'],
        ],
      },
      'CONTAINER_INVALID',
      /entries/,
    ],
    ['a missing entry', { metadata: [['context', contextText]] }, 'CONTAINER_INVALID', /entries/],
    [
      'a doubtful entry name',
      {
        metadata: [
          ['context', contextText],
          ['prove', proofText],
        ],
      },
      'CONTAINER_INVALID',
      /entries/,
    ],
    ['a null', { nullAt: 2 }, 'CONTAINER_INVALID', /nulls/],
    ['a narrower cell', { cellType: 'uint16' }, 'CONTAINER_INVALID', /cell has another type/],
    ['a signed cell', { cellType: 'int32' }, 'CONTAINER_INVALID', /cell has another type/],
    ['a dictionary', { cellType: 'dictionary' }, 'CONTAINER_INVALID', /dictionar/],
    ['wider ciphertexts', { width: WIDTH + 1 }, 'CONTAINER_INVALID', /ciphertext has another type/],
    [
      'a context that is not canonical',
      {
        metadata: [
          ['context', ` ${contextText}`],
          ['proof', proofText],
        ],
      },
      'CONTAINER_CONTEXT',
      /context/,
    ],
    [
      'a context with another field',
      {
        metadata: [
          ['context', '{"format":"veilsum-contribution/1"}'],
          ['proof', proofText],
        ],
      },
      'CONTAINER_CONTEXT',
      /context/,
    ],
    [
      'a proof with another field',
      {
        metadata: [
          ['context', contextText],
          ['proof', '{"a":"1"}'],
        ],
      },
      'CONTAINER_INVALID',
      /proof/,
    ],
    [
      'a missing row',
      { cells: [0, 0, 1, 1, 2], blocks: [0, 1, 0, 1, 0] },
      'CONTAINER_ROWS',
      /^Row 5/,
    ],
    [
      'an additional row',
      { cells: [0, 0, 1, 1, 2, 2, 3], blocks: [0, 1, 0, 1, 0, 1, 0] },
      'CONTAINER_ROWS',
      /^Row 6/,
    ],
    [
      'a doubled row',
      { cells: [0, 0, 1, 1, 1, 2], blocks: [0, 1, 0, 1, 1, 0] },
      'CONTAINER_ROWS',
      /^Row 4/,
    ],
    [
      'rows out of order',
      { cells: [0, 0, 2, 2, 1, 1], blocks: [0, 1, 0, 1, 0, 1] },
      'CONTAINER_ROWS',
      /^Row 2/,
    ],
    [
      'blocks out of order',
      { cells: [0, 0, 1, 1, 2, 2], blocks: [0, 1, 0, 1, 1, 0] },
      'CONTAINER_ROWS',
      /^Row 4/,
    ],
  ])('refuses %s', async (_name, container, code, sentence) => {
    const error: unknown = await readAll(await writeForeign(container), shape).catch(
      (reason: unknown) => reason,
    );
    expect(error).toMatchObject({ code, message: expect.stringMatching(sentence) as string });
  });

  it('refuses a batch of more than 1024 rows', async () => {
    const cells = Array.from({ length: 1025 }, (_, row) => row);
    const path = await writeForeign({ cells, blocks: cells.map(() => 0) });
    await expect(readAll(path, shapeOf(1025, 1))).rejects.toMatchObject({
      code: 'CONTAINER_INVALID',
      message: expect.stringMatching(/1025 rows/) as string,
    });
  });

  it('refuses a schema at the start that differs from the one in the footer', async () => {
    const path = join(folder, 'heads.arrow');
    await writeContainer({ path, shape, context, ciphertexts: rowsOf(6), prove: () => proof });
    const bytes = await readFile(path);
    bytes.write('"a9"', bytes.indexOf('"a1"'));
    await writeFile(path, bytes);
    await expect(readAll(path, shape)).rejects.toMatchObject({ code: 'CONTAINER_INVALID' });
  });

  it('refuses bytes between the batches and the footer', async () => {
    const path = join(folder, 'gap.arrow');
    await writeContainer({ path, shape, context, ciphertexts: rowsOf(6), prove: () => proof });
    const bytes = await readFile(path);
    const footerStart = bytes.length - 10 - bytes.readInt32LE(bytes.length - 10);
    await writeFile(
      path,
      Buffer.concat([
        bytes.subarray(0, footerStart - 8),
        Buffer.alloc(64),
        bytes.subarray(footerStart - 8),
      ]),
    );
    await expect(readAll(path, shape)).rejects.toMatchObject({ code: 'CONTAINER_INVALID' });
  });

  it('refuses a file cut at any length', async () => {
    const path = join(folder, 'cut.arrow');
    await writeContainer({ path, shape, context, ciphertexts: rowsOf(6), prove: () => proof });
    const bytes = await readFile(path);
    for (let length = 0; length < bytes.length; length += 7) {
      await writeFile(path, bytes.subarray(0, length));
      await expect(readAll(path, shape)).rejects.toMatchObject({ code: 'CONTAINER_INVALID' });
    }
  });

  it('answers any changed byte of metadata with a code, soon and without much memory', async () => {
    const path = join(folder, 'fuzz.arrow');
    await writeContainer({ path, shape, context, ciphertexts: rowsOf(6), prove: () => proof });
    const bytes = await readFile(path);
    const changes = fc.record({ at: fc.nat(bytes.length - 1), value: fc.nat(255) });
    await fc.assert(
      fc.asyncProperty(fc.array(changes, { minLength: 1, maxLength: 4 }), async (list) => {
        const copy = Buffer.from(bytes);
        for (const { at, value } of list) copy[at] = value;
        await writeFile(path, copy);
        const outcome: unknown = await readAll(path, shape).catch((error: unknown) => error);
        if (outcome instanceof Error) {
          expect(outcome).toMatchObject({ code: expect.stringMatching(/^CONTAINER_/) as string });
        }
      }),
      { numRuns: 200 },
    );
    expect((await stat(path)).size).toBe(bytes.length);
  });

  it('passes on that a file is missing', async () => {
    await expect(ContainerReader.open(join(folder, 'none'), shape)).rejects.toMatchObject({
      code: 'ENOENT',
    });
  });
});
