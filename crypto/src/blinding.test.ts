import type { BlindingPlan } from './blinding.js';
import {
  applyBlindings,
  blindingContext,
  drawBlindingPlaintexts,
  generateBlinding,
  requiredBlocks,
  verifyBlinding,
} from './blinding.js';
import { generateKeyCeremony } from './ceremony.js';
import type { Ciphertext } from './ciphertext.js';
import { addCiphertexts } from './ciphertext.js';
import { ParameterError } from './errors.js';
import { blocksForPlanes, layoutFor, unitBits, unitsOfBlock } from './layout.js';
import { unpackBlock } from './packing.js';
import type { PublicKey } from './public-key.js';
import { decodePublicKey } from './public-key.js';

const layout = layoutFor({
  planes: [
    { name: 'count', span: 'lane', valueBits: 24 },
    { name: 'sum', span: 'lane', valueBits: 40 },
    { name: 'sum of the epoch', span: 'epoch', valueBits: 40 },
    { name: 'other', span: 'lane', valueBits: 40 },
    { name: 'last', span: 'lane', valueBits: 60 },
  ],
  lanes: 6,
  maskBits: 40,
  l: 3,
  modulusBits: 512,
});
const plan: BlindingPlan = {
  layout,
  groups: 3,
  planes: [
    { plane: 0, sensitivity: 3n, epsilonMicro: 500_000n },
    { plane: 2, sensitivity: 15_000n, epsilonMicro: 500_000n },
  ],
  release: 'noisy',
};
const ids = { planHash: 'cd'.repeat(32), attempt: 2, index: 3 };
const planes = [0, 2];
let key: PublicKey;

beforeAll(async () => {
  const { record } = await generateKeyCeremony({
    modulusBits: 512,
    l: 3,
    t: 2,
    insecureTestKey: true,
  });
  key = decodePublicKey(record);
});

describe('requiredBlocks', () => {
  it('orders by group, then block', () => {
    const blocks = blocksForPlanes(layout, planes);
    expect(blocks.length).toBeGreaterThan(1);
    expect(blocks.length).toBeLessThan(layout.blocks);
    expect(requiredBlocks(layout, planes, 2)).toEqual([
      ...blocks.map((block) => ({ group: 0, block })),
      ...blocks.map((block) => ({ group: 1, block })),
    ]);
  });
});

describe('drawBlindingPlaintexts', () => {
  const positions = requiredBlocks(layout, planes, plan.groups);

  it('puts a sample into each requested slot and a mask of full width over each other unit', () => {
    const opened = Array.from({ length: 40 }, () => drawBlindingPlaintexts(plan)).flatMap(
      (messages) =>
        messages.flatMap((message, position) =>
          unpackBlock(layout, positions[position]?.block ?? -1, message, planes),
        ),
    );
    const slots = opened.flatMap((unit) => unit.slots ?? []);
    const masks = opened.filter((unit) => unit.slots === undefined);
    let widest = 0n;
    for (const { unit, value } of masks) {
      const half = 1n << BigInt(unitBits(layout, unit) - 1 + layout.maskBits);
      expect(value >= -half && value < half).toBe(true);
      const permille = ((value < 0n ? -value : value) * 1000n) / half;
      if (permille > widest) widest = permille;
    }
    // Over a hundred uniform masks all in the lower 95 % has a chance below one in a hundred.
    expect(widest).toBeGreaterThan(950n);
    expect(slots).toHaveLength(40 * plan.groups * 7);
    expect(slots.filter((slot) => slot !== 0n).length).toBeGreaterThan(40 * plan.groups * 3);
  });

  it('draws the ends of the mask range from the ends of the source', () => {
    const exact: BlindingPlan = { ...plan, groups: 1, release: 'exact' };
    const lowest = drawBlindingPlaintexts(exact, () => 0n);
    const highest = drawBlindingPlaintexts(exact, (bound) => bound - 1n);
    for (const [position, { block }] of requiredBlocks(layout, planes, 1).entries()) {
      const low = unpackBlock(layout, block, lowest[position] ?? 0n, planes);
      const high = unpackBlock(layout, block, highest[position] ?? 0n, planes);
      for (const [place, unit] of unitsOfBlock(layout, block).entries()) {
        if (planes.includes(unit.plane)) continue;
        const half = 2n ** BigInt(unitBits(layout, unit) - 1 + 40);
        expect(low[place]?.value).toBe(-half);
        expect(high[place]?.value).toBe(half - 1n);
      }
    }
  });

  it('leaves requested slots at zero in exact release, and masks all the same', () => {
    const messages = drawBlindingPlaintexts({ ...plan, release: 'exact' });
    const opened = messages.flatMap((message, position) =>
      unpackBlock(layout, positions[position]?.block ?? -1, message, planes),
    );
    const slots = opened.flatMap((unit) => unit.slots ?? []);
    expect(slots.every((slot) => slot === 0n)).toBe(true);
    expect(slots.length).toBe(plan.groups * 7);
    const masks = opened.filter((unit) => unit.slots === undefined);
    expect(masks.length).toBeGreaterThan(0);
    expect(masks.every(({ value }) => value !== 0n)).toBe(true);
  });

  it('refuses noise that has no room, unless nothing is noisy', () => {
    const [first] = plan.planes;
    const narrow: BlindingPlan = {
      ...plan,
      planes: [{ ...first, plane: 0, sensitivity: 10n ** 6n, epsilonMicro: 1n }],
    };
    expect(() => drawBlindingPlaintexts(narrow)).toThrow(ParameterError);
    expect(drawBlindingPlaintexts({ ...narrow, release: 'exact' })).toHaveLength(plan.groups);
  });

  it('refuses a plane that is unknown or named twice', () => {
    const [first] = plan.planes;
    if (first === undefined) throw new Error('The plan has planes.');
    const unknown = { ...first, plane: 9 };
    expect(() => drawBlindingPlaintexts({ ...plan, planes: [unknown] })).toThrow(ParameterError);
  });
});

