import { access } from 'node:fs/promises';
import { join } from 'node:path';

import {
  bytesToBigint,
  bytesToHex,
  encodeCanonicalJson,
  hexToBigint,
  randomBytes,
  sha256,
  sha256Hex,
} from '@veilsum/crypto';
import { aggregateObjectSchema, type BlindingObject, type QueryRecord } from '@veilsum/protocol';

import { GatewayNetwork } from '../../../../test/fakes/gateway/gateway-network.js';
import {
  registerContainer,
  type SampleContainer,
} from '../../../../test/fakes/gateway/sample-containers.js';
import {
  commitBlinding,
  fundAnalyst,
  readQuery,
  requestSum,
  until,
} from '../../../../test/fakes/gateway/sample-queries.js';

const merchants = ['merchant-1', 'merchant-2', 'merchant-3'];
let network: GatewayNetwork;
let containers: SampleContainer[];
let query: QueryRecord;
const path = (rest: string) => `/v1/queries/${query.queryId}/${rest}`;
const aggregates = (as = 'keyholder-1') => network.call(as, 'GET', path('aggregates'));
const made = () =>
  until(async () => {
    const answer = await aggregates();
    return answer.status === 200 ? answer : undefined;
  });

beforeAll(async () => {
  network = await GatewayNetwork.found();
  await fundAnalyst(network);
  containers = [];
  for (const [index, merchant] of merchants.entries()) {
    const container = await registerContainer(network, merchant, BigInt(index + 1));
    const { contributionId } = container.registration;
    await network.call(
      merchant,
      'PUT',
      `/v1/contributions/${contributionId}/container`,
      container.bytes,
    );
    containers.push(container);
  }
  query = await requestSum(network);
});
afterAll(async () => {
  await network.close();
});

