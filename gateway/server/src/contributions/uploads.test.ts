import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readdir, rm, writeFile } from 'node:fs/promises';
import { request, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { Readable } from 'node:stream';

import { bigintToBytes, bytesToBigint, hexToBigint } from '@veilsum/crypto';

import { GatewayNetwork } from '../../../../test/fakes/gateway/gateway-network.js';
import {
  registerContainer,
  type ContainerFaults,
  type SampleContainer,
} from '../../../../test/fakes/gateway/sample-containers.js';

let network: GatewayNetwork;
/** Each case takes a new epoch's place: one live contribution per contributor. */
const withdraw = ({ registration }: SampleContainer, merchant = 'merchant-1') =>
  network.submit(merchant, 'contribution:withdraw', {
    contributionId: registration.contributionId,
  });

const pathOf = ({ registration }: SampleContainer) =>
  `/v1/contributions/${registration.contributionId}/container`;
const upload = (
  container: SampleContainer,
  as = 'merchant-1',
  bytes: Uint8Array = container.bytes,
) => network.call(as, 'PUT', pathOf(container), bytes);
const statusOf = async ({ registration: { contributionId } }: SampleContainer) => {
  const record = await network.read('contribution:read', { contributionId });
  return (record as { status: string }).status;
};
const storedNames = () => readdir(join(network.objectsFolder, 'containers'));

beforeAll(async () => {
  network = await GatewayNetwork.found();
});
afterAll(async () => {
  await network.close();
});

describe('an honest upload', () => {
  let container: SampleContainer;
  beforeAll(async () => {
    container = await registerContainer(network, 'merchant-1', 5n);
  });
  afterAll(async () => {
    await withdraw(container);
  });

  it('is answered after the ledger has it as stored', async () => {
    const answer = await upload(container);
    expect([answer.status, answer.json]).toEqual([
      201,
      { contributionId: container.registration.contributionId, status: 'stored' },
    ]);
    expect(await statusOf(container)).toBe('stored');
  });

  it('changes nothing when it is repeated', async () => {
    const { height } = await network.engine.status();
    expect((await upload(container)).status).toBe(200);
    expect((await network.engine.status()).height).toBe(height);
  });

  it('restores a container that the gateway has lost', async () => {
    await rm(join(network.objectsFolder, 'containers', (await storedNames())[0] ?? ''));
    expect((await network.call('auditor', 'GET', pathOf(container))).status).toBe(404);
    expect((await upload(container)).status).toBe(200);
    expect((await network.call('auditor', 'GET', pathOf(container))).status).toBe(200);
  });

  it('restores a container that is damaged, without a word to the ledger', async () => {
    const [name = ''] = await storedNames();
    const damaged = Buffer.from(container.bytes);
    damaged.writeUInt8(damaged.readUInt8(100) ^ 1, 100);
    await writeFile(join(network.objectsFolder, 'containers', name), damaged);
    const { height } = await network.engine.status();
    expect((await upload(container)).status).toBe(200);
    const answer = await network.call('auditor', 'GET', pathOf(container));
    expect(answer.bytes.equals(container.bytes)).toBe(true);
    expect((await network.engine.status()).height).toBe(height);
  });

  it.each(['keyholder-1', 'auditor', 'merchant-1'])('is given back to %s', async (reader) => {
    const answer = await network.call(reader, 'GET', pathOf(container));
    const hash = createHash('sha256').update(answer.bytes).digest('hex');
    expect([answer.status, hash]).toEqual([200, container.registration.contentHash]);
    expect(answer.headers.get('etag')).toBe(`"${hash}"`);
    expect(answer.headers.get('content-length')).toBe(String(container.bytes.length));
  });

  it.each(['merchant-2', 'analyst', 'operator'])('is not given to %s', async (reader) => {
    const answer = await network.call(reader, 'GET', pathOf(container));
    expect(answer).toMatchObject({ status: 403, json: { code: 'FORBIDDEN' } });
  });

  it('stays as it was when other bytes are sent in its place', async () => {
    const other = Buffer.from(container.bytes);
    other.fill(0, other.length - 700, other.length - 690);
    const answer = await upload(container, 'merchant-1', other);
    expect(answer).toMatchObject({ status: 422, json: { code: 'CONTAINER_HASH' } });
    const kept = await network.call('auditor', 'GET', pathOf(container));
    expect(kept.bytes.equals(container.bytes)).toBe(true);
  });
});

describe('an upload that is refused', () => {
  const changeFirst =
    (change: (value: bigint, all: readonly Uint8Array[]) => bigint) => (all: Uint8Array[]) => {
      const width = all[0]?.length ?? 0;
      return [
        bigintToBytes(change(bytesToBigint(all[0] ?? new Uint8Array()), all), width),
        ...all.slice(1),
      ];
    };
  const n = () => hexToBigint(network.dealt.record.n);

  it.each<[string, string, () => ContainerFaults]>([
    [
      'a copy of another ciphertext',
      'PLAINTEXT_PROOF_INVALID',
      () => ({
        replace: changeFirst((_, all) => bytesToBigint(all[1] ?? new Uint8Array())),
      }),
    ],
    [
      'a multiple of a ciphertext',
      'PLAINTEXT_PROOF_INVALID',
      () => ({
        replace: changeFirst((value) => (value * value) % n() ** 2n),
      }),
    ],
    [
      'an element that is not coprime to n',
      'CONTAINER_ELEMENT',
      () => ({
        replace: changeFirst(() => n()),
      }),
    ],
    ['another layout', 'CONTAINER_CONTEXT', () => ({ context: { layoutHash: 'a'.repeat(64) } })],
    ["another's name", 'CONTAINER_CONTEXT', () => ({ context: { contributor: 'merchant-2' } })],
    ['another epoch', 'CONTAINER_CONTEXT', () => ({ context: { epoch: '2025-Q4' } })],
    ['a row too many', 'CONTAINER_ROWS', () => ({ cells: 3 })],
    ['a row too few', 'CONTAINER_ROWS', () => ({ cells: 1 })],
  ])('because it has %s', async (_name, code, faults) => {
    const before = await storedNames();
    const container = await registerContainer(network, 'merchant-1', 5n, faults());
    const answer = await upload(container);
    expect(answer).toMatchObject({ status: 422, json: { code, status: 422, retryable: false } });
    expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(await statusOf(container)).toBe('registered');
    expect(await storedNames()).toEqual(before);
    expect(await readdir(join(network.objectsFolder, 'staging'))).toEqual([]);
    await withdraw(container);
  });

  it('because it is cut, longer or other than registered', async () => {
    const container = await registerContainer(network, 'merchant-1', 5n);
    const longer = Buffer.concat([container.bytes, Buffer.alloc(1)]);
    for (const bytes of [
      container.bytes.subarray(1),
      longer,
      Buffer.from(container.bytes).fill(0),
    ]) {
      const answer = await upload(container, 'merchant-1', bytes);
      expect(answer).toMatchObject({ status: 422, json: { code: 'CONTAINER_HASH' } });
    }
    await withdraw(container);
  });

  it('because it comes from another member, or from nobody', async () => {
    const container = await registerContainer(network, 'merchant-1', 5n);
    expect(await upload(container, 'merchant-2')).toMatchObject({ status: 403 });
    const anonymous = await network.call(undefined, 'PUT', pathOf(container), container.bytes);
    expect(anonymous).toMatchObject({ status: 401, json: { code: 'UNAUTHENTICATED' } });
    expect(await statusOf(container)).toBe('registered');
    await withdraw(container);
  });

  it('because it goes on and on, with an answer that arrives', async () => {
    const container = await registerContainer(network, 'merchant-1', 5n);
    const endless = Readable.from(
      (function* () {
        for (let sent = 0; sent < 400; sent += 1) yield Buffer.alloc(65_536);
      })(),
    );
    const { port } = new URL(network.gateway.url);
    const token = await network.token('merchant-1');
    const headers = { authorization: `Bearer ${token}`, 'transfer-encoding': 'chunked' };
    const outgoing = request({ port, method: 'PUT', path: pathOf(container), headers });
    const answered = once(outgoing, 'response') as Promise<[IncomingMessage]>;
    outgoing.on('error', () => undefined);
    endless.pipe(outgoing);
    const [answer] = await answered;
    expect(answer.statusCode).toBe(422);
    expect(JSON.parse((await answer.toArray()).join(''))).toMatchObject({ code: 'CONTAINER_HASH' });
    endless.destroy();
    outgoing.destroy();
    await withdraw(container);
  });

  it('because its contribution was withdrawn', async () => {
    const container = await registerContainer(network, 'merchant-1', 5n);
    await withdraw(container);
    expect(await upload(container)).toMatchObject({ status: 409, json: { code: 'INVALID_STATE' } });
  });

  it('because it is larger than this gateway takes', async () => {
    const container = await registerContainer(network, 'merchant-1', 5n, { cells: 800 });
    expect(await upload(container)).toMatchObject({
      status: 413,
      json: { code: 'LIMIT_EXCEEDED' },
    });
    await withdraw(container);
  });

  it('because nobody registered it', async () => {
    const answer = await network.call(
      'merchant-1',
      'PUT',
      `/v1/contributions/${'0'.repeat(32)}/container`,
      'x',
    );
    expect(answer).toMatchObject({ status: 404, json: { code: 'NOT_FOUND' } });
  });
});
