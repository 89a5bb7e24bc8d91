import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { connectLedger, type CertificateAuthority, type FileSigner } from '@veilsum/ledger';
import type { Block, Genesis, TransactionEnvelope } from '@veilsum/protocol';

import {
  createAuthority,
  createGenesis,
  enrol,
  signTransaction,
} from '../../../../test/fakes/ledger/test-members.js';
import { KeyValueContract } from '../../../../test/fakes/ledger/key-value-contract.js';
import { sealBlock } from './block-encoding.js';
import { EmbeddedEngine } from './engine.js';
import { HttpLedgerService } from './http-ledger-service.js';
import { LedgerServer } from './ledger-server.js';
import { connectRemoteLedger } from './remote-ledger.js';
import { ReplicaLedger } from './replica-ledger.js';

let folder: string;
let authority: CertificateAuthority;
let signer: FileSigner;
let genesis: Genesis;
let server: LedgerServer;
let engine: EmbeddedEngine;
let genesisHash: string;

const contracts = () => [new KeyValueContract()];
const put = (key: string, value: string) => ({
  contract: 'keyValue',
  transaction: 'put',
  argument: { key, value },
});
const get = (key: string) => ({ contract: 'keyValue', transaction: 'get', argument: { key } });
const remote = () =>
  connectRemoteLedger({ url: server.url, genesisHash, signer, patienceMs: 5000 });

async function start(port: number): Promise<void> {
  engine = await EmbeddedEngine.open({ folder: join(folder, 'ledger'), genesis, contracts });
  server = await LedgerServer.listen(engine, { port });
  genesisHash = (await engine.status()).genesisHash;
}

/** A server that does what the test wants in place of a ledger. */
async function serve(listener: RequestListener): Promise<{ url: string; server: Server }> {
  const fake = createServer(listener);
  fake.listen(0, '127.0.0.1');
  await once(fake, 'listening');
  return { url: `http://127.0.0.1:${(fake.address() as AddressInfo).port}`, server: fake };
}

async function post(path: string, body: string) {
  const response = await fetch(server.url + path, { method: 'POST', body });
  return {
    status: response.status,
    type: response.headers.get('content-type'),
    body: (await response.json()) as Record<string, unknown>,
  };
}

beforeAll(async () => {
  authority = await createAuthority();
  signer = await enrol(authority, 'acme');
  genesis = createGenesis([authority], signer);
});

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'veilsum-server-'));
  await start(0);
});

