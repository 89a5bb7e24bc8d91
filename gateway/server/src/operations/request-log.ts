import type { ServerResponse } from 'node:http';

import type { GatewayRequest } from '../problems/gateway-request.js';
import type { Log } from './log.js';
import type { Metrics } from './metrics.js';

/** Writes one line and one measurement when an answer has ended; the path of the route, never its ids. */
export function requestLog(log: Log, metrics: Metrics) {
  return (request: GatewayRequest, response: ServerResponse, next: () => void): void => {
    const started = process.hrtime.bigint();
    response.once('close', () => {
      const seconds = Number(process.hrtime.bigint() - started) / 1e9;
      const route = typeof request.route?.path === 'string' ? request.route.path : 'none';
      const { method = '', correlationId } = request;
      const status = response.writableFinished ? response.statusCode : 499;
      metrics.requestSeconds.observe({ method, route, status: String(status) }, seconds);
      const facts = {
        method,
        route,
        status,
        correlationId,
        durationMs: Math.round(seconds * 1000),
      };
      log.info({ ...facts, member: request.caller?.member.memberId }, 'request');
    });
    next();
  };
}
