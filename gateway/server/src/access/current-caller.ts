import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { VeilsumError } from '@veilsum/protocol';

import type { GatewayRequest } from '../problems/gateway-request.js';

/** Gives a handler the caller that the guard found. */
export const CurrentCaller = createParamDecorator((_data: unknown, context: ExecutionContext) => {
  const { caller } = context.switchToHttp().getRequest<GatewayRequest>();
  if (caller === undefined) throw new VeilsumError('UNAUTHENTICATED', 'The caller is not known.');
  return caller;
});