describe('generateBlinding', () => {
  it('gives blocks that verify under its own ids only', () => {
    const { blocks, proof, context, blindingHash } = generateBlinding({ ...plan, ...ids, key });
    const count = requiredBlocks(layout, planes, plan.groups).length;
    const claim = { ...ids, key, count, blindingHash, blocks, proof };
    expect(context).toEqual(blindingContext(ids));
    expect(verifyBlinding(claim)).toBe(true);
    const [first = 1n, second = 1n, ...rest] = blocks;
    for (const change of [
      { index: 2 },
      { attempt: 3 },
      { planHash: 'ef'.repeat(32) },
      { count: count - 1 },
      { blindingHash: 'ef'.repeat(32) },
      { blocks: [second, first, ...rest] },
      { blocks: blocks.slice(1) },
      { blocks: [addCiphertexts(key, first as Ciphertext, second as Ciphertext), second, ...rest] },
      { blocks: [-1n, second, ...rest] },
      { blocks: [first + key.n2, second, ...rest] },
      { proof: { ...proof, a: '1' } },
      { proof: { ...proof, zm: '1' } },
      { proof: { ...proof, za: '1' } },
    ]) {
      expect(verifyBlinding({ ...claim, ...change })).toBe(false);
    }
  });

  it('is never the same twice', () => {
    const [first, second] = [1, 2].map(() => generateBlinding({ ...plan, ...ids, key }));
    for (const [position, block] of (first?.blocks ?? []).entries()) {
      expect(second?.blocks[position]).not.toBe(block);
    }
    expect(first?.blindingHash).not.toBe(second?.blindingHash);
  });
});

describe('verifyBlinding', () => {
  it('refuses a rogue block whose hash was recorded all the same', async () => {
    const { hashBlinding } = await import('./block-hashes.js');
    const { blocks, proof } = generateBlinding({ ...plan, ...ids, key });
    const [first = 1n, ...rest] = blocks;
    const rogue = [(first * 4n) % key.n2, ...rest];
    const blindingHash = hashBlinding({ ...ids, key, blocks: rogue, proof });
    const claim = { ...ids, key, count: rogue.length, blindingHash, blocks: rogue, proof };
    expect(verifyBlinding(claim)).toBe(false);
  });
});

describe('applyBlindings', () => {
  it('multiplies block by block', () => {
    const of = (...values: bigint[]): Ciphertext[] => values as Ciphertext[];
    expect(applyBlindings(key, of(2n, 3n), [of(5n, 7n), of(11n, 13n)])).toEqual([110n, 273n]);
    expect(applyBlindings(key, of(2n, 3n), [])).toEqual([2n, 3n]);
  });

  it('refuses a blinding with another number of blocks', () => {
    const of = (...values: bigint[]): Ciphertext[] => values as Ciphertext[];
    expect(() => applyBlindings(key, of(2n), [of()])).toThrow(ParameterError);
    expect(() => applyBlindings(key, of(2n), [of(3n, 4n)])).toThrow(ParameterError);
  });
});
