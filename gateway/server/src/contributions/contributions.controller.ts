import type { ServerResponse } from 'node:http';

import {
  Controller,
  Get,
  Inject,
  Param,
  Put,
  Query,
  Req,
  Res,
  StreamableFile,
} from '@nestjs/common';
import {
  ApiBody,
  ApiConsumes,
  ApiCreatedResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import {
  contributionIdSchema,
  contributionSchema,
  epochSchema,
  memberIdSchema,
  productIdSchema,
  type ContributionId,
} from '@veilsum/protocol';
import { z } from 'zod';

import { AllowMembers } from '../access/access-rule.js';
import type { Caller } from '../access/caller.js';
import { CurrentCaller } from '../access/current-caller.js';
import { LedgerRecords, type ListFilter } from '../ledger/ledger-records.js';
import type { GatewayRequest } from '../problems/gateway-request.js';
import { ContributionService } from './contribution-service.js';

const CONTAINER_TYPE = 'application/vnd.apache.arrow.file';

const filterSchema = z.strictObject({
  productId: productIdSchema.optional(),
  epoch: epochSchema.optional(),
  contributorId: memberIdSchema.optional(),
});
const storedSchema = z.strictObject({
  contributionId: contributionIdSchema,
  status: z.literal('stored'),
});

/** Contributions and their containers (docs/protocol.md §5). */
@ApiTags('contributions')
@Controller('v1/contributions')
export class ContributionsController {
  constructor(
    @Inject(LedgerRecords) private readonly records: LedgerRecords,
    @Inject(ContributionService) private readonly contributions: ContributionService,
  ) {}

  @Get()
  @AllowMembers()
  @ApiOperation({ summary: 'Contributions as the ledger has them' })
  @ApiOkResponse({ standardSchema: z.array(contributionSchema) })
  list(@Query({ schema: filterSchema }) filter: ListFilter) {
    return this.records.contributions(filter);
  }

  @Get(':contributionId')
  @AllowMembers()
  @ApiOperation({ summary: 'One contribution' })
  @ApiOkResponse({ standardSchema: contributionSchema })
  read(@Param('contributionId', { schema: contributionIdSchema }) contributionId: ContributionId) {
    return this.records.contribution(contributionId);
  }

  @Put(':contributionId/container')
  @AllowMembers()
  @ApiOperation({ summary: 'Upload the container of a registered contribution (its contributor)' })
  @ApiConsumes(CONTAINER_TYPE)
  @ApiBody({ schema: { type: 'string', format: 'binary' } })
  @ApiCreatedResponse({ standardSchema: storedSchema, description: 'Verified and on the ledger' })
  @ApiOkResponse({ standardSchema: storedSchema, description: 'The same bytes were stored before' })
  async upload(
    @CurrentCaller() caller: Caller,
    @Param('contributionId', { schema: contributionIdSchema }) contributionId: ContributionId,
    @Req() request: GatewayRequest,
    @Res({ passthrough: true }) response: ServerResponse,
  ) {
    const length = request.headers['content-length'];
    const announcedBytes = length === undefined ? undefined : Number(length);
    const upload = { contributionId, bytes: request, announcedBytes };
    response.statusCode = (await this.contributions.store(caller, upload)) ? 201 : 200;
    return { contributionId, status: 'stored' };
  }

  @Get(':contributionId/container')
  @AllowMembers()
  @ApiOperation({
    summary: 'Download a container (keyholders, auditors, regulators, its contributor)',
  })
  @ApiOkResponse({
    content: { [CONTAINER_TYPE]: { schema: { type: 'string', format: 'binary' } } },
    description: 'The bytes whose SHA-256 is the contentHash of the ledger, which is the ETag',
  })
  async download(
    @CurrentCaller() caller: Caller,
    @Param('contributionId', { schema: contributionIdSchema }) contributionId: ContributionId,
    @Res({ passthrough: true }) response: ServerResponse,
  ) {
    const { stream, byteLength, hash } = await this.contributions.open(caller, contributionId);
    response.setHeader('etag', `"${hash}"`);
    return new StreamableFile(stream, { type: CONTAINER_TYPE, length: byteLength });
  }
}