afterEach(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

describe('the ledger over HTTP', () => {
  test('takes transactions, answers questions and finds ids', async () => {
    const ledger = await remote();
    const { transactionId, blockNumber, result } = await ledger.submit(put('a', '1'));
    expect({ blockNumber, result }).toEqual({ blockNumber: 1, result: { key: 'a' } });
    expect(await ledger.evaluate(get('a'))).toBe('1');
    expect(await ledger.height()).toBe(2);
    const service = new HttpLedgerService({ url: server.url, genesisHash });
    expect(await service.findTransaction(transactionId)).toMatchObject({ blockNumber: 1 });
    expect(await service.findTransaction('0'.repeat(64))).toBeUndefined();
    await ledger.close();
  });

  test('hands refusals on with code, sentence and transaction id', async () => {
    const ledger = await remote();
    await expect(ledger.submit({ ...put('a', '1'), transaction: 'refuse' })).rejects.toMatchObject({
      code: 'FORBIDDEN',
      message: 'Nobody may do this.',
      transactionId: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
    });
    await ledger.close();
  });

  test('follows blocks and events live, and over a restart of the ledger, each once', async () => {
    const ledger = await remote();
    await ledger.submit(put('a', '1'));
    const leave = new AbortController();
    const seen: unknown[] = [];
    const reading = (async () => {
      for await (const { payload } of ledger.events({ fromBlock: 0, signal: leave.signal })) {
        seen.push(payload);
        if (seen.length === 3) leave.abort();
      }
    })();
    await ledger.submit(put('b', '1'));
    const { port } = new URL(server.url);
    await server.close();
    await start(Number(port));
    await ledger.submit(put('c', '1'));
    await reading;
    expect(seen).toEqual([{ key: 'a' }, { key: 'b' }, { key: 'c' }]);
    await ledger.close();
  });

  test('a replica over HTTP answers from its own copy', async () => {
    const replica = await ReplicaLedger.open({
      service: new HttpLedgerService({ url: server.url, genesisHash }),
      genesisHash,
      folder: join(folder, 'replica'),
      signer,
      contracts,
    });
    await replica.submit(put('a', '1'));
    expect(await replica.evaluate(get('a'))).toBe('1');
    await replica.close();
  });

  test('answers what it cannot use with a problem document', async () => {
    const problem = 'application/problem+json';
    expect(await post('/v1/transactions', 'not json')).toMatchObject({
      status: 422,
      type: problem,
      body: { code: 'INVALID_ARGUMENT', retryable: false },
    });
    expect(await post('/v1/transactions', '{}')).toMatchObject({ status: 422 });
    expect(await post('/v1/transactions', 'x'.repeat(20_000_000))).toMatchObject({
      status: 413,
      body: { code: 'LIMIT_EXCEEDED' },
    });
    expect(await post('/v1/nothing', '{}')).toMatchObject({ status: 404, type: problem });
    const blocks = await fetch(`${server.url}/v1/blocks?from=-1`);
    expect(blocks.status).toBe(422);
    const envelope = await signTransaction(signer, 'put', { key: 'a', value: '1' });
    const forged = { ...envelope, proposal: { ...envelope.proposal, argument: '{}' } };
    expect(await post('/v1/evaluate', JSON.stringify(forged))).toMatchObject({
      status: 401,
      body: { code: 'SIGNATURE_INVALID' },
    });
  });

  test('an argument above the limit is not even sent', async () => {
    const ledger = await remote();
    await expect(ledger.submit(put('a', 'x'.repeat(1_000_000)))).rejects.toMatchObject({
      code: 'LIMIT_EXCEEDED',
    });
    await ledger.close();
  });

  test('sends the blocks there are and ends, when not followed', async () => {
    const ledger = await remote();
    await ledger.submit(put('a', '1'));
    const read = async (from: number) => {
      const response = await fetch(`${server.url}/v1/blocks?from=${from}&follow=false`);
      const lines = (await response.text()).split('\n').filter((line) => line !== '');
      return lines.map((line) => (JSON.parse(line) as Block).number);
    };
    expect(await read(0)).toEqual([0, 1]);
    expect(await read(1)).toEqual([1]);
    expect(await read(2)).toEqual([]);
    await ledger.close();
  });

  test('says when its port is taken', async () => {
    const { port } = new URL(server.url);
    await expect(LedgerServer.listen(engine, { port: Number(port) })).rejects.toMatchObject({
      code: 'PORT_IN_USE',
    });
  });

  test('a member knows the ledger by its genesis', async () => {
    await expect(
      connectLedger({ kind: 'embedded', url: server.url, genesisHash: 'f'.repeat(64), signer }),
    ).rejects.toMatchObject({ code: 'LEDGER_INTEGRITY' });
  });
});

describe('when the ledger does not answer', () => {
  let envelope: TransactionEnvelope;

  beforeEach(async () => {
    envelope = await signTransaction(signer, 'put', { key: 'a', value: '1' });
  });

  test('a transaction that certainly never arrived is reported as such', async () => {
    const gone = await serve(() => undefined);
    gone.server.close();
    await once(gone.server, 'close');
    const service = new HttpLedgerService({ url: gone.url, genesisHash, patienceMs: 300 });
    await expect(service.submit(envelope)).rejects.toMatchObject({ code: 'LEDGER_UNAVAILABLE' });
  });

  test('a transaction that may have arrived is unknown, with its id', async () => {
    const dead = await serve((request) => request.socket.destroy());
    const service = new HttpLedgerService({ url: dead.url, genesisHash, patienceMs: 300 });
    await expect(service.submit(envelope)).rejects.toMatchObject({
      code: 'COMMIT_STATUS_UNKNOWN',
      transactionId: envelope.proposal.transactionId,
    });
    dead.server.close();
  });

  test('the same envelope is sent again until the answer comes, and counts once', async () => {
    let requests = 0;
    const proxy = await serve((request, response) => {
      requests += 1;
      void relay(request, (text, status) => {
        // The first answers are lost, though the ledger has the transaction.
        if (requests <= 2) request.socket.destroy();
        else response.writeHead(status).end(text);
      });
    });
    const service = new HttpLedgerService({ url: proxy.url, genesisHash });
    expect(await service.submit(envelope)).toMatchObject({ blockNumber: 1 });
    expect(requests).toBe(3);
    expect((await engine.status()).height).toBe(2);
    proxy.server.close();
  });

  async function relay(
    request: AsyncIterable<Buffer>,
    answer: (text: string, status: number) => void,
  ): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const response = await fetch(`${server.url}/v1/transactions`, {
      method: 'POST',
      body: Buffer.concat(chunks).toString(),
    });
    answer(await response.text(), response.status);
  }
});

