import type { ServerResponse } from 'node:http';

import { Catch, Inject, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { errorCodes } from '@veilsum/protocol';

import type { Log } from '../operations/log.js';
import { Metrics } from '../operations/metrics.js';
import { LOG } from '../settings.js';
import type { GatewayRequest } from './gateway-request.js';
import { problemDocument, refusalOf } from './problem-document.js';

/** How long the rest of a refused upload is taken before the connection is cut. */
const DROP_MS_MAX = 10_000;

/** Answers every failure with `application/problem+json` and its correlation id. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(
    @Inject(LOG) private readonly log: Log,
    @Inject(Metrics) private readonly metrics: Metrics,
  ) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<GatewayRequest>();
    const response = http.getResponse<ServerResponse>();
    const correlationId = request.correlationId ?? '';
    const refusal = refusalOf(error);
    this.metrics.refusals.inc({ code: refusal.code });
    if (errorCodes[refusal.code].httpStatus >= 500) {
      this.log.error({ correlationId, code: refusal.code, err: refusal }, 'request failed');
    }
    if (response.headersSent || response.destroyed) {
      response.destroy();
      return;
    }
    const problem = problemDocument(refusal, correlationId);
    dropRest(request);
    response.statusCode = problem.status;
    response.setHeader('content-type', 'application/problem+json; charset=utf-8');
    response.end(JSON.stringify(problem));
  }
}

/** A caller that is still sending reads the answer only if its bytes are taken and thrown away. */
function dropRest(request: GatewayRequest): void {
  if (request.complete) return;
  request.resume();
  const timer = setTimeout(() => {
    if (!request.complete) request.destroy();
  }, DROP_MS_MAX);
  timer.unref();
}
