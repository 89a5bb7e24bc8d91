import { Controller, Get, Inject, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { consentSchema, memberIdSchema, productIdSchema } from '@veilsum/protocol';
import { z } from 'zod';

import { AllowMembers } from '../access/access-rule.js';
import { LedgerRecords, type ListFilter } from '../ledger/ledger-records.js';

const filterSchema = z.strictObject({
  contributorId: memberIdSchema.optional(),
  productId: productIdSchema.optional(),
});

/** Consents as everyone in the consortium reads them. */
@ApiTags('consents')
@Controller('v1/consents')
export class ConsentsController {
  constructor(@Inject(LedgerRecords) private readonly records: LedgerRecords) {}

  @Get()
  @AllowMembers()
  @ApiOperation({ summary: 'Consents as the ledger has them' })
  @ApiOkResponse({ standardSchema: z.array(consentSchema) })
  list(@Query({ schema: filterSchema }) filter: ListFilter) {
    return this.records.consents(filter);
  }
}
