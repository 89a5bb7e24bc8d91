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
import { blindingObjectSchema, queryIdSchema } from '@veilsum/protocol';
import { z } from 'zod';

import { AllowMembers, AllowRoles } from '../access/access-rule.js';
import type { Caller } from '../access/caller.js';
import { CurrentCaller } from '../access/current-caller.js';
import type { AttemptSeat } from '../objects/object-names.js';
import type { GatewayRequest } from '../problems/gateway-request.js';
import { AttemptObjectService } from './attempt-object-service.js';

const SEALED_TYPE = 'application/octet-stream';

const positive = z
  .string()
  .regex(/^[1-9]\d{0,3}$/, 'a number from 1')
  .transform(Number);
const seatSchema = z.strictObject({ queryId: queryIdSchema, attempt: positive, index: positive });
const keptSchema = z.strictObject({ status: z.literal('stored') });

const Seat = () => Param({ schema: seatSchema });
const numberParameter = (name: string) =>
  ApiParam({ name, schema: { type: 'integer', minimum: 1 } });

/** Blindings and sealed shares of attempts (docs/protocol.md §6.4 and §6.7). */
@ApiTags('attempts')
@ApiParam({ name: 'queryId', schema: { type: 'string', pattern: '^[0-9a-f]{32}$' } })
@Controller('v1/queries/:queryId/attempts/:attempt')
export class AttemptObjectsController {
  constructor(@Inject(AttemptObjectService) private readonly service: AttemptObjectService) {}

  @Put('blindings/:index')
  @AllowRoles('keyholder')
  @numberParameter('attempt')
  @numberParameter('index')
  @ApiOperation({ summary: 'Show the blinding that was recorded (its keyholder)' })
  @ApiBody({ schema: z.toJSONSchema(blindingObjectSchema, { target: 'openapi-3.0' }) as object })
  @ApiCreatedResponse({ standardSchema: keptSchema })
  @ApiOkResponse({ standardSchema: keptSchema, description: 'The same was shown before' })
  async putBlinding(
    @CurrentCaller() caller: Caller,
    @Seat() seat: AttemptSeat,
    @Req() request: GatewayRequest,
    @Res({ passthrough: true }) response: ServerResponse,
  ) {
    const isNew = await this.service.storeBlinding(caller, seat, request);
    response.statusCode = isNew ? 201 : 200;
    return { status: 'stored' };
  }

  @Get('blindings/:index')
  @AllowMembers()
  @numberParameter('attempt')
  @numberParameter('index')
  @ApiOperation({ summary: 'A blinding (keyholders, auditors, the analyst)' })
  @ApiOkResponse({ standardSchema: blindingObjectSchema })
  async getBlinding(@CurrentCaller() caller: Caller, @Seat() seat: AttemptSeat) {
    const { stream, byteLength } = await this.service.openBlinding(caller, seat);
    return new StreamableFile(stream, { type: 'application/json', length: byteLength });
  }

  @Put('shares/:index')
  @AllowRoles('keyholder')
  @numberParameter('attempt')
  @numberParameter('index')
  @ApiOperation({ summary: 'Hand over the sealed share that was recorded (its keyholder)' })
  @ApiConsumes(SEALED_TYPE)
  @ApiBody({ schema: { type: 'string', format: 'binary' } })
  @ApiCreatedResponse({ standardSchema: keptSchema })
  @ApiOkResponse({ standardSchema: keptSchema, description: 'The same was handed over before' })
  async putShare(
    @CurrentCaller() caller: Caller,
    @Seat() seat: AttemptSeat,
    @Req() request: GatewayRequest,
    @Res({ passthrough: true }) response: ServerResponse,
  ) {
    response.statusCode = (await this.service.storeShare(caller, seat, request)) ? 201 : 200;
    return { status: 'stored' };
  }

  @Get('shares/:index')
  @AllowMembers()
  @numberParameter('attempt')
  @numberParameter('index')
  @ApiOperation({ summary: 'A sealed share (the analyst, auditors)' })
  @ApiOkResponse({ content: { [SEALED_TYPE]: { schema: { type: 'string', format: 'binary' } } } })
  async getShare(@CurrentCaller() caller: Caller, @Seat() seat: AttemptSeat) {
    const { stream, byteLength } = await this.service.openShare(caller, seat);
    return new StreamableFile(stream, { type: SEALED_TYPE, length: byteLength });
  }
}
