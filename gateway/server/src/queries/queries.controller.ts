import { Controller, Get, Inject, Param, Query, Sse, StreamableFile } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import {
  aggregateObjectSchema,
  attemptRecordSchema,
  memberIdSchema,
  productIdSchema,
  queryIdSchema,
  queryRecordSchema,
  queryStatusSchema,
  type QueryId,
} from '@veilsum/protocol';
import { z } from 'zod';

import { AllowMembers } from '../access/access-rule.js';
import type { Caller } from '../access/caller.js';
import { CurrentCaller } from '../access/current-caller.js';
import { LedgerRecords, type ListFilter } from '../ledger/ledger-records.js';
import { QueryProgress } from './query-progress.js';
import { QueryService } from './query-service.js';

const filterSchema = z.strictObject({
  status: queryStatusSchema.optional(),
  analystId: memberIdSchema.optional(),
  productId: productIdSchema.optional(),
});

/** Queries, their aggregates and their progress. */
@ApiTags('queries')
@Controller('v1/queries')
export class QueriesController {
  constructor(
    @Inject(LedgerRecords) private readonly records: LedgerRecords,
    @Inject(QueryService) private readonly queries: QueryService,
    @Inject(QueryProgress) private readonly progress: QueryProgress,
  ) {}

  @Get()
  @AllowMembers()
  @ApiOperation({ summary: 'Queries as the ledger has them' })
  @ApiOkResponse({ standardSchema: z.array(queryRecordSchema) })
  list(@Query({ schema: filterSchema }) filter: ListFilter) {
    return this.records.queries(filter);
  }

  @Get(':queryId')
  @AllowMembers()
  @ApiOperation({ summary: 'One query with its verdict and plan' })
  @ApiOkResponse({ standardSchema: queryRecordSchema })
  read(@Param('queryId', { schema: queryIdSchema }) queryId: QueryId) {
    return this.records.query(queryId);
  }

  @Get(':queryId/attempts')
  @AllowMembers()
  @ApiOperation({ summary: 'What the ledger holds of the attempts at a query' })
  @ApiOkResponse({ standardSchema: z.array(attemptRecordSchema) })
  attempts(@Param('queryId', { schema: queryIdSchema }) queryId: QueryId) {
    return this.records.attempts(queryId);
  }

  @Get(':queryId/aggregates')
  @AllowMembers()
  @ApiOperation({ summary: 'Aggregates (keyholders, auditors, the analyst); 404 until made' })
  @ApiOkResponse({ standardSchema: aggregateObjectSchema })
  async aggregates(
    @CurrentCaller() caller: Caller,
    @Param('queryId', { schema: queryIdSchema }) queryId: QueryId,
  ) {
    const { stream, byteLength } = await this.queries.openAggregates(caller, queryId);
    return new StreamableFile(stream, { type: 'application/json', length: byteLength });
  }

  @Sse(':queryId/events')
  @AllowMembers()
  @ApiOperation({ summary: 'Progress of a query as server-sent events, until it is final' })
  async events(@Param('queryId', { schema: queryIdSchema }) queryId: QueryId) {
    // Asked before the stream begins, so that an unknown query is a plain 404.
    await this.records.query(queryId);
    return this.progress.watch(queryId);
  }
}
