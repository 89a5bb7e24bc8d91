import { request } from 'node:http';
import { problemSchema, type Problem } from '@veilsum/protocol';

export interface GatewayAnswer {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

export interface GatewayCall {
  readonly method?: 'GET' | 'PUT' | 'POST';
  /** Sent as it is: nothing in it is resolved or escaped on the way. */
  readonly path: string;
  readonly token?: string | undefined;
  readonly body?: Uint8Array | string | undefined;
  /** Whether the length of the body is kept from the gateway. */
  readonly isChunked?: boolean;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Calls a gateway as someone who does not use our client. */
export function callGateway(url: string, call: GatewayCall): Promise<GatewayAnswer> {
  const { method = 'GET', path, token, body, isChunked = false } = call;
  const { hostname: host, port } = new URL(url);
  const headers = {
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    ...(typeof body === 'string' ? { 'content-type': 'application/json' } : {}),
    ...(body === undefined || isChunked ? {} : { 'content-length': Buffer.byteLength(body) }),
    ...call.headers,
  };
  return new Promise((resolve, reject) => {
    const sending = request({ host, port, method, path, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('error', reject);
      response.once('end', () => {
        resolve({
          status: response.statusCode ?? 0,
          type: response.headers['content-type'] ?? '',
          text: Buffer.concat(chunks).toString('utf8'),
        });
      });
    });
    sending.once('error', reject);
    sending.end(body);
  });
}

/** @returns the problem document of an answer, whose status and type must be those of one */
export function problemOf({ status, type, text }: GatewayAnswer): Problem {
  expect(type).toMatch(/^application\/problem\+json/);
  const problem = problemSchema.parse(JSON.parse(text));
  expect(problem.status).toBe(status);
  return problem;
}