describe('aggregates', () => {
  it('are the products of the cohort by group and block, and hash as the protocol says', async () => {
    const object = aggregateObjectSchema.parse((await made()).json);
    const n2 = hexToBigint(network.dealt.record.n) ** 2n;
    // One block of each strip and one cell of each group, so group g is row g of every container.
    const expected = [0, 1].map((row) =>
      containers.reduce(
        (product, { ciphertexts }) =>
          (product * bytesToBigint(ciphertexts[row] ?? new Uint8Array())) % n2,
        1n,
      ),
    );
    expect(object.blocks.map(hexToBigint)).toEqual(expected);
    expect(object.planHash).toBe(query.planHash);
    const hex = (value: bigint) => value.toString(16).padStart(256, '0');
    const hashed = Buffer.concat([
      Buffer.from('veilsum/v1/aggregate'),
      Buffer.from(network.dealt.record.keyId + (query.planHash ?? '') + '00000002', 'hex'),
      ...expected.map((block) => Buffer.from(hex(block), 'hex')),
    ]);
    expect(object.aggregateHash).toBe(sha256Hex(hashed));
  });

  it('are canonical JSON', async () => {
    const { bytes, json } = await made();
    expect(bytes.toString()).toBe(encodeCanonicalJson(json as never));
  });

  it.each(['keyholder-2', 'auditor', 'analyst'])('are for %s', async (reader) => {
    expect((await aggregates(reader)).status).toBe(200);
  });

  it.each(['merchant-1', 'operator'])('are not for %s', async (reader) => {
    expect(await aggregates(reader)).toMatchObject({ status: 403, json: { code: 'FORBIDDEN' } });
  });

  it('leave no parts behind', async () => {
    await made();
    const parts = join(network.objectsFolder, 'aggregate-parts', query.queryId);
    await expect(access(parts)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('of a query that was not asked are not found', async () => {
    const answer = await network.call('auditor', 'GET', `/v1/queries/${'0'.repeat(32)}/aggregates`);
    expect(answer).toMatchObject({ status: 404, json: { code: 'NOT_FOUND' } });
  });

  it('are made by a gateway that starts after the query was authorised', async () => {
    await network.gateway.close();
    query = await requestSum(network);
    await network.restart();
    expect((await made()).status).toBe(200);
  });
});

describe('a blinding', () => {
  const show = (index: number, blinding: unknown, as = `keyholder-${index}`) =>
    network.call(as, 'PUT', path(`attempts/1/blindings/${index}`), encodeCanonicalJson(blinding));
  let blindings: BlindingObject[];

  beforeAll(async () => {
    query = await requestSum(network);
    blindings = [];
    for (const index of [1, 2]) blindings.push(await commitBlinding(network, query, index));
  });

  it('is not taken before the ledger has fixed who takes part', async () => {
    expect(await show(1, blindings[0])).toMatchObject({
      status: 409,
      json: { code: 'INVALID_STATE' },
    });
    blindings.push(await commitBlinding(network, query, 3));
    expect((await readQuery(network, query.queryId)).status).toBe('blinded');
  });

  it('is not taken unless it is the recorded one', async () => {
    const blinding = blindings[0];
    const other = await show(1, { ...blinding, blocks: blindings[1]?.blocks ?? [] });
    expect(other).toMatchObject({ status: 409, json: { code: 'BLINDING_MISMATCH' } });
    const proof = { ...blinding?.proof, zm: '1' };
    expect(await show(1, { ...blinding, proof })).toMatchObject({
      json: { code: 'BLINDING_MISMATCH' },
    });
    const huge = await show(1, { ...blinding, blocks: ['f'.repeat(300), 'f'] });
    expect(huge).toMatchObject({ json: { code: 'BLINDING_MISMATCH' } });
    const foreign = { ...blinding, context: { ...blinding?.context, attempt: 2 } };
    expect(await show(1, foreign)).toMatchObject({ json: { code: 'BLINDING_MISMATCH' } });
  });

  it('is not taken from another, in another form, or too long', async () => {
    expect(await show(1, blindings[0], 'keyholder-2')).toMatchObject({ status: 403 });
    expect(await show(1, blindings[0], 'merchant-1')).toMatchObject({ status: 403 });
    const loose = await network.call(
      'keyholder-1',
      'PUT',
      path('attempts/1/blindings/1'),
      JSON.stringify(blindings[0], null, 1),
    );
    expect(loose).toMatchObject({ status: 422, json: { code: 'INVALID_ARGUMENT' } });
    const long = await network.call(
      'keyholder-1',
      'PUT',
      path('attempts/1/blindings/1'),
      '1'.repeat(100_000),
    );
    expect(long).toMatchObject({ status: 413, json: { code: 'LIMIT_EXCEEDED' } });
    expect(
      (await network.call('keyholder-1', 'PUT', path('attempts/9/blindings/1'), '{}')).status,
    ).toBe(404);
    expect(
      (await network.call('keyholder-1', 'PUT', path('attempts/1/blindings/4'), '{}')).status,
    ).toBe(403);
  });

  it('is shown to keyholders, the analyst and auditors as it was sent', async () => {
    for (const index of [1, 2, 3]) {
      expect((await show(index, blindings[index - 1])).status).toBe(201);
      expect((await show(index, blindings[index - 1])).status).toBe(200);
    }
    for (const reader of ['keyholder-2', 'analyst', 'auditor']) {
      const answer = await network.call(reader, 'GET', path('attempts/1/blindings/1'));
      expect(answer).toMatchObject({ status: 200, json: blindings[0] });
    }
    expect(await network.call('merchant-1', 'GET', path('attempts/1/blindings/1'))).toMatchObject({
      status: 403,
    });
  });

  it('is followed by sealed shares, which only their analyst and auditors get', async () => {
    const sealed = randomBytes(900);
    const put = (bytes: Uint8Array, as = 'keyholder-1') =>
      network.call(as, 'PUT', path('attempts/1/shares/1'), bytes);
    expect(await put(sealed)).toMatchObject({ status: 409, json: { code: 'INVALID_STATE' } });
    await network.submit('keyholder-1', 'query:releaseShare', {
      queryId: query.queryId,
      planHash: query.planHash,
      attempt: 1,
      finalHash: 'ab'.repeat(32),
      shareHash: bytesToHex(sha256(sealed)),
    });
    expect(await put(randomBytes(900))).toMatchObject({
      status: 422,
      json: { code: 'SHARE_INVALID' },
    });
    expect(await put(sealed, 'keyholder-2')).toMatchObject({ status: 403 });
    expect([(await put(sealed)).status, (await put(sealed)).status]).toEqual([201, 200]);
    const get = (as: string) => network.call(as, 'GET', path('attempts/1/shares/1'));
    for (const reader of ['analyst', 'auditor']) {
      expect((await get(reader)).bytes.equals(sealed)).toBe(true);
    }
    for (const reader of ['keyholder-1', 'keyholder-2', 'merchant-1']) {
      expect(await get(reader)).toMatchObject({ status: 403 });
    }
    expect(await network.call('analyst', 'GET', path('attempts/1/shares/2'))).toMatchObject({
      status: 404,
    });
  });
});

describe('progress', () => {
  it('is streamed until the query is final', async () => {
    query = await requestSum(network);
    const response = await fetch(`${network.gateway.url}${path('events')}`, {
      headers: { authorization: `Bearer ${await network.token('analyst')}` },
    });
    expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/);
    const text = response.text();
    for (const index of [1, 2, 3]) await commitBlinding(network, query, index);
    await until(async () =>
      (await readQuery(network, query.queryId)).status === 'blinded' ? true : undefined,
    );
    const { contributionId } = containers[0]?.registration ?? {};
    // A plan whose cohort is gone no longer stands; the gateway ends the query by itself.
    await network.submit('merchant-1', 'contribution:withdraw', { contributionId });
    const events = (await text)
      .split('\n')
      .filter((line) => line.startsWith('data: {'))
      .map((line) => JSON.parse(line.slice(6)) as { status: string });
    const statuses = [...new Set(events.map(({ status }) => status))];
    expect(statuses).toEqual(['authorised', 'blinded', 'failed']);
  });

  it('of an unknown query is a plain 404', async () => {
    const answer = await network.call('analyst', 'GET', `/v1/queries/${'0'.repeat(32)}/events`);
    expect(answer).toMatchObject({ status: 404, json: { code: 'NOT_FOUND' } });
  });
});
