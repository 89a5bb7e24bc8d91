import { Controller, Get, Inject, Param } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { memberIdSchema, memberSchema, type MemberId } from '@veilsum/protocol';
import { z } from 'zod';

import { AllowMembers } from '../access/access-rule.js';
import { LedgerRecords } from '../ledger/ledger-records.js';

/** Members of the consortium. */
@ApiTags('members')
@Controller('v1/members')
export class MembersController {
  constructor(@Inject(LedgerRecords) private readonly records: LedgerRecords) {}

  @Get()
  @AllowMembers()
  @ApiOperation({ summary: 'Members of the consortium' })
  @ApiOkResponse({ standardSchema: z.array(memberSchema) })
  list() {
    return this.records.members();
  }

  @Get(':memberId')
  @AllowMembers()
  @ApiOperation({ summary: 'One member' })
  @ApiOkResponse({ standardSchema: memberSchema })
  read(@Param('memberId', { schema: memberIdSchema }) memberId: MemberId) {
    return this.records.member(memberId);
  }
}
