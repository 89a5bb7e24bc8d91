import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { lookAtGateway, refusalCounts } from './gateway-probe.js';

const info = { gatewayId: 'gateway', channel: 'c', genesisHash: 'f'.repeat(64), height: 7 };
let server: Server;
let answers: Record<string, [number, string]>;

beforeEach(async () => {
  answers = {
    '/v1/info': [200, JSON.stringify({ ...info, version: '1' })],
    '/v1/health/ready': [200, '{"status":"ok"}'],
    '/metrics': [200, 'veilsum_gateway_refusals_total{code="NOT_FOUND"} 3\n'],
  };
  server = createServer((request, response) => {
    const [status, body] = answers[request.url ?? ''] ?? [404, ''];
    response.writeHead(status).end(body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});
const url = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;

describe('a look at a gateway', () => {
  it('finds what it shows to anyone', async () => {
    expect(await lookAtGateway(url(), 5, 9)).toEqual({
      at: 5,
      info: { gatewayId: 'gateway', genesisHash: info.genesisHash, height: 7 },
      isReady: true,
      refusals: { NOT_FOUND: 3 },
      ledgerHeight: 9,
    });
  });

  it('takes one that does not follow the ledger for not ready', async () => {
    answers['/v1/health/ready'] = [503, '{}'];
    expect((await lookAtGateway(url(), 5, 9)).isReady).toBe(false);
  });

  it.each<[string, string]>([
    ['no JSON', '<html>'],
    ['another form', '{"gatewayId":"gateway"}'],
    ['an id that is none', JSON.stringify({ ...info, gatewayId: 'Robert; DROP' })],
    ['too much', JSON.stringify({ ...info, more: 'x'.repeat(5_000_000) })],
  ])('takes %s for no answer', async (_what, body) => {
    answers['/v1/info'] = [200, body];
    const look = await lookAtGateway(url(), 5, 9);
    expect(look).not.toHaveProperty('info');
    expect(look.isReady).toBe(false);
  });

  it('survives a gateway that is not there', async () => {
    const look = await lookAtGateway('http://127.0.0.1:1', 5, undefined);
    expect(look).toEqual({ at: 5, isReady: false, refusals: {}, ledgerHeight: undefined });
  });
});

describe('the metrics of a gateway', () => {
  it('give known codes only: an alert must not repeat what a gateway makes up', () => {
    const text = [
      '# HELP veilsum_gateway_refusals_total Failed requests by error code.',
      'veilsum_gateway_refusals_total{code="NOT_FOUND"} 3',
      'veilsum_gateway_refusals_total{code="ALICE_OWES_BOB"} 9',
      'veilsum_gateway_refusals_total{code="FORBIDDEN"} 1e9',
      'veilsum_gateway_refusals_total{code="FORBIDDEN"} -1',
      'veilsum_gateway_refusals_total{code="constructor"} 5',
    ].join('\n');
    expect(refusalCounts(text)).toEqual({ NOT_FOUND: 3 });
  });
});
