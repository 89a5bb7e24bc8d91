import {
  combineShares,
  createCertificate,
  createEncryptor,
  createShare,
  hashFinal,
  packBlock,
  requiredBlocks,
  unitsOfBlock,
} from '@veilsum/crypto';
import type { AttemptRecord, Certificate, Hash, Plan } from '@veilsum/protocol';
import {
  committeeKey,
  dealtShareValue,
  testKey,
  testProduct,
} from '../../../../test/fakes/committee/test-committee.js';
import { layoutForProduct } from '../product/product-layout.js';
import { openGroups, type CertifiedPlan } from './opened-groups.js';

const layout = layoutForProduct(testProduct, committeeKey.record);
const planHash = 'ab'.repeat(32) as Hash;
/** Sum and squares: two planes, in two blocks of each group. */
const plan = {
  groups: [
    { cells: [0], key: { region: 'north' } },
    { cells: [1], key: { region: 'south' } },
  ],
  planes: [{ plane: 1 }, { plane: 2 }],
} as unknown as Plan;
const PLANES = [1, 2];
const values = (group: number, plane: number) => [BigInt(group * 10 + plane), -5n];

const positions = requiredBlocks(layout, PLANES, 2);
const encryptor = createEncryptor(testKey, {
  expectedCount: positions.length,
  format: 'veilsum-blinding/1',
});
const finals = positions.map(({ group, block }) => {
  const contents = unitsOfBlock(layout, block).map(({ plane }) =>
    PLANES.includes(plane) ? { slots: values(group, plane) } : { value: 3n },
  );
  return encryptor.encrypt(packBlock(layout, block, contents), encryptor.generateAlpha());
});
const opening = { key: testKey, planHash, attempt: 1, finals };
const finalHash = hashFinal({ ...opening, blocks: finals }) as Hash;
const shares = [1, 2].map((index) =>
  createShare({ ...opening, index, share: dealtShareValue(index) }),
);
const certificate = createCertificate(
  opening,
  combineShares({ ...opening, shares }),
) as Certificate;

const record = (index: number, hash = finalHash): AttemptRecord['shares'][number] => ({
  index,
  finalHash: hash,
  shareHash: planHash,
});
const certified = (change: Partial<CertifiedPlan> = {}): CertifiedPlan => ({
  key: testKey,
  layout,
  plan,
  planHash,
  certificate,
  groups: undefined,
  shares: [record(1), record(2)],
  ...change,
});
const refused = (code: string, sentence: RegExp) =>
  expect.objectContaining({ code, message: expect.stringMatching(sentence) as string }) as Error;
const north = { group: 0, key: { region: 'north' }, planes: planesOf(0) };
const south = { group: 1, key: { region: 'south' }, planes: planesOf(1) };

function planesOf(group: number) {
  return PLANES.map((plane) => ({ plane, values: values(group, plane).map(String) }));
}

/** The certificate with m and w of the blocks of one group only. */
function partOf(group: number): Certificate {
  const isChosen = (_text: string, block: number) => positions[block]?.group === group;
  const { m, w } = certificate;
  return { ...certificate, m: m.filter(isChosen), w: w.filter(isChosen) };
}

describe('openGroups', () => {
  it('decodes what a certificate proves', () => {
    const opened = openGroups(certified());
    expect(opened.groups).toEqual([north, south]);
    expect(opened.finalHash).toBe(finalHash);
    expect(opened.certificateHash).toMatch(/^[0-9a-f]{64}$/);
  });

  it('opens single groups, of a whole certificate or of its part', () => {
    expect(openGroups(certified({ groups: [1] })).groups).toEqual([south]);
    expect(openGroups(certified({ groups: [0], certificate: partOf(0) })).groups).toEqual([north]);
    expect(openGroups(certified({ groups: [1], certificate: partOf(1) })).groups).toEqual([south]);
    expect(openGroups(certified({ groups: [0, 1] })).groups).toEqual([north, south]);
  });

  it('takes the final block on which t keyholders agree', () => {
    const other = 'cd'.repeat(32) as Hash;
    expect(
      openGroups(certified({ shares: [record(3, other), record(1), record(2)] })).groups,
    ).toHaveLength(2);
    expect(() => openGroups(certified({ shares: [record(1)] }))).toThrow(
      refused('CERTIFICATE_INVALID', /no final block that 2 keyholders recorded/),
    );
    expect(() => openGroups(certified({ shares: [record(1, other), record(2)] }))).toThrow(
      refused('CERTIFICATE_INVALID', /no final block/),
    );
    expect(() => openGroups(certified({ shares: [record(1, other), record(2, other)] }))).toThrow(
      refused('CERTIFICATE_INVALID', /not those that the keyholders recorded/),
    );
  });

  it.each<[string, readonly number[]]>([
    ['one that is not there', [2]],
    ['a descending pair', [1, 0]],
    ['one twice', [0, 0]],
  ])('refuses groups with %s', (_what, groups) => {
    expect(() => openGroups(certified({ groups }))).toThrow(
      refused('INVALID_ARGUMENT', /groups must ascend, from 0 to 1/),
    );
  });

  it.each<[string, Partial<Certificate>, RegExp]>([
    ['of another plan', { planHash: 'cd'.repeat(32) as Hash }, /another plan or key/],
    ['of another key', { keyId: 'cd'.repeat(32) as Certificate['keyId'] }, /another plan or key/],
    ['of another attempt', { attempt: 2 }, /not those that the keyholders recorded/],
    ['with a block too few', { c: certificate.c.slice(1) }, /The plan has 4 blocks/],
    ['with a block of 0', { c: ['0', ...certificate.c.slice(1)] }, /out of range/],
    [
      'with blocks in another order',
      { c: [...certificate.c].reverse() },
      /not those that the keyholders recorded/,
    ],
    ['with another number', { m: ['1', ...certificate.m.slice(1)] }, /does not prove what it says/],
    ['with another root', { w: ['1', ...certificate.w.slice(1)] }, /does not prove what it says/],
    ['that opens too little', { m: certificate.m.slice(1) }, /exactly the blocks of the groups/],
  ])('refuses a certificate %s', (_what, change, sentence) => {
    const changed = { ...certificate, ...change };
    expect(() => openGroups(certified({ certificate: changed }))).toThrow(
      refused('CERTIFICATE_INVALID', sentence),
    );
  });

  it('refuses the part of one group as that of another', () => {
    expect(() => openGroups(certified({ groups: [0], certificate: partOf(1) }))).toThrow(
      refused('CERTIFICATE_INVALID', /does not prove what it says/),
    );
  });

  it('says when what was opened does not decode', () => {
    const narrow = {
      ...layout,
      units: layout.units.map((unit) => ({ ...unit, offset: unit.offset })),
    };
    const tight = { ...narrow, guardBits: layout.guardBits - 39 };
    expect(() => openGroups(certified({ layout: tight }))).toThrow(
      refused('RESULT_UNDECODABLE', /some contribution is out of bounds/),
    );
  });
});
