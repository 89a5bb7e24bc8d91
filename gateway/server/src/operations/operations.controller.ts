import type { ServerResponse } from 'node:http';

import { Controller, Get, Inject, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { hashSchema, memberIdSchema, VeilsumError } from '@veilsum/protocol';
import { z } from 'zod';

import { AllowAnyone } from '../access/access-rule.js';
import { LedgerFollower } from '../background/ledger-follower.js';
import { LedgerRecords } from '../ledger/ledger-records.js';
import { SETTINGS, type GatewaySettings } from '../settings.js';
import { Metrics } from './metrics.js';

const healthSchema = z.strictObject({ status: z.literal('ok') });
const infoSchema = z.strictObject({
  gatewayId: memberIdSchema,
  channel: z.string(),
  genesisHash: hashSchema,
  height: z.number().int().min(1),
  version: z.string(),
});

/** What operators and their tools ask; open to anyone who reaches the address. */
@ApiTags('operations')
@Controller()
export class OperationsController {
  constructor(
    @Inject(SETTINGS) private readonly settings: GatewaySettings,
    @Inject(LedgerRecords) private readonly records: LedgerRecords,
    @Inject(LedgerFollower) private readonly follower: LedgerFollower,
    @Inject(Metrics) private readonly metrics: Metrics,
  ) {}

  @Get('v1/health/live')
  @AllowAnyone()
  @ApiOperation({ summary: 'Whether the process answers' })
  @ApiOkResponse({ standardSchema: healthSchema })
  live() {
    return { status: 'ok' };
  }

  @Get('v1/health/ready')
  @AllowAnyone()
  @ApiOperation({ summary: 'Whether the gateway follows the ledger' })
  @ApiOkResponse({ standardSchema: healthSchema })
  async ready() {
    await this.records.height();
    if (this.follower.isFollowing) return { status: 'ok' };
    throw new VeilsumError('LEDGER_UNAVAILABLE', 'The gateway cannot follow the ledger now.');
  }

  @Get('v1/info')
  @AllowAnyone()
  @ApiOperation({ summary: 'Whose gateway this is and which ledger it follows' })
  @ApiOkResponse({ standardSchema: infoSchema })
  async info() {
    const { gatewayId, ledger, version } = this.settings;
    const height = await this.records.height();
    const { channel, genesisHash } = ledger;
    return { gatewayId, channel, genesisHash, height, version };
  }

  @Get('metrics')
  @AllowAnyone()
  @ApiOperation({ summary: 'Prometheus metrics' })
  @ApiOkResponse({ content: { 'text/plain': { schema: { type: 'string' } } } })
  async showMetrics(@Res() response: ServerResponse) {
    response.setHeader('content-type', this.metrics.registry.contentType);
    response.end(await this.metrics.registry.metrics());
  }
}
