import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { verifyBytes } from '@veilsum/crypto';

import { createAuthority, enrol } from '../../../../test/fakes/ledger/test-members.js';
import type { TransactionSigner } from '../signer.js';
import { parseCertificate } from './certificate.js';
import { RemoteSigner } from './remote-signer.js';

const TOKEN = 'a-token-that-nobody-may-see';
const message = Buffer.from('what the member wants');

let folder: string;
let server: Server;
let url: string;
let own: TransactionSigner;
let answer: (request: IncomingMessage, body: Buffer, response: ServerResponse) => Promise<void>;

async function signWith(signer: TransactionSigner, body: Buffer, response: ServerResponse) {
  response.end(await signer.sign(body));
}

function remote(changes: Partial<ConstructorParameters<typeof RemoteSigner>[0]> = {}) {
  const { mspId, certificate } = own;
  const tokenFile = join(folder, 'token');
  return new RemoteSigner({ mspId, certificate, url, tokenFile, ...changes });
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'veilsum-signer-'));
  await writeFile(join(folder, 'token'), `${TOKEN}\n`);
  own = await enrol(await createAuthority(), 'member');
  server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => void answer(request, Buffer.concat(parts), response));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/sign`;
});

afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await rm(folder, { recursive: true });
});

it('brings the signature of a service that was shown the token', async () => {
  let shown: string | undefined;
  answer = (request, body, response) => {
    shown = request.headers.authorization;
    return signWith(own, body, response);
  };
  const signature = await remote().sign(message);
  const key = parseCertificate(own.certificate).publicKey.export({ format: 'der', type: 'spki' });
  expect(verifyBytes(message, signature, key)).toBe(true);
  expect(shown).toBe(`Bearer ${TOKEN}`);
});

it("refuses another key's signature, one over other bytes, and what is none", async () => {
  const stranger = await enrol(await createAuthority(), 'stranger');
  const refused = expect.objectContaining({ code: 'SIGNATURE_INVALID' }) as Error;
  answer = (_request, body, response) => signWith(stranger, body, response);
  await expect(remote().sign(message)).rejects.toEqual(refused);
  answer = (_request, _body, response) => signWith(own, Buffer.from('else'), response);
  await expect(remote().sign(message)).rejects.toEqual(refused);
  for (const text of ['', 'no signature', 'x'.repeat(100_000)]) {
    // eslint-disable-next-line @typescript-eslint/require-await -- the same form as the others
    answer = async (_request, _body, response) => {
      response.end(text);
    };
    await expect(remote().sign(message)).rejects.toEqual(refused);
  }
});

it.each([
  [401, 'UNAUTHENTICATED'],
  [403, 'UNAUTHENTICATED'],
  [302, 'SIGNER_UNAVAILABLE'],
  [500, 'SIGNER_UNAVAILABLE'],
])('says of status %i what it means, and never shows the token', async (status, code) => {
  // eslint-disable-next-line @typescript-eslint/require-await -- the same form as the others
  answer = async (_request, _body, response) => {
    response.writeHead(status, { location: 'http://127.0.0.1:1/' }).end(TOKEN);
  };
  const error: unknown = await remote()
    .sign(message)
    .catch((reason: unknown) => reason);
  expect(error).toEqual(expect.objectContaining({ code }));
  expect((error as Error).message).not.toContain(TOKEN);
});

it('waits no longer than it is told, and says when nobody answers', async () => {
  answer = () => Promise.resolve();
  const unavailable = expect.objectContaining({ code: 'SIGNER_UNAVAILABLE' }) as Error;
  await expect(remote({ timeoutMs: 100 }).sign(message)).rejects.toEqual(unavailable);
  await expect(remote({ url: 'http://127.0.0.1:1/' }).sign(message)).rejects.toEqual(unavailable);
});

it('says when the token cannot be read', async () => {
  await expect(remote({ tokenFile: join(folder, 'nothing') }).sign(message)).rejects.toEqual(
    expect.objectContaining({ code: 'STATE_FOLDER_INVALID' }),
  );
});

it.each(['http://sign.example.org/', 'ftp://127.0.0.1/', 'nothing', 'https://a:b@example.org/'])(
  'refuses the address %s',
  (unsafe) => {
    expect(() => remote({ url: unsafe })).toThrow(/https:/);
  },
);
