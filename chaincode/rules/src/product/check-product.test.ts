import {
  budgetGroupSchema,
  memberIdSchema,
  productIdSchema,
  type ProductDefinition,
  type Role,
} from '@veilsum/protocol';
import { sampleProduct } from '../../../contracts/src/testing/sample-objects.js';
import { STANDARD_LAYOUT_KEY, checkProduct } from './check-product.js';
import { checkProductAmong } from './product-versions.js';
import { layoutForProduct } from './product-layout.js';

type Plane = ProductDefinition['planes'][number];

const plane = (change: Partial<Plane>): Plane => ({
  name: 'extra',
  measure: 'sales',
  statistic: 'sum',
  span: 'lane',
  valueBits: 40,
  ...change,
});

/** The rules that fail, with their sentences. */
function faults(changes: Partial<ProductDefinition>): Record<string, string> {
  const { trace } = checkProduct(sampleProduct(changes));
  return Object.fromEntries(
    trace.filter((outcome) => !outcome.passed).map(({ rule, sentence }) => [rule, sentence]),
  );
}

describe('checkProduct', () => {
  it('accepts the sample product and says which rules were asked', () => {
    const verdict = checkProduct(sampleProduct());
    expect(verdict.allowed).toBe(true);
    expect(verdict.trace.map(({ rule }) => rule)).toEqual([
      'product-classification',
      'product-structure',
      'product-planes',
      'product-cells',
      'product-layout',
      'product-functions',
    ]);
  });

  it.each<[string, Partial<ProductDefinition>, RegExp]>([
    ['a dimension twice', { dimensions: [dimension(), dimension()] }, /dimensions.*region/],
    ['a value twice', { dimensions: [{ name: 'region', values: ['a', 'a'] }] }, /value a twice/],
    ['an other that is no value', { dimensions: [dimension({ other: 'rest' })] }, /no value rest/],
    ['a function twice', { functions: ['count', 'count'] }, /functions.*count/],
    ['a hint about nothing', { mappingHints: { nothing: 'x' } }, /hint nothing/],
    ['a cohort above its contributors', { minCohort: 5 }, /minCohort/],
    ['a role without data', { contributorRoles: ['auditor'] }, /auditor/],
    ['an audience of nobody', { audience: { roles: [], members: [] } }, /audience names nobody/],
    [
      'an audience with a role twice',
      audience(['regulator', 'regulator']),
      /audience has regulator twice/,
    ],
    ['an audience with a member twice', audience([], ['m-1', 'm-1']), /audience has m-1 twice/],
    ['one bound', { measures: [{ name: 'sales', unit: 'cent', lower: '0' }] }, /one bound/],
    ['crossed bounds', measures('5', '4'), /crossed/],
    ['bounds of nothing', measures('0', '0'), /both 0/],
    ['a comma in a measure', { measures: [{ name: 'a,b', unit: 'cent' }] }, /comma/],
  ])('refuses %s', (_name, changes, sentence) => {
    expect(faults(changes)).toEqual({
      'product-structure': expect.stringMatching(sentence) as string,
    });
  });

  it('accepts an audience of one role or one member', () => {
    expect(faults(audience(['regulator']))).toEqual({});
    expect(faults(audience([], ['m-1']))).toEqual({});
  });

  it('accepts bounds that meet, and negative ones', () => {
    expect(faults(measures('5', '5'))).toEqual({});
    expect(faults(measures('-5', '-4'))).toEqual({});
  });

  it.each<[string, Partial<Plane>, RegExp]>([
    ['an unknown measure', { measure: 'nothing' }, /nothing/],
    ['a count with a measure', { statistic: 'count' }, /takes no measure/],
    ['a sum of two measures', { measure: 'sales,items' }, /names the measure sales,items/],
    ['a product of one measure', { statistic: 'sumProduct' }, /two different/],
    ['a product of a measure with itself', pair('sales,sales'), /two different/],
    ['a product of three', pair('sales,items,sales'), /two different/],
    ['the content of another plane', { span: 'epoch' }, /holds the same as sales/],
  ])('refuses a plane of %s', (_name, change, sentence) => {
    const planes = [...sampleProduct().planes, plane(change)];
    expect(faults({ planes })).toEqual({
      'product-planes': expect.stringMatching(sentence) as string,
    });
  });

  it('refuses two product planes of the same measures in another order', () => {
    const planes = [
      ...sampleProduct().planes,
      plane({ ...pair('sales,items'), name: 'one' }),
      plane({ ...pair('items,sales'), name: 'two' }),
    ];
    expect(faults({ planes })).toEqual({
      'product-planes': expect.stringMatching(/plane two holds the same as one/) as string,
    });
  });

  it('wants bounds for everything but a total', () => {
    const measure = { name: 'weight', unit: 'gram' };
    const withPlane = (statistic: Plane['statistic']): Partial<ProductDefinition> => ({
      measures: [...sampleProduct().measures, measure],
      planes: [...sampleProduct().planes, plane({ measure: 'weight', statistic })],
    });
    expect(faults(withPlane('total'))).toEqual({});
    expect(faults(withPlane('sum'))).toEqual({
      'product-planes': expect.stringMatching(/needs bounds/) as string,
    });
  });

  it('wants valueBits that hold one privacy unit of every contributor', () => {
    // 4 contributors · 2 cells · 1000 cents = 8000, which lies below 2^13 but not below 2^12.
    const withBits = (valueBits: number) => ({
      planes: sampleProduct().planes.map((one) =>
        one.name === 'sales' ? { ...one, valueBits } : one,
      ),
    });
    expect(faults(withBits(14))).toEqual({});
    expect(faults(withBits(13))).toEqual({
      'product-planes': expect.stringMatching(/at least 14 valueBits/) as string,
    });
  });

  it('refuses a count whose cohort reaches the limit of its slot', () => {
    // 2 cells · 4 contributors = 8 = 2^3.
    const planes = (valueBits: number): Plane[] => [
      { name: 'visits', statistic: 'count', span: 'lane', valueBits },
    ];
    const functions: ProductDefinition['functions'] = ['count'];
    expect(faults({ planes: planes(4), functions })).toHaveProperty('product-planes');
    expect(faults({ planes: planes(5), functions })).toEqual({});
  });

  it('refuses core data, and important data not here but when it is asked for', () => {
    const verdict = checkProduct(sampleProduct({ classification: 'core' }));
    expect(verdict.trace[0]).toMatchObject({ passed: false, code: 'CLASSIFICATION_CORE' });
    expect(faults({ classification: 'important' })).toEqual({});
  });

  it('refuses a slot that no block can hold', () => {
    const planes = [...sampleProduct().planes, plane({ statistic: 'total', valueBits: 500 })];
    const product = sampleProduct({ planes });
    expect(checkProduct(product, STANDARD_LAYOUT_KEY).allowed).toBe(true);
    const small = checkProduct(product, { modulusBits: 512, l: 3 });
    expect(small.trace.filter(({ passed }) => !passed)).toMatchObject([
      { rule: 'product-layout', code: 'PRODUCT_INVALID', inputs: { modulusBits: '512', l: '3' } },
    ]);
  });

  it('refuses more cells than a container should have rows', () => {
    const values = Array.from({ length: 1001 }, (_, position) => `v${position}`);
    const dimensions = [
      { name: 'region', values },
      { name: 'shop', values: values.slice(1) },
    ];
    expect(faults({ dimensions })).toHaveProperty('product-cells');
    expect(
      faults({ dimensions: [dimensions[1] as never, { name: 'region', values: values.slice(1) }] }),
    ).toEqual({});
  });

  it.each([
    ['mean', ['visits']],
    ['mean', ['sales']],
    ['ratio', ['visits', 'sales']],
    ['variance', ['visits', 'sales']],
    ['sum', ['visits']],
    ['count', ['sales']],
  ] as const)('refuses the function %s over the planes %j', (name, kept) => {
    const planes = sampleProduct().planes.filter((one) => kept.some((own) => own === one.name));
    expect(faults({ planes, functions: [name] })).toEqual({
      'product-functions': expect.stringContaining(name) as string,
    });
  });

  it('does not add up planes of different spans', () => {
    const planes = sampleProduct().planes.map((one) =>
      one.name === 'visits' ? { ...one, span: 'lane' as const } : one,
    );
    expect(faults({ planes, functions: ['count', 'sum'] })).toEqual({});
    expect(faults({ planes, functions: ['mean'] })).toHaveProperty('product-functions');
  });
});

