import { z } from 'zod';
import { budgetGroupSchema, memberIdSchema, productIdSchema } from './identifiers.js';
import {
  amountSchema,
  epsilonMicroSchema,
  integerStringSchema,
  timestampSchema,
} from './quantities.js';
import { roleSchema } from './member.js';

const label = z.string().min(1).max(64);

/** Statistics a plane may hold (docs/protocol.md §5). `total` is unbounded and only for exact release. */
export const statisticSchema = z.enum(['count', 'sum', 'sumSquares', 'sumProduct', 'total']);

/** Questions an analyst may put to a product (docs/ledger.md, Queries). */
export const queryFunctionSchema = z.enum([
  'count',
  'sum',
  'mean',
  'variance',
  'standardDeviation',
  'ratio',
  'share',
]);
export type QueryFunction = z.infer<typeof queryFunctionSchema>;

/** Purposes are W3C DPV terms, by their local name (https://w3id.org/dpv#…). */
export const purposeSchema = z.enum([
  'ResearchAndDevelopment',
  'AcademicResearch',
  'CommercialResearch',
  'ServiceOptimisation',
  'OptimisationForController',
  'FraudPreventionAndDetection',
  'Marketing',
  'Advertising',
  'Personalisation',
  'OrganisationGovernance',
  'VendorManagement',
  'CreditChecking',
  'RegulatoryOversight',
]);
export type Purpose = z.infer<typeof purposeSchema>;

export const dimensionSchema = z.strictObject({
  name: label,
  values: z.array(label).min(1).max(10_000),
  /** The value that takes everything not listed; without it an unknown value is an error of its row. */
  other: label.optional(),
});

/** The ordered axis inside a strip; `first` is the number of the first lane as the source data counts it. */
export const lanesSchema = z.strictObject({
  name: label,
  count: z.number().int().min(1).max(1000),
  unit: label,
  first: z.number().int().min(0).max(100_000),
});

/** A measure in integers of `unit`; bounds are on a privacy unit's total in one (cell, lane) pair. */
export const measureSchema = z.strictObject({
  name: label,
  unit: label,
  lower: integerStringSchema.optional(),
  upper: integerStringSchema.optional(),
});

/** `measure` is absent for count, one name for sum, sumSquares and total, and "a,b" for sumProduct(a, b). */
export const planeSchema = z.strictObject({
  name: label,
  measure: z.string().max(130).optional(),
  statistic: statisticSchema,
  span: z.enum(['lane', 'epoch']),
  valueBits: z.number().int().min(2).max(512),
});
export type Plane = z.infer<typeof planeSchema>;

export const classificationSchema = z.enum(['core', 'important', 'general']);
export type Classification = z.infer<typeof classificationSchema>;

/** Argument of `product:publish`: a standard that contributors and analysts share. */
export const productDefinitionSchema = z.strictObject({
  format: z.literal('veilsum-product/1'),
  productId: productIdSchema,
  version: z.number().int().min(1).max(1_000_000),
  title: z.string().min(1).max(120),
  description: z.string().min(1).max(2000),
  contributorRoles: z.array(roleSchema).min(1),
  dimensions: z.array(dimensionSchema).min(1).max(8),
  lanes: lanesSchema,
  measures: z.array(measureSchema).max(32),
  planes: z.array(planeSchema).min(1).max(64),
  privacyUnit: z.strictObject({
    name: label,
    maxCellsPerUnit: z.number().int().min(1).max(1_000_000),
  }),
  maxContributors: z.number().int().min(2).max(100_000),
  maskBits: z.number().int().min(40).max(128),
  functions: z.array(queryFunctionSchema).min(1),
  purposes: z.array(purposeSchema).min(1),
  classification: classificationSchema,
  tags: z.array(label).max(32),
  minCohort: z.number().int().min(2).max(100_000),
  differencing: z.enum(['cohort', 'unit']),
  price: amountSchema,
  epochs: z.strictObject({
    calendar: z.enum(['week', 'month', 'quarter', 'year']),
    graceDays: z.number().int().min(0).max(366),
  }),
  budgetGroup: budgetGroupSchema,
  epsilonPerEpochMicro: epsilonMicroSchema,
  /**
   * Who may ask: everyone when absent, else members with one of the roles or named here. A directed channel
   * names its recipients (docs/ledger.md, Standards).
   */
  audience: z
    .strictObject({ roles: z.array(roleSchema).max(10), members: z.array(memberIdSchema).max(64) })
    .optional(),
  /**
   * How much of what is contributed an auditor may be shown (docs/protocol.md §9); nothing when absent: of
   * so many contributions of an epoch, the blocks of so many cells each.
   */
  openings: z
    .strictObject({
      contributions: z.number().int().min(1).max(64),
      cells: z.number().int().min(1).max(64),
      /** How long a contributor may take to answer. */
      answerMs: z.number().int().min(1000).max(31_536_000_000),
    })
    .optional(),
  /** Words for whoever writes a mapping, by dimension or measure name. */
  mappingHints: z.record(z.string(), z.string().max(500)),
});
export type ProductDefinition = z.infer<typeof productDefinitionSchema>;

export const productSchema = productDefinitionSchema.extend({ publishedAt: timestampSchema });
export type Product = z.infer<typeof productSchema>;
