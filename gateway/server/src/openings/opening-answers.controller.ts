import type { ServerResponse } from 'node:http';

import { Controller, Get, Inject, Param, Put, Req, Res, StreamableFile } from '@nestjs/common';
import {
  ApiBody,
  ApiConsumes,
  ApiCreatedResponse,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiTags,
} from '@nestjs/swagger';
import { openingTaskReferenceSchema, type OpeningTaskReference } from '@veilsum/protocol';
import { z } from 'zod';

import { AllowMembers } from '../access/access-rule.js';
import type { Caller } from '../access/caller.js';
import { CurrentCaller } from '../access/current-caller.js';
import type { GatewayRequest } from '../problems/gateway-request.js';
import { OpeningAnswerService } from './opening-answer-service.js';

const SEALED_TYPE = 'application/octet-stream';
const deliveredSchema = z.strictObject({ status: z.literal('answered') });
const idSchema = { type: 'string', pattern: '^[0-9a-f]{32}$' } as const;

const Task = () => Param({ schema: openingTaskReferenceSchema });

/** Sealed answers to openings (docs/protocol.md §9). */
@ApiTags('openings')
@ApiParam({ name: 'openingId', schema: idSchema })
@ApiParam({ name: 'contributionId', schema: idSchema })
@Controller('v1/openings/:openingId/contributions/:contributionId')
export class OpeningAnswersController {
  constructor(@Inject(OpeningAnswerService) private readonly service: OpeningAnswerService) {}

  @Put('answer')
  @AllowMembers()
  @ApiOperation({ summary: 'Deliver the sealed answer that was named (its contributor)' })
  @ApiConsumes(SEALED_TYPE)
  @ApiBody({ schema: { type: 'string', format: 'binary' } })
  @ApiCreatedResponse({ standardSchema: deliveredSchema })
  @ApiOkResponse({ standardSchema: deliveredSchema, description: 'The same was delivered before' })
  async put(
    @CurrentCaller() caller: Caller,
    @Task() task: OpeningTaskReference,
    @Req() request: GatewayRequest,
    @Res({ passthrough: true }) response: ServerResponse,
  ) {
    response.statusCode = (await this.service.store(caller, task, request)) ? 201 : 200;
    return { status: 'answered' };
  }

  @Get('answer')
  @AllowMembers()
  @ApiOperation({ summary: 'A sealed answer (the auditor of the opening)' })
  @ApiOkResponse({ content: { [SEALED_TYPE]: { schema: { type: 'string', format: 'binary' } } } })
  async get(@CurrentCaller() caller: Caller, @Task() task: OpeningTaskReference) {
    const { stream, byteLength } = await this.service.open(caller, task);
    return new StreamableFile(stream, { type: SEALED_TYPE, length: byteLength });
  }
}
