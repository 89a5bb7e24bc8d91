/* eslint-disable @typescript-eslint/no-unsafe-class-instance-assignment -- the framework types plain options as a class */
import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { VeilsumError } from '@veilsum/protocol';

import { BackgroundWork } from './background/background-work.js';
import { GatewayModule, type GatewayParts } from './gateway-module.js';
import { FrameworkLog } from './operations/log.js';
import { Metrics } from './operations/metrics.js';
import { requestLog } from './operations/request-log.js';
import { correlate } from './problems/correlation.js';
import type { GatewayRequest } from './problems/gateway-request.js';

/** A connection on which nothing moves for this long is closed; an upload may take as long as it moves. */
const SILENCE_MS_MAX = 120_000;

export interface GatewayAddress {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
}

/** A gateway that answers. */
export interface RunningGateway {
  /** Without a slash at the end. */
  readonly url: string;
  /** Lets requests that are being answered end, then everything else. */
  close(): Promise<void>;
}

/**
 * Starts a gateway: HTTP and background work. It closes neither ledger nor compute pool, which it was
 * given.
 *
 * @throws {@link VeilsumError} PORT_IN_USE
 */
export async function startGateway(
  parts: GatewayParts,
  { host, port }: GatewayAddress,
): Promise<RunningGateway> {
  const application = await createApplication(parts);
  await listen(application, { host, port });
  const work = application.get(BackgroundWork);
  await work.start();
  return {
    url: await application.getUrl(),
    close: async () => {
      await work.stop();
      await application.close();
    },
  };
}

async function createApplication(parts: GatewayParts): Promise<NestExpressApplication> {
  const application = await NestFactory.create<NestExpressApplication>(GatewayModule.of(parts), {
    bodyParser: false,
    forceCloseConnections: true,
    logger: new FrameworkLog(parts.log),
  });
  application.disable('x-powered-by');
  application.use(correlate);
  application.use(requestLog(parts.log, application.get(Metrics)));
  // Uploads are PUT and stay streams; only what is posted is JSON that fits into memory.
  application.useBodyParser('json', {
    limit: parts.settings.requestBytesMax,
    type: (request: GatewayRequest) => request.method === 'POST',
  });
  const server = application.getHttpServer();
  server.requestTimeout = 0;
  server.timeout = SILENCE_MS_MAX;
  return application;
}

async function listen(
  application: NestExpressApplication,
  { host, port }: GatewayAddress,
): Promise<void> {
  try {
    await application.listen(port, host);
  } catch (error) {
    await application.close();
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') {
      const sentence = `The gateway cannot listen on ${host}:${port}; choose another with --gateway-port.`;
      throw new VeilsumError('PORT_IN_USE', sentence, { cause: error });
    }
    throw error;
  }
}
