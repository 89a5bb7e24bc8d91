import { z } from 'zod';

/** An SQL expression over the columns of the source, evaluated row by row by DuckDB. */
const expression = z.string().trim().min(1).max(10_000);

/** YAML reads `week: 3` as a number and `flag: true` as a boolean; both are good SQL. */
const scalarExpression = z
  .union([expression, z.number(), z.boolean()])
  .transform((value) => String(value));

const asciiCharacter = z
  .string()
  .regex(/^[\x20-\x7e\t]$/, 'one ASCII character')
  .refine((character) => character !== '"', 'not the quote');

/** Where the rows come from, and how their bytes are read. */
export const mappingSourceSchema = z.strictObject({
  /** Relative to the mapping file; the command's --file goes before it. */
  path: z.string().min(1).optional(),
  format: z.enum(['auto', 'csv', 'tsv', 'parquet', 'ndjson']).default('auto'),
  compression: z.enum(['auto', 'gzip', 'none']).default('auto'),
  delimiter: asciiCharacter.optional(),
  header: z.boolean().default(true),
  encoding: z.literal('utf-8').default('utf-8'),
  nulls: z.array(z.string().max(64)).min(1).max(16).default(['']),
});
export type MappingSource = z.infer<typeof mappingSourceSchema>;

/**
 * A measure: `value` · 10^`scale` must be a whole number of the product's unit, so that dollars
 * become cents exactly (scale 2). `exact` refuses a fraction, `nearest` rounds it, halves away from 0.
 */
const measureMappingSchema = z.strictObject({
  value: scalarExpression,
  scale: z.number().int().min(0).max(9).default(0),
  rounding: z.enum(['exact', 'nearest']).default('exact'),
});
export type MeasureMapping = z.infer<typeof measureMappingSchema>;

const coverageSchema = z.union([
  /** auto: the cells with data. none: nothing is declared, and nothing earned by coverage. */
  z.enum(['auto', 'none']),
  /** Cell keys; a dimension left out stands for all its values. */
  z.strictObject({ cells: z.array(z.record(z.string(), z.string())).min(1).max(100_000) }),
]);
export type CoverageRule = z.infer<typeof coverageSchema>;

/** How a contributor's own file becomes what a product asks for. It never leaves the machine. */
export const mappingSchema = z.strictObject({
  format: z.literal('veilsum-mapping/1'),
  source: z.prefault(mappingSourceSchema, {}),
  /** Only rows for which this holds are counted. */
  where: scalarExpression.optional(),
  dimensions: z.record(z.string(), scalarExpression),
  /** The number of the lane, as the product counts it from its first one. */
  lane: scalarExpression,
  /** What makes a privacy unit: rows with the same value are of the same person, order … */
  unit: scalarExpression,
  measures: z
    .record(
      z.string(),
      z.union([
        measureMappingSchema,
        scalarExpression.transform((value): MeasureMapping => ({
          value,
          scale: 0,
          rounding: 'exact',
        })),
      ]),
    )
    .default({}),
  coverage: coverageSchema.default('auto'),
});
export type Mapping = z.infer<typeof mappingSchema>;
