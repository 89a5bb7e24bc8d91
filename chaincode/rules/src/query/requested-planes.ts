import { VeilsumError, type Plane, type Product, type QueryRequest } from '@veilsum/protocol';
import { planeBounds } from '../product/plane-bounds.js';

/** The part of a request that fixes which planes it needs. */
export type FunctionRequest = Pick<QueryRequest, 'function' | 'measures' | 'span' | 'release'>;

type PlaneSource = (product: Product, request: FunctionRequest) => number[];

/** How many measures each function takes, from and to. */
const measureCounts = {
  count: [0, 0],
  sum: [1, 1],
  mean: [1, 1],
  variance: [1, 1],
  standardDeviation: [1, 1],
  ratio: [2, 2],
  share: [0, 1],
} as const satisfies Record<QueryRequest['function'], readonly [number, number]>;

const sources = {
  count: countPlanes,
  sum: sumPlanes,
  mean: (product, request) => [...sumPlanes(product, request), ...countPlanes(product, request)],
  variance: momentPlanes,
  standardDeviation: momentPlanes,
  ratio: sumPlanes,
  share: (product, request) =>
    request.measures.length === 0 ? countPlanes(product, request) : sumPlanes(product, request),
} as const satisfies Record<QueryRequest['function'], PlaneSource>;

/**
 * The planes that a function needs, as ascending indices into the product's planes, none twice
 * (docs/protocol.md §6.1). An exact sum takes the unbounded `total` of its measure where the product
 * has one; everything else takes bounded planes.
 * @throws {@link VeilsumError} FUNCTION_NOT_ALLOWED when the product does not answer the function,
 * measure, span or release; QUERY_INVALID when the function takes another number of measures
 */
export function planesFor(product: Product, request: FunctionRequest): number[] {
  if (!product.functions.includes(request.function)) {
    throw notAllowed(`The product does not answer ${request.function}.`);
  }
  requireMeasures(product, request);
  const planes = sources[request.function](product, request);
  if (request.release === 'noisy') requireBounded(product, planes);
  return [...new Set(planes)].sort((left, right) => left - right);
}

/**
 * The plane that holds the sum of a measure under a release: with exact release the unbounded `total`
 * if the product has one of that span, else the bounded `sum`.
 * @returns its index into the product's planes
 * @throws {@link VeilsumError} FUNCTION_NOT_ALLOWED when there is none
 */
export function sumPlaneFor(
  product: Product,
  measure: string,
  { span, release }: Pick<QueryRequest, 'span' | 'release'>,
): number {
  const total = product.planes.findIndex(holds({ statistic: 'total', measure, span }));
  if (release === 'exact' && total >= 0) return total;
  return requirePlane(product, { statistic: 'sum', measure, span });
}

function countPlanes(product: Product, { span }: FunctionRequest): number[] {
  return [requirePlane(product, { statistic: 'count', span })];
}

function sumPlanes(product: Product, request: FunctionRequest): number[] {
  return request.measures.map((measure) => sumPlaneFor(product, measure, request));
}

/** Squares are of bounded values, so the sum beside them is the bounded one under either release. */
function momentPlanes(product: Product, request: FunctionRequest): number[] {
  const { span, measures } = request;
  return [
    ...measures.flatMap((measure) => [
      requirePlane(product, { statistic: 'sumSquares', measure, span }),
      requirePlane(product, { statistic: 'sum', measure, span }),
    ]),
    ...countPlanes(product, request),
  ];
}

type PlaneKind = Pick<Plane, 'statistic' | 'measure' | 'span'>;

const holds = (kind: PlaneKind) => (plane: Plane) =>
  plane.statistic === kind.statistic && plane.measure === kind.measure && plane.span === kind.span;

function requirePlane(product: Product, kind: PlaneKind): number {
  const index = product.planes.findIndex(holds(kind));
  if (index >= 0) return index;
  const name = kind.measure === undefined ? kind.statistic : `${kind.statistic}(${kind.measure})`;
  throw notAllowed(`The product has no plane ${name} of span ${kind.span}.`);
}

function requireMeasures(product: Product, request: FunctionRequest): void {
  const [least, most] = measureCounts[request.function];
  const { length } = request.measures;
  if (length < least || length > most) {
    const range = least === most ? String(least) : `${least} or ${most}`;
    throw new VeilsumError(
      'QUERY_INVALID',
      `The function ${request.function} takes ${range} measures, not ${length}.`,
    );
  }
  if (new Set(request.measures).size !== length) {
    throw new VeilsumError('QUERY_INVALID', 'A ratio is of two different measures.');
  }
  const known = new Set(product.measures.map(({ name }) => name));
  const unknown = request.measures.find((measure) => !known.has(measure));
  if (unknown !== undefined) throw notAllowed(`The product has no measure ${unknown}.`);
}

function requireBounded(product: Product, planes: readonly number[]): void {
  const unbounded = planes
    .map((index) => product.planes[index])
    .find((plane) => plane !== undefined && planeBounds(product, plane) === undefined);
  if (unbounded === undefined) return;
  throw notAllowed(`The plane ${unbounded.name} has no bounds, so it is for exact release only.`);
}

function notAllowed(sentence: string): VeilsumError {
  return new VeilsumError('FUNCTION_NOT_ALLOWED', sentence);
}
