import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  amountSchema,
  epochSchema,
  memberIdSchema,
  productDefinitionSchema,
  purposeSchema,
  queryFunctionSchema,
  type ProductDefinition,
} from '@veilsum/protocol';
import { z } from 'zod';
import { readDocument } from '../document/document-file.js';
import { readMapping } from '../mapping/mapping-file.js';
import type { Mapping } from '../mapping/mapping-schema.js';

const merchantSchema = z.strictObject({
  id: memberIdSchema,
  /** Data file beside the example's own file. */
  file: z.string(),
  size: z.enum(['small', 'large']),
  /** Allows exact release too. */
  exact: z.boolean(),
  minimumPrice: amountSchema,
  minCohort: z.number().int().default(5),
  /** Purposes that this merchant does not allow. */
  excludes: z.array(purposeSchema).default([]),
});
export type ExampleMerchant = z.infer<typeof merchantSchema>;

const exampleSchema = z.strictObject({
  format: z.literal('veilsum-retail-example/1'),
  epoch: epochSchema,
  products: z.array(z.string()),
  functions: z.array(queryFunctionSchema),
  purposes: z.array(purposeSchema),
  merchants: z.array(merchantSchema),
  withdraws: memberIdSchema,
});

/** A product of the example with the mapping that reads every merchant's file for it. */
export interface ExampleProduct {
  readonly definition: ProductDefinition;
  readonly mapping: Mapping;
}

export interface RetailExample extends Omit<z.infer<typeof exampleSchema>, 'products'> {
  readonly products: readonly ExampleProduct[];
  dataFile(merchant: ExampleMerchant): string;
}

/** Reads `examples/retail`. @throws {@link VeilsumError} when a file of it is missing or not valid */
export async function readRetailExample(): Promise<RetailExample> {
  const folder = fileURLToPath(new URL('../../../../examples/retail', import.meta.url));
  const example = await readDocument(join(folder, 'merchants.yaml'), exampleSchema);
  const products = await Promise.all(
    example.products.map(async (name) => ({
      definition: await readDocument(
        join(folder, 'products', `${name}.yaml`),
        productDefinitionSchema,
      ),
      mapping: await readMapping(join(folder, 'mappings', `${name}.yaml`)),
    })),
  );
  return { ...example, products, dataFile: ({ file }) => join(folder, file) };
}
