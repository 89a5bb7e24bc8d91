import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ContributionId, QueryId } from '@veilsum/protocol';
import { HttpGateway, type HttpGatewayOptions } from './http-gateway.js';

type Handler = (request: IncomingMessage, response: ServerResponse, body: Buffer) => void;

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

/** A gateway over a real socket that answers as the test says. */
async function gatewayWith(handler: Handler, options: Partial<HttpGatewayOptions> = {}) {
  const server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      handler(request, response, Buffer.concat(pieces));
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return new HttpGateway({
    url: `http://127.0.0.1:${port}/`,
    token: () => Promise.resolve('a-token'),
    silenceMsMax: 300,
    backoff: { attemptsMax: 3, firstDelayMs: 1, delayMsMax: 2 },
    ...options,
  });
}

const queryId = '0'.repeat(32) as QueryId;
const contributionId = '1'.repeat(32) as ContributionId;
const seat = { queryId, attempt: 2, index: 3 };

async function collected(pieces: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const piece of pieces) all.push(piece);
  return Buffer.concat(all);
}

test('objects are asked for and brought under their addresses, with a token', async () => {
  const seen: string[] = [];
  const gateway = await gatewayWith((request, response, body) => {
    const { method, url, headers } = request;
    seen.push(`${method ?? ''} ${url ?? ''} ${headers.authorization ?? ''} ${body.toString()}`);
    response.end('answer');
  });
  expect(Buffer.from(await gateway.readAggregates(queryId, 10)).toString()).toBe('answer');
  expect(Buffer.from(await gateway.readBlinding(seat, 10)).toString()).toBe('answer');
  await gateway.putBlinding(seat, Buffer.from('b'));
  await gateway.putShare(seat, Buffer.from('s'));
  expect((await collected(gateway.readContainer(contributionId))).toString()).toBe('answer');
  expect(seen).toEqual([
    `GET /v1/queries/${queryId}/aggregates Bearer a-token `,
    `GET /v1/queries/${queryId}/attempts/2/blindings/3 Bearer a-token `,
    `PUT /v1/queries/${queryId}/attempts/2/blindings/3 Bearer a-token b`,
    `PUT /v1/queries/${queryId}/attempts/2/shares/3 Bearer a-token s`,
    `GET /v1/contributions/${contributionId}/container Bearer a-token `,
  ]);
});

test('a failure that passes is tried again, one that does not is not', async () => {
  let calls = 0;
  const gateway = await gatewayWith((_, response) => {
    calls += 1;
    response.statusCode = calls < 3 ? 503 : 200;
    response.end('late');
  });
  expect(Buffer.from(await gateway.readAggregates(queryId, 10)).toString()).toBe('late');
  expect(calls).toBe(3);
  let denials = 0;
  const denying = await gatewayWith((_, response) => {
    denials += 1;
    response.statusCode = 403;
    response.end('no');
  });
  await expect(denying.putShare(seat, new Uint8Array(1))).rejects.toMatchObject({
    code: 'FORBIDDEN',
  });
  expect(denials).toBe(1);
});

test('a problem document gives its own code and sentence', async () => {
  const problem = {
    type: 'about:blank',
    title: 'x',
    status: 409,
    detail: 'The round is open.',
    code: 'INVALID_STATE',
    retryable: false,
    correlationId: 'c',
  };
  const gateway = await gatewayWith((_, response) => {
    response.statusCode = 409;
    response.end(JSON.stringify(problem));
  });
  const failure = { code: 'INVALID_STATE', message: 'The round is open.' };
  await expect(gateway.putBlinding(seat, new Uint8Array(1))).rejects.toMatchObject(failure);
});

test('an object that does not exist yet is NOT_FOUND', async () => {
  const gateway = await gatewayWith((_, response) => {
    response.statusCode = 404;
    response.end();
  });
  await expect(gateway.readBlinding(seat, 10)).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

test('an answer that is longer than it can be is cut off', async () => {
  const gateway = await gatewayWith((_, response) => {
    const send = () => {
      while (!response.destroyed && response.write(Buffer.alloc(65_536))) continue;
    };
    response.on('drain', send);
    send();
  });
  const failure = { code: 'LIMIT_EXCEEDED' };
  await expect(gateway.readAggregates(queryId, 1000)).rejects.toMatchObject(failure);
});

test('silence ends a call: before the answer, and in the middle of a container', async () => {
  const silent = await gatewayWith(() => undefined, { silenceMsMax: 30 });
  const failure = { code: 'GATEWAY_UNAVAILABLE' };
  await expect(silent.readAggregates(queryId, 10)).rejects.toMatchObject(failure);
  const halting = await gatewayWith((_, response) => response.write('part'), { silenceMsMax: 100 });
  await expect(collected(halting.readContainer(contributionId))).rejects.toMatchObject(failure);
});

test('a slow reader is not the silence of the gateway', async () => {
  const gateway = await gatewayWith(
    (_, response) => {
      response.write('first');
      setTimeout(() => response.end('last'), 20);
    },
    { silenceMsMax: 100 },
  );
  let text = '';
  for await (const piece of gateway.readContainer(contributionId)) {
    text += Buffer.from(piece).toString();
    await new Promise((resolve) => setTimeout(resolve, 150));
  }
  expect(text).toBe('firstlast');
});

test('a redirect to somewhere else is not followed, so the token stays here', async () => {
  let strangerSaw = 0;
  await gatewayWith(() => (strangerSaw += 1));
  const stranger = (servers[0]?.address() as AddressInfo).port;
  const gateway = await gatewayWith((_, response) => {
    response.statusCode = 302;
    response.setHeader('location', `http://127.0.0.1:${stranger}/`);
    response.end();
  });
  await expect(gateway.readAggregates(queryId, 10)).rejects.toMatchObject({
    code: 'GATEWAY_UNAVAILABLE',
  });
  expect(strangerSaw).toBe(0);
});

test('stopping ends what is under way', async () => {
  const stop = new AbortController();
  const gateway = await gatewayWith(() => undefined, { silenceMsMax: 60_000, signal: stop.signal });
  const reading = gateway.readAggregates(queryId, 10);
  setTimeout(() => {
    stop.abort();
  }, 20);
  await expect(reading).rejects.toMatchObject({ code: 'GATEWAY_UNAVAILABLE' });
});

test('the gateway is told how much of the ledger is seen here, and may catch up', async () => {
  const seen: unknown[] = [];
  const handler = (request: IncomingMessage, response: ServerResponse) => {
    seen.push(request.headers['veilsum-ledger-height']);
    response.statusCode = seen.length === 1 ? 503 : 200;
    response.end(JSON.stringify(seen.length === 1 ? behind : {}));
  };
  const behind = {
    type: 'urn:veilsum:error:LEDGER_UNAVAILABLE',
    title: 'The ledger cannot be reached.',
    status: 503,
    detail: 'Not yet.',
    code: 'LEDGER_UNAVAILABLE',
    retryable: true,
    correlationId: 'request-0001',
  };
  const gateway = await gatewayWith(handler, { ledgerHeight: () => Promise.resolve(17) });
  await gateway.readAggregates(queryId, 10);
  expect(seen).toEqual(['17', '17']);
});
