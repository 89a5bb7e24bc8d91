import { Controller, Get, Inject, Param } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { productIdSchema, productSchema, type ProductId } from '@veilsum/protocol';
import { z } from 'zod';

import { AllowMembers } from '../access/access-rule.js';
import { LedgerRecords } from '../ledger/ledger-records.js';

/** A version as it stands in a path. */
const versionSchema = z
  .string()
  .regex(/^[1-9]\d{0,6}$/, 'a version number')
  .transform(Number);

/** The catalogue of data products. */
@ApiTags('products')
@Controller('v1/products')
export class ProductsController {
  constructor(@Inject(LedgerRecords) private readonly records: LedgerRecords) {}

  @Get()
  @AllowMembers()
  @ApiOperation({ summary: 'Published data products' })
  @ApiOkResponse({ standardSchema: z.array(productSchema) })
  list() {
    return this.records.products();
  }

  @Get(':productId/:version')
  @AllowMembers()
  @ApiOperation({ summary: 'One version of a data product' })
  @ApiOkResponse({ standardSchema: productSchema })
  read(
    @Param('productId', { schema: productIdSchema }) productId: ProductId,
    @Param('version', { schema: versionSchema }) version: number,
  ) {
    return this.records.product(productId, version);
  }
}
