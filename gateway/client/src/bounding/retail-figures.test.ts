import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { hasNoiseRoom, noiseVariance } from '@veilsum/crypto';
import { productDefinitionSchema, type Plane, type ProductDefinition } from '@veilsum/protocol';
import { checkProduct, layoutForProduct, planeBounds, sensitivity } from '@veilsum/rules';
import { parse } from 'yaml';
import { readMapping } from '../mapping/mapping-file.js';
import { readContribution, type Reading } from './read-contribution.js';

const retail = fileURLToPath(new URL('../../../../examples/retail/', import.meta.url));
const KEY = { modulusBits: 3072, l: 3 };
const EPSILON_MICRO = 1_000_000n;

interface Merchant {
  readonly id: string;
  readonly file: string;
  readonly exact: boolean;
}

async function readYaml(name: string): Promise<unknown> {
  return parse(await readFile(`${retail}${name}`, 'utf8')) as unknown;
}

/** What the example's two products are good for, computed from the true data. */
describe('the retail products', () => {
  let sales: ProductDefinition;
  let baskets: ProductDefinition;
  let exact: Reading[];
  let noisy: Reading[];

  beforeAll(async () => {
    sales = productDefinitionSchema.parse(await readYaml('products/weekly-sales.yaml'));
    baskets = productDefinitionSchema.parse(await readYaml('products/weekly-baskets.yaml'));
    const { merchants } = (await readYaml('merchants.yaml')) as { merchants: Merchant[] };
    const readAll = async (product: ProductDefinition, cohort: readonly Merchant[]) => {
      const mapping = await readMapping(`${retail}mappings/${product.productId}.yaml`);
      const readings: Reading[] = [];
      for (const { file } of cohort) {
        readings.push(await readContribution({ product, mapping, file: `${retail}${file}` }));
      }
      return readings;
    };
    exact = await readAll(
      sales,
      merchants.filter((merchant) => merchant.exact),
    );
    noisy = await readAll(baskets, merchants);
  });

  it('can be published, and fit into one block for each strip', () => {
    for (const product of [sales, baskets]) {
      expect(checkProduct(product, KEY).trace.filter(({ passed }) => !passed)).toEqual([]);
      expect(layoutForProduct(product, KEY).blocks).toBe(1);
    }
    expect(sales.budgetGroup).toBe(baskets.budgetGroup);
  });

  it('open totals exactly only, and leave room for the noise of all planes at ε = 1', () => {
    const total = sales.planes.filter(({ statistic }) => statistic === 'total');
    expect(total.map((plane) => planeBounds(sales, plane))).toEqual([undefined, undefined]);
    const epsilonMicro = EPSILON_MICRO / BigInt(baskets.planes.length);
    for (const plane of baskets.planes) {
      const law = { sensitivity: sensitivity(baskets, plane), epsilonMicro };
      expect(hasNoiseRoom({ l: 3, valueBits: plane.valueBits, ...law })).toBe(true);
    }
  });

  it('have eight merchants for exact release, and each department in at least five of them', () => {
    expect(exact).toHaveLength(8);
    expect(noisy).toHaveLength(12);
    const departments = sales.dimensions[0]?.values ?? [];
    expect(departments).toHaveLength(9);
    for (const cell of departments.keys()) {
      expect(exact.filter(({ coverage }) => coverage.includes(cell)).length).toBeGreaterThan(4);
    }
  });

  it.each([
    ['visits', 3n],
    ['sales-epoch', 15_000n],
  ])('give %s with a median standard error below a tenth of the value', (name, bound) => {
    const index = baskets.planes.findIndex((plane) => plane.name === name);
    const plane = baskets.planes[index];
    expect(plane).toBeDefined();
    expect(sensitivity(baskets, plane as Plane)).toBe(bound);
    const law = { sensitivity: bound, epsilonMicro: EPSILON_MICRO };
    const standardError = Math.sqrt(noiseVariance(3, law));
    const totals = cohortTotals(index).sort((left, right) => left - right);
    const median = totals[Math.floor(totals.length / 2)] ?? 0;
    expect(standardError / median).toBeLessThan(0.1);
  });

  /** One number for each (cell, slot) over all twelve merchants. */
  function cohortTotals(plane: number): number[] {
    const totals = new Map<string, number>();
    for (const { values } of noisy) {
      for (const [cell, strip] of values.strips) {
        for (const [slot, value] of (strip[plane] ?? []).entries()) {
          const place = `${cell}/${slot}`;
          totals.set(place, (totals.get(place) ?? 0) + Number(value));
        }
      }
    }
    return [...totals.values()];
  }
});
