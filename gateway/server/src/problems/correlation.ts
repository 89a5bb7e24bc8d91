import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';

import type { GatewayRequest } from './gateway-request.js';

export const CORRELATION_HEADER = 'x-correlation-id';

/** What a caller may choose itself: it goes into logs, so nothing that could look like more. */
const ACCEPTED = /^[A-Za-z0-9-]{8,64}$/;

/** Gives every request a correlation id, the caller's own if it sent a harmless one. */
export function correlate(request: GatewayRequest, response: ServerResponse, next: () => void) {
  const sent = request.headers[CORRELATION_HEADER];
  const id = typeof sent === 'string' && ACCEPTED.test(sent) ? sent : randomUUID();
  request.correlationId = id;
  response.setHeader(CORRELATION_HEADER, id);
  next();
}
