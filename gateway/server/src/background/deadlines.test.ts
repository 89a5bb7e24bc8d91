import { GatewayNetwork } from '../../../../test/fakes/gateway/gateway-network.js';
import { registerContainer } from '../../../../test/fakes/gateway/sample-containers.js';
import {
  commitBlinding,
  fundAnalyst,
  readQuery,
  requestSum,
  until,
} from '../../../../test/fakes/gateway/sample-queries.js';

import { queryRecordSchema, type QueryRecord } from '@veilsum/protocol';

import { dutiesOf } from './deadline-duties.js';

let network: GatewayNetwork;

beforeAll(async () => {
  const deadlines = { blindingMs: 1500, releaseMs: 1500, disputeMs: 500 };
  network = await GatewayNetwork.found({ deadlines });
  await fundAnalyst(network);
  for (const merchant of ['merchant-1', 'merchant-2', 'merchant-3']) {
    const { registration, bytes } = await registerContainer(network, merchant, 1n);
    const { contributionId } = registration;
    await network.call(merchant, 'PUT', `/v1/contributions/${contributionId}/container`, bytes);
  }
});
afterAll(async () => {
  await network.close();
});

const reached = (queryId: string, isSo: (query: QueryRecord) => boolean) =>
  until(async () => {
    const query = await readQuery(network, queryId);
    return isSo(query) ? query : undefined;
  });
const balance = async (accountId: string) =>
  ((await network.read('account:read', { accountId })) as { balance: string }).balance;

describe('after a deadline', () => {
  it('the round is closed over those who took part', async () => {
    const query = await requestSum(network);
    for (const index of [1, 3]) await commitBlinding(network, query, index);
    const { attempt } = await reached(query.queryId, ({ status }) => status === 'blinded');
    expect(attempt?.keyholders).toEqual([1, 3]);
  });

  it('further attempts are opened, and in the end the money goes back', async () => {
    const query = await requestSum(network);
    expect(await balance(`escrow:${query.queryId}`)).toBe('1000');
    await commitBlinding(network, query, 2);
    await reached(query.queryId, ({ attempt }) => attempt?.attempt === 2);
    const ended = await reached(query.queryId, ({ status }) => status === 'expired');
    expect(ended.attempt?.attempt).toBe(3);
    expect(ended.chargedEpsilonMicro).toBe(0);
    expect(await balance(`escrow:${query.queryId}`)).toBe('0');
  });

  it('a released query is settled', async () => {
    const query = await requestSum(network);
    for (const index of [1, 2, 3]) await commitBlinding(network, query, index);
    for (const index of [1, 2]) {
      await network.submit(`keyholder-${index}`, 'query:releaseShare', {
        queryId: query.queryId,
        planHash: query.planHash,
        attempt: 1,
        finalHash: 'ab'.repeat(32),
        shareHash: 'cd'.repeat(32),
      });
    }
    await reached(query.queryId, ({ status }) => status === 'settled');
    expect(await balance(`escrow:${query.queryId}`)).toBe('0');
  });
});

describe('dutiesOf', () => {
  const record = (change: object): QueryRecord =>
    queryRecordSchema.parse({ ...structuredClone(sample), ...change });
  let sample: QueryRecord;
  beforeAll(async () => {
    sample = await requestSum(network);
  });
  const review = {
    requestedAt: 1,
    deadline: 100,
    status: 'open',
    points: [
      { reviewPointId: 'desk', role: 'regulator', entryIds: [], deadline: 100, status: 'open' },
    ],
  };
  const attempt = (change: object) => ({ attempt: { ...sample.attempt, ...change } });

  it.each<[string, () => object, number, readonly string[]]>([
    ['an open round', () => attempt({ blindingDeadline: 100 }), 100, []],
    [
      'a round after its deadline',
      () => attempt({ blindingDeadline: 100 }),
      101,
      ['closeBlinding', 'nextAttempt', 'expire'],
    ],
    [
      'an attempt that is being opened',
      () => attempt({ state: 'opening', releaseDeadline: 100 }),
      100,
      [],
    ],
    [
      'an attempt that was not opened in time',
      () => attempt({ state: 'opening', releaseDeadline: 100 }),
      101,
      ['nextAttempt', 'expire'],
    ],
    [
      'an attempt that keyholders ended',
      () => attempt({ state: 'ended' }),
      0,
      ['nextAttempt', 'expire'],
    ],
    [
      'a release that may be disputed',
      () => ({ status: 'released', settleDeadline: 100 }),
      100,
      [],
    ],
    ['a query whose review can be done', () => ({ status: 'reviewing', review }), 100, []],
    ['a query whose review lapsed', () => ({ status: 'reviewing', review }), 101, ['expire']],
    ['a release after that', () => ({ status: 'released', settleDeadline: 100 }), 101, ['settle']],
    ['a settled query', () => ({ status: 'settled', settleDeadline: 100 }), 101, []],
    ['an expired query', () => ({ status: 'expired', ...attempt({ state: 'ended' }) }), 101, []],
  ])('of %s', (_name, change, now, duties) => {
    expect(dutiesOf(record(change()), now)).toEqual(duties);
  });
});
