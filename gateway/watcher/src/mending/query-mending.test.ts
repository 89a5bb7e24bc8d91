import { GatewayNetwork } from '../../../../test/fakes/gateway/gateway-network.js';
import { registerContainer } from '../../../../test/fakes/gateway/sample-containers.js';
import {
  commitBlinding,
  fundAnalyst,
  readQuery,
  requestSum,
  until,
} from '../../../../test/fakes/gateway/sample-queries.js';
import { sampleAlert } from '../../../../test/fakes/watcher/sample-alert.js';
import { PictureKeeper } from '../picture/picture-keeper.js';
import { subjectId } from './mender.js';
import { queryMender } from './query-mending.js';

/** Short enough to wait for, long enough to do something before. */
const ROUND_MS = 1200;
let network: GatewayNetwork;

const mend = (queryId: string) =>
  queryMender(network.ledgerOf('auditor'))(sampleAlert({ subject: `query:${queryId}` }));
/** Tries until something could be done. */
const mended = (queryId: string) => until(() => mend(queryId));

beforeAll(async () => {
  const deadlines = { blindingMs: ROUND_MS, releaseMs: ROUND_MS, disputeMs: 500 };
  network = await GatewayNetwork.found({ deadlines });
  await fundAnalyst(network);
  for (const merchant of ['merchant-1', 'merchant-2', 'merchant-3']) {
    const { registration, bytes } = await registerContainer(network, merchant, 1n);
    const { contributionId } = registration;
    await network.call(merchant, 'PUT', `/v1/contributions/${contributionId}/container`, bytes);
  }
  // From here on nobody but the watcher goes on with queries.
  await network.gateway.close();
});
afterAll(async () => {
  await network.close();
});

describe('a query with which nobody goes on', () => {
  it('is left alone while there is time', async () => {
    const { queryId } = await requestSum(network);
    expect(await mend(queryId)).toBeUndefined();
    expect((await readQuery(network, queryId)).attempt?.attempt).toBe(1);
  });

  it('gets its round closed, and says so', async () => {
    const query = await requestSum(network);
    for (const index of [1, 3]) await commitBlinding(network, query, index);
    expect(await mended(query.queryId)).toBe(
      `Closed the round of blindings of query ${query.queryId}.`,
    );
    expect((await readQuery(network, query.queryId)).attempt?.keyholders).toEqual([1, 3]);
  });

  it('gets its next attempts, then its end, and then there is nothing to do', async () => {
    const { queryId } = await requestSum(network);
    for (const attempt of [2, 3]) {
      expect(await mended(queryId)).toMatch(/^Opened the next attempt/);
      expect((await readQuery(network, queryId)).attempt?.attempt).toBe(attempt);
    }
    expect(await mended(queryId)).toMatch(/^Ended the query, and money went back/);
    expect((await readQuery(network, queryId)).status).toBe('expired');
    expect(await mend(queryId)).toBeUndefined();
  }, 30_000);

  it('is settled once the dispute window is over', async () => {
    const query = await requestSum(network);
    const { queryId, planHash } = query;
    for (const index of [1, 2, 3]) await commitBlinding(network, query, index);
    for (const index of [1, 2]) {
      const hashes = { finalHash: 'ab'.repeat(32), shareHash: 'cd'.repeat(32) };
      const share = { queryId, planHash, attempt: 1, ...hashes };
      await network.submit(`keyholder-${index}`, 'query:releaseShare', share);
    }
    expect(await mended(queryId)).toMatch(/^Settled the query/);
    expect((await readQuery(network, queryId)).status).toBe('settled');
  });
});

describe('what the watcher sees of the ledger', () => {
  it('is read whole once, and then as blocks name it', async () => {
    const ledger = network.ledgerOf('auditor');
    const keeper = new PictureKeeper(ledger, 0);
    const before = await keeper.look();
    expect(before.contributions.map(({ status }) => status)).toEqual([
      'stored',
      'stored',
      'stored',
    ]);
    expect(before.queries.length).toBeGreaterThanOrEqual(4);
    const settled = before.queries.find(({ record }) => record.status === 'settled');
    expect(settled?.keyholders).toEqual(['keyholder-1', 'keyholder-2', 'keyholder-3']);
    expect(settled?.attempts[0]?.shares).toHaveLength(2);
    const height = await ledger.height();
    const { queryId } = await requestSum(network);
    expect((await keeper.look()).queries).toHaveLength(before.queries.length);
    for await (const block of ledger.blocks({ fromBlock: height })) {
      keeper.notice(block);
      break;
    }
    const after = await keeper.look();
    expect(after.queries.map(({ record }) => record.queryId)).toContain(queryId);
  });

  it('leaves out the attempts of queries that ended before it began', async () => {
    const keeper = new PictureKeeper(network.ledgerOf('auditor'), Date.now() + 60_000);
    const { queries } = await keeper.look();
    const settled = queries.find(({ record }) => record.status === 'settled');
    expect(settled).toMatchObject({ attempts: [], keyholders: [] });
  });

  it('is read the next time when it could not be read', async () => {
    const ledger = network.ledgerOf('auditor');
    let isDown = true;
    const keeper = new PictureKeeper(
      {
        evaluate: (request) =>
          isDown && request.contract === 'query'
            ? Promise.reject(new Error('away'))
            : ledger.evaluate(request),
      },
      0,
    );
    await expect(keeper.look()).rejects.toThrow('away');
    isDown = false;
    expect((await keeper.look()).queries.length).toBeGreaterThan(0);
  });
});

describe('the ids in a subject', () => {
  it('are found by their word, whole', () => {
    const subject = 'member:merchant-1/product:sales/commitment:c0ffee';
    expect(subjectId({ subject }, 'commitment')).toBe('c0ffee');
    expect(subjectId({ subject }, 'member')).toBe('merchant-1');
    expect(subjectId({ subject }, 'commit')).toBeUndefined();
  });
});
