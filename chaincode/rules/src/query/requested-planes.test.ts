import { sampleProduct, sampleRequest } from '../../../../test/fakes/query-facts.js';
import { planesFor, type FunctionRequest } from './requested-planes.js';

const product = sampleProduct();
const planes = (change: Partial<Record<keyof FunctionRequest, unknown>>) =>
  planesFor(product, sampleRequest(change));

describe('planesFor', () => {
  test.each([
    [{ function: 'count', measures: [] }, [0]],
    [{ function: 'sum', measures: ['sales'] }, [1]],
    [{ function: 'sum', measures: ['sales'], release: 'exact' }, [2]],
    [{ function: 'sum', measures: ['visits'], release: 'exact' }, [4]],
    [{ function: 'sum', measures: ['weight'], release: 'exact' }, [5]],
    [{ function: 'sum', measures: ['sales'], span: 'epoch' }, [6]],
    [{ function: 'sum', measures: ['sales'], span: 'epoch', release: 'exact' }, [6]],
    [{ function: 'mean', measures: ['sales'] }, [0, 1]],
    [{ function: 'mean', measures: ['sales'], release: 'exact' }, [0, 2]],
    [{ function: 'variance', measures: ['sales'] }, [0, 1, 3]],
    [{ function: 'standardDeviation', measures: ['sales'], release: 'exact' }, [0, 1, 3]],
    [{ function: 'ratio', measures: ['visits', 'sales'] }, [1, 4]],
    [{ function: 'share', measures: [] }, [0]],
    [{ function: 'share', measures: ['visits'] }, [4]],
  ])('%j takes the planes %j', (change, expected) => {
    expect(planes(change)).toEqual(expected);
  });

  test.each([
    ['a span without a count plane', { function: 'count', measures: [], span: 'epoch' }],
    ['an unknown measure', { function: 'sum', measures: ['profit'] }],
    ['a measure without squares', { function: 'variance', measures: ['visits'] }],
    ['noise on a plane without bounds', { function: 'sum', measures: ['weight'] }],
    ['a span without that sum', { function: 'sum', measures: ['visits'], span: 'epoch' }],
  ])('refuses %s', (_name, change) => {
    expect(() => planes(change)).toThrow(
      expect.objectContaining({ code: 'FUNCTION_NOT_ALLOWED' }) as Error,
    );
  });

  test('refuses a function that the product does not answer', () => {
    const narrow = sampleProduct({ functions: ['count'] });
    expect(() => planesFor(narrow, sampleRequest())).toThrow(
      expect.objectContaining({ code: 'FUNCTION_NOT_ALLOWED' }) as Error,
    );
  });

  test.each([
    [{ function: 'count', measures: ['sales'] }],
    [{ function: 'sum', measures: [] }],
    [{ function: 'sum', measures: ['sales', 'visits'] }],
    [{ function: 'ratio', measures: ['sales'] }],
    [{ function: 'ratio', measures: ['sales', 'sales'] }],
    [{ function: 'share', measures: ['sales', 'visits'] }],
  ])('refuses %j, which has the wrong measures', (change) => {
    expect(() => planes(change)).toThrow(
      expect.objectContaining({ code: 'QUERY_INVALID' }) as Error,
    );
  });
});