describe('a ledger that changes its blocks between two connections', () => {
  const chain = (...written: string[]): Block[] => {
    const blocks = [sealBlock({ ...emptyBlock(0, '0'.repeat(64)), genesis }).block];
    for (const value of written) {
      const { hash, number } = blocks.at(-1) ?? { hash: '', number: 0 };
      blocks.push(sealBlock(emptyBlock(number + 1, hash, value)).block);
    }
    return blocks;
  };

  /** The engine never writes an empty block; here only links matter, so the channel says what differs. */
  function emptyBlock(number: number, previousHash: string, channel?: string) {
    return {
      format: 'veilsum-block/1' as const,
      number,
      previousHash: previousHash as Block['previousHash'],
      transactions: [],
      ...(channel === undefined ? {} : { genesis: { ...genesis, channel } }),
    };
  }

  async function follow(first: readonly Block[], second: readonly Block[]): Promise<number[]> {
    let shown = first;
    const fake = await serve((request, response) => {
      const url = new URL(request.url ?? '', 'http://ledger');
      if (url.pathname === '/v1/health') {
        const head = shown.at(-1);
        response.end(
          JSON.stringify({
            status: 'ok',
            channel: genesis.channel,
            genesisHash: first[0]?.hash,
            height: shown.length,
            headHash: head?.hash,
          }),
        );
        return;
      }
      const from = Number(url.searchParams.get('from'));
      response.end(
        shown
          .slice(from)
          .map((block) => `${JSON.stringify(block)}\n`)
          .join(''),
      );
      shown = second;
    });
    const service = new HttpLedgerService({
      url: fake.url,
      genesisHash: first[0]?.hash ?? '',
      patienceMs: 2000,
    });
    const leave = new AbortController();
    const numbers: number[] = [];
    try {
      for await (const { number } of service.blocks({ fromBlock: 0, signal: leave.signal })) {
        numbers.push(number);
        if (number === 3) leave.abort();
      }
    } finally {
      fake.server.close();
    }
    return numbers;
  }

  test('goes on where it was left', async () => {
    expect(await follow(chain('a', 'b'), chain('a', 'b', 'c'))).toEqual([0, 1, 2, 3]);
  });

  test.each([
    ['the last block that was seen', chainOf('a', 'x', 'c')],
    ['an earlier block', chainOf('x', 'b', 'c')],
    ['nothing but the end, which is gone', chainOf('a')],
  ])('is refused when it changes %s', async (_name, second) => {
    await expect(follow(chain('a', 'b'), second())).rejects.toMatchObject({
      code: 'LEDGER_INTEGRITY',
    });
  });

  function chainOf(...written: string[]): () => Block[] {
    return () => chain(...written);
  }
});
