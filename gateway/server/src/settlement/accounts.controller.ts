import { Controller, Get, Inject, Param } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { accountIdSchema, accountSchema } from '@veilsum/protocol';

import { AllowMembers } from '../access/access-rule.js';
import { LedgerRecords } from '../ledger/ledger-records.js';

/** Balances of accounts. */
@ApiTags('settlement')
@Controller('v1/accounts')
export class AccountsController {
  constructor(@Inject(LedgerRecords) private readonly records: LedgerRecords) {}

  @Get(':accountId')
  @AllowMembers()
  @ApiOperation({ summary: 'The balance of one account' })
  @ApiOkResponse({ standardSchema: accountSchema })
  read(@Param('accountId', { schema: accountIdSchema }) accountId: string) {
    return this.records.account(accountId);
  }
}
