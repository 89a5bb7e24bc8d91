import { readFileSync } from 'node:fs';
import type { Plan, Product } from '@veilsum/protocol';
import { sampleProduct, sampleRequest } from '../../../../test/fakes/query-facts.js';
import { noiseFits, planPlanes } from './plan-planes.js';

const product = sampleProduct();

/** Statistic and measures of the planes of the vectors' product, in its order. */
const vectorProduct = sampleProduct({
  measures: [
    { name: 'sales', unit: 'cent', lower: '-500', upper: '2000' },
    { name: 'visits', unit: 'visit', lower: '0', upper: '50' },
    { name: 'refunds', unit: 'cent', lower: '-300', upper: '0' },
  ],
  planes: [
    { name: 'count', statistic: 'count', span: 'lane', valueBits: 16 },
    { name: 'a', statistic: 'sum', measure: 'sales', span: 'epoch', valueBits: 28 },
    { name: 'b', statistic: 'sum', measure: 'sales', span: 'lane', valueBits: 24 },
    { name: 'c', statistic: 'sumSquares', measure: 'sales', span: 'lane', valueBits: 60 },
    { name: 'd', statistic: 'sum', measure: 'visits', span: 'epoch', valueBits: 22 },
    { name: 'e', statistic: 'sum', measure: 'refunds', span: 'lane', valueBits: 20 },
  ],
});

describe('planPlanes', () => {
  test.each(vectorPlans())('makes the planes of the $release vector', (plan) => {
    const indices = plan.planes.map(({ plane }) => plane);
    expect(planPlanes(vectorProduct, plan, indices)).toEqual(plan.planes);
  });

  test('gives an unbounded plane no sensitivity, and none a part of an exact ε', () => {
    const exact = sampleRequest({ release: 'exact', epsilonMicro: 0 });
    expect(planPlanes(product, exact, [1, 2, 5])).toEqual([
      { epsilonMicro: 0, plane: 1, sensitivity: '4000' },
      { epsilonMicro: 0, plane: 2, sensitivity: '0' },
      { epsilonMicro: 0, plane: 5, sensitivity: '0' },
    ]);
  });

  test('gives each plane one millionth at least', () => {
    const parts = (epsilonMicro: number) =>
      planPlanes(product, sampleRequest({ epsilonMicro }), [0, 1, 3]).map(
        (plane) => plane.epsilonMicro,
      );
    expect(parts(3)).toEqual([1, 1, 1]);
    expect(parts(2)).toEqual([1, 1, 1]);
    expect(parts(8)).toEqual([2, 2, 2]);
  });
});

describe('noiseFits', () => {
  // 64 · 3 · 4000 · 10⁶ / 2^39 = 1.39…: the plane sum(sales) has 40 bits and sensitivity 4000.
  const outcome = (epsilonMicro: number, of: Product = product) => {
    const request = sampleRequest({ epsilonMicro });
    const planes = planPlanes(of, request, [1]);
    return noiseFits(of, request, { planes, keyholders: 3 });
  };

  test('takes the least ε that leaves room and refuses one less', () => {
    expect(outcome(2).passed).toBe(true);
    expect(outcome(1)).toMatchObject({ passed: false, code: 'EPSILON_TOO_SMALL' });
  });

  test('needs strictly more than the bound', () => {
    // 64 · 3 · 2 · 10⁶ = 384,000,000 against ε · 2^(b-1) with b = 8: ε = 3,000,000 is equality.
    const narrow = sampleProduct({
      planes: [
        { name: 'count', statistic: 'count', span: 'epoch', valueBits: 8 },
        { name: 'lanes', statistic: 'count', span: 'lane', valueBits: 8 },
      ],
    });
    expect(outcome(3_000_000, narrow).passed).toBe(false);
    expect(outcome(3_000_001, narrow).passed).toBe(true);
  });

  test('refuses an ε that is below one millionth a plane', () => {
    const request = sampleRequest({ epsilonMicro: 2 });
    const planes = planPlanes(product, request, [0, 1, 3]);
    const refused = noiseFits(product, request, { planes, keyholders: 3 });
    expect(refused).toMatchObject({ passed: false, code: 'EPSILON_TOO_SMALL' });
    expect(refused.sentence).toContain('ask with at least 0.000003');
  });

  test('never lets noise into a plane without bounds', () => {
    const request = sampleRequest({ epsilonMicro: 1_000_000_000 });
    const planes = planPlanes(product, request, [2]);
    expect(noiseFits(product, request, { planes, keyholders: 3 }).passed).toBe(false);
  });

  test('asks nothing of an exact release', () => {
    const exact = sampleRequest({ release: 'exact', epsilonMicro: 0 });
    const planes = planPlanes(product, exact, [2]);
    expect(noiseFits(product, exact, { planes, keyholders: 3 }).passed).toBe(true);
  });
});

function vectorPlans(): Plan[] {
  const path = new URL('../../../../test/vectors/end-to-end.json', import.meta.url);
  const { cases } = JSON.parse(readFileSync(path, 'utf8')) as { cases: { plan: Plan }[] };
  return cases.map(({ plan }) => plan);
}
