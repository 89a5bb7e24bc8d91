import type { IncomingMessage } from 'node:http';

import type { Caller } from '../access/caller.js';

/** A request with what the gateway has found out about it. */
export interface GatewayRequest extends IncomingMessage {
  /** Names the request in logs and problem documents. */
  correlationId?: string;
  caller?: Caller;
  /** The pattern of the route, without the ids of this request. */
  route?: { readonly path?: unknown };
}
