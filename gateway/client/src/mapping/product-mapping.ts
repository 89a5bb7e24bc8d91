import { VeilsumError, type ProductDefinition } from '@veilsum/protocol';
import { measureNames } from '@veilsum/rules';
import type { Mapping, MeasureMapping } from './mapping-schema.js';

/** A mapping and a product that fit together, in the product's order. */
export interface ProductMapping {
  readonly product: ProductDefinition;
  readonly where: string | undefined;
  readonly dimensions: readonly MappedDimension[];
  readonly lane: string;
  readonly unit: string;
  readonly measures: readonly MappedMeasure[];
}

export interface MappedDimension {
  readonly name: string;
  readonly expression: string;
  readonly values: readonly string[];
  /** Index of the value that takes everything not listed. */
  readonly otherIndex: number | undefined;
}

export interface MappedMeasure extends MeasureMapping {
  readonly name: string;
}

/**
 * Matches names. Measures that no plane uses may be left out of the mapping.
 * @throws {@link VeilsumError} MAPPING_INVALID when a name is missing or the product has no such name
 */
export function requireProductMapping(
  product: ProductDefinition,
  mapping: Mapping,
): ProductMapping {
  const known = product.dimensions.map(({ name }) => name);
  refuseUnknown('dimension', Object.keys(mapping.dimensions), known);
  const measures = product.measures.map(({ name }) => name);
  refuseUnknown('measure', Object.keys(mapping.measures), measures);
  const used = new Set(product.planes.flatMap(measureNames));
  return {
    product,
    where: mapping.where,
    dimensions: product.dimensions.map((dimension) => mappedDimension(dimension, mapping)),
    lane: mapping.lane,
    unit: mapping.unit,
    measures: measures.filter((name) => used.has(name)).map((name) => mappedMeasure(name, mapping)),
  };
}

function mappedDimension(
  { name, values, other }: ProductDefinition['dimensions'][number],
  mapping: Mapping,
): MappedDimension {
  const expression = own(mapping.dimensions, name);
  if (expression === undefined) throw missing('dimension', name);
  const otherIndex = other === undefined ? -1 : values.indexOf(other);
  return { name, expression, values, otherIndex: otherIndex < 0 ? undefined : otherIndex };
}

function mappedMeasure(name: string, mapping: Mapping): MappedMeasure {
  const measure = own(mapping.measures, name);
  if (measure === undefined) throw missing('measure', name);
  return { name, ...measure };
}

function own<Value>(record: Readonly<Record<string, Value>>, name: string): Value | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}

function refuseUnknown(kind: string, names: readonly string[], known: readonly string[]): void {
  const unknown = names.find((name) => !known.includes(name));
  if (unknown === undefined) return;
  const list = known.length === 0 ? 'none' : known.join(', ');
  throw new VeilsumError(
    'MAPPING_INVALID',
    `The product has no ${kind} "${unknown}"; it has ${list}.`,
  );
}

function missing(kind: string, name: string): VeilsumError {
  const sentence = `The mapping says nothing about the ${kind} "${name}" of the product.`;
  return new VeilsumError('MAPPING_INVALID', sentence);
}
