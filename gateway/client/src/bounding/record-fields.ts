import type { ProductMapping } from '../mapping/product-mapping.js';
import { wholeNumberChecks, type Check, type WholeNumberRule } from './whole-number.js';

/** One expression of a mapping and the column that its text goes to. */
export interface RecordField {
  /** As it is called in the mapping, e.g. `measures.sales`. */
  readonly field: string;
  readonly column: string;
  readonly expression: string;
  /** How its text is read as a whole number; undefined for texts. */
  readonly number: WholeNumberRule | undefined;
}

/** A {@link Check} with the field that it is about. */
export interface RowCheck extends Check {
  readonly field: string;
}

const LANE_NUMBER: WholeNumberRule = { scale: 0, rounding: 'exact' };

/** All expressions of a mapping but the filter; column names that no source has. */
export function recordFields(mapping: ProductMapping): RecordField[] {
  return [
    ...mapping.dimensions.map(({ name, expression }, index) => ({
      field: `dimensions.${name}`,
      column: `veilsum_d${index}`,
      expression,
      number: undefined,
    })),
    { field: 'lane', column: 'veilsum_lane', expression: mapping.lane, number: LANE_NUMBER },
    { field: 'unit', column: 'veilsum_unit', expression: mapping.unit, number: undefined },
    ...mapping.measures.map(({ name, value, scale, rounding }, index) => ({
      field: `measures.${name}`,
      column: `veilsum_m${index}`,
      expression: value,
      number: { scale, rounding },
    })),
  ];
}

/** Everything a row is refused for; the first that holds is reported. */
export function rowChecks(mapping: ProductMapping): RowCheck[] {
  const filter: RowCheck[] =
    mapping.where === undefined
      ? []
      : [{ field: 'where', condition: 'veilsum_where_failed', reason: 'cannot be computed' }];
  return [
    ...filter,
    ...recordFields(mapping).flatMap((field) =>
      checksOf(field, mapping).map((check) => ({ field: field.field, ...check })),
    ),
  ];
}

function checksOf({ field, column, number }: RecordField, mapping: ProductMapping): Check[] {
  const failed: Check = { condition: `${column}_failed`, reason: 'cannot be computed' };
  const empty: Check = { condition: `${column} IS NULL`, reason: 'is empty' };
  if (field === 'unit') {
    return [failed, empty, { condition: `${column} = ''`, reason: 'is empty' }];
  }
  if (number === undefined) return [failed, ...dimensionChecks(column, mapping)];
  const checks = [failed, empty, ...wholeNumberChecks(column, column, number)];
  return field === 'lane' ? [...checks, laneCheck(mapping)] : checks;
}

/** With a value `other`, nothing and everything not listed go there. */
function dimensionChecks(column: string, { dimensions }: ProductMapping): Check[] {
  const index = Number(column.slice('veilsum_d'.length));
  const dimension = dimensions[index];
  if (dimension?.otherIndex !== undefined) return [];
  const count = dimension?.values.length ?? 0;
  const without = 'and the product has no "other" value for that';
  return [
    { condition: `${column} IS NULL`, reason: `is empty, ${without}` },
    {
      condition: `veilsum_digit${index} IS NULL`,
      reason: `is none of the ${count} values that the product lists, ${without}`,
    },
  ];
}

function laneCheck({ product }: ProductMapping): Check {
  const { first, count, name } = product.lanes;
  const last = first + count - 1;
  return {
    condition: `veilsum_lane_whole NOT BETWEEN ${first} AND ${last}`,
    reason: `is outside the product's ${name} ${first} to ${last}`,
  };
}
