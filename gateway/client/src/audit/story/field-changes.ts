import { encodeCanonicalJson } from '@veilsum/crypto';

/** A field that a transaction set or changed, as people read it. */
export interface FieldChange {
  readonly field: string;
  /** Absent when there was nothing. */
  readonly before?: string;
  /** Absent when it was removed. */
  readonly after?: string;
}

/** A time of this century in milliseconds, which no count or micro-ε of one field is. */
const TIME_MS = { from: 1_000_000_000_000, to: 9_000_000_000_000 };

/**
 * @param fields - which are looked at, in this order; absent: all of the object
 * @returns those that differ
 */
export function changedFields(
  before: unknown,
  after: unknown,
  fields?: readonly string[],
): FieldChange[] {
  const [was, is] = [fieldsOf(before), fieldsOf(after)];
  const names = fields ?? [...new Set([...Object.keys(was), ...Object.keys(is)])];
  return names
    .map((field) => ({ field, was: was[field], is: is[field] }))
    .filter((one) => one.was !== one.is)
    .map((one) => ({
      field: wordsOf(one.field),
      ...(one.was === undefined ? {} : { before: one.was }),
      ...(one.is === undefined ? {} : { after: one.is }),
    }));
}

function fieldsOf(value: unknown): Record<string, string> {
  if (typeof value !== 'object' || value === null) return {};
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, textOf(part)]));
}

/** @returns a value in words where it has some, else as canonical JSON */
export function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') {
    const isTime = value >= TIME_MS.from && value < TIME_MS.to;
    return isTime ? new Date(value).toISOString() : String(value);
  }
  if (Array.isArray(value) && value.every((part) => typeof part !== 'object')) {
    return value.length === 0 ? 'none' : value.map(textOf).join(', ');
  }
  return encodeCanonicalJson(value);
}

/** @returns `minimumPricePerUse` as `minimum price per use` */
export function wordsOf(field: string): string {
  return field
    .replace(/([A-Z])/g, (capital) => ` ${capital.toLowerCase()}`)
    .replace('epsilon', 'ε');
}
