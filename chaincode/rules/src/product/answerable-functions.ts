import {
  VeilsumError,
  type Product,
  type ProductDefinition,
  type QueryFunction,
} from '@veilsum/protocol';
import { planesFor, type FunctionRequest } from '../query/requested-planes.js';

/** The functions that a product lists although no measure, span and release lets its planes answer them. */
export function unansweredFunctions(product: ProductDefinition): string[] {
  // The rule is asked as if the product were published; which day does not matter to it.
  const candidate: Product = { ...product, publishedAt: 0 };
  return product.functions
    .filter((name) => !requestsOf(product, name).some((request) => answers(candidate, request)))
    .map((name) => `The function ${name} cannot be answered from the planes.`);
}

function answers(product: Product, request: FunctionRequest): boolean {
  try {
    planesFor(product, request);
    return true;
  } catch (error) {
    if (error instanceof VeilsumError) return false;
    throw error;
  }
}

function requestsOf(product: ProductDefinition, name: QueryFunction): FunctionRequest[] {
  return measureLists(product.measures.map((measure) => measure.name)).flatMap((measures) =>
    (['lane', 'epoch'] as const).flatMap((span) =>
      (['noisy', 'exact'] as const).map((release) => ({ function: name, measures, span, release })),
    ),
  );
}

/** No measure, each one, and each ordered pair. */
function measureLists(names: readonly string[]): string[][] {
  const pairs = names.flatMap((first) =>
    names.filter((second) => second !== first).map((second) => [first, second]),
  );
  return [[], ...names.map((name) => [name]), ...pairs];
}