describe('checkProductAmong', () => {
  const published = [sampleProduct()];
  const among = (changes: Partial<ProductDefinition>) =>
    checkProductAmong(sampleProduct({ version: 2, ...changes }), published).allowed;

  it('keeps the budget group of a product and the calendar of a group', () => {
    expect(among({})).toBe(true);
    expect(among({ budgetGroup: budgetGroupSchema.parse('fresh') })).toBe(false);
    expect(among({ epochs: { calendar: 'week', graceDays: 14 } })).toBe(false);
    expect(among({ epochs: { calendar: 'quarter', graceDays: 1 } })).toBe(true);
  });

  it('holds for other products of the group, not for other groups', () => {
    const productId = productIdSchema.parse('baskets');
    const epochs = { calendar: 'week', graceDays: 1 } as const;
    expect(among({ productId, epochs })).toBe(false);
    expect(among({ productId, epochs, budgetGroup: budgetGroupSchema.parse('fresh') })).toBe(true);
  });

  it('accepts the first product of all', () => {
    expect(checkProductAmong(sampleProduct(), []).allowed).toBe(true);
  });
});

describe('layoutForProduct', () => {
  it('is the layout of protocol, for the lanes, planes and mask of the product', () => {
    const layout = layoutForProduct(sampleProduct(), { modulusBits: 3072, l: 3 });
    expect(layout).toMatchObject({ lanes: 4, maskBits: 40, modulusBits: 3072, l: 3, blocks: 1 });
    expect(layout.planes.map(({ name }) => name)).toEqual(['visits', 'sales', 'items', 'squares']);
    expect(layout.planes[0]).toEqual({ name: 'visits', span: 'epoch', valueBits: 24 });
  });
});

function dimension(change: Partial<ProductDefinition['dimensions'][number]> = {}) {
  return { name: 'region', values: ['north', 'south'], ...change };
}

function measures(lower: string, upper: string): Partial<ProductDefinition> {
  const [, items] = sampleProduct().measures;
  return { measures: [{ name: 'sales', unit: 'cent', lower, upper }, items as never] };
}

function audience(roles: Role[], members: string[] = []): Partial<ProductDefinition> {
  return { audience: { roles, members: members.map((member) => memberIdSchema.parse(member)) } };
}

function pair(measure: string): Partial<Plane> {
  return { measure, statistic: 'sumProduct' };
}
