import type { ServerResponse } from 'node:http';

import { Catch, Inject, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { errorCodes } from '@veilsum/protocol';

import type { Log } from '../operations/log.js';
import { Metrics } from '../operations/metrics.js';
import { LOG } from '../settings.js';
import type { GatewayRequest } from './gateway-request.js';
import { problemDocument, refusalOf } from './problem-document.js';

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
    // What is left of an upload is not read; the connection cannot serve another request then.
    if (!request.complete) response.setHeader('connection', 'close');
    response.statusCode = problem.status;
    response.setHeader('content-type', 'application/problem+json; charset=utf-8');
    response.end(JSON.stringify(problem));
  }
}
