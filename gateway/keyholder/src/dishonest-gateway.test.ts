import { decodeCanonicalJson, canonicalBytes, hashAggregate, hexToBigint } from '@veilsum/crypto';
import {
  VeilsumError,
  type AggregateObject,
  type ContributionId,
  type QueryId,
} from '@veilsum/protocol';
import { merchantIds, testKey } from '../../../test/fakes/committee/test-committee.js';
import { makeContribution } from '../../../test/fakes/committee/test-contribution.js';
import { honestCohort, TestNetwork } from '../../../test/fakes/committee/test-network.js';
import type { Gateway } from './gateway.js';

let network: TestNetwork;
afterEach(() => network.stop());

const everyone = [1, 2, 3];

async function askDishonestly(spoil: (queryId: QueryId) => void | Promise<void>): Promise<QueryId> {
  network = await TestNetwork.start();
  const queryId = await network.ask();
  await spoil(queryId);
  return queryId;
}

/** Every keyholder refuses with this code, and none of them blinds, shows or releases anything. */
async function expectRefusal(queryId: QueryId, code: string): Promise<void> {
  await network.settle(queryId);
  const { refusals, blindings, shares } = network.ledger.current(queryId);
  expect(refusals.map((refusal) => `${refusal.index} ${refusal.code}`)).toEqual(
    everyone.map((index) => `${index} ${code}`),
  );
  expect({ blindings, shares }).toEqual({ blindings: [], shares: [] });
  expect(network.gateway.blindings.size + network.gateway.shares.size).toBe(0);
}

function cohortIds(): ContributionId[] {
  return network.cohort.map(({ contribution }) => contribution.contributionId);
}

/** Changes what the gateway publishes, with a hash that fits the change unless one is given. */
function alterAggregates(queryId: QueryId, change: (blocks: string[]) => string[], hash?: string) {
  const bytes = network.gateway.aggregates.get(queryId) ?? new Uint8Array(0);
  const object = decodeCanonicalJson(bytes) as unknown as AggregateObject;
  const blocks = change([...object.blocks]);
  const { planHash } = object;
  const fitting = hashAggregate({ key: testKey, planHash, blocks: blocks.map(hexToBigint) });
  const altered = { ...object, aggregateHash: hash ?? fitting, blocks };
  network.gateway.aggregates.set(queryId, canonicalBytes(altered));
}

describe('aggregates', () => {
  test('a gateway that drops a contribution is refused by every keyholder', async () => {
    const queryId = await askDishonestly((id) =>
      network.gateway.aggregate(id, { cohort: cohortIds().slice(1) }),
    );
    await expectRefusal(queryId, 'AGGREGATE_MISMATCH');
  });

  test('a gateway that doubles a contribution is refused by every keyholder', async () => {
    const queryId = await askDishonestly((id) => {
      const [first] = cohortIds();
      const cohort = first === undefined ? [] : [...cohortIds(), first];
      return network.gateway.aggregate(id, { cohort });
    });
    await expectRefusal(queryId, 'AGGREGATE_MISMATCH');
  });

  test('a gateway that swaps one contribution for another is refused by every keyholder', async () => {
    const queryId = await askDishonestly((id) => {
      const [first, second] = cohortIds();
      const cohort = first === undefined || second === undefined ? [] : [first, first, second];
      return network.gateway.aggregate(id, { cohort });
    });
    await expectRefusal(queryId, 'AGGREGATE_MISMATCH');
  });

  test('a gateway that adds for a changed plan is refused by every keyholder', async () => {
    const queryId = await askDishonestly((id) =>
      network.gateway.aggregate(id, { planHash: 'ab'.repeat(32) }),
    );
    await expectRefusal(queryId, 'PLAN_MISMATCH');
  });

  test.each<[string, (blocks: string[]) => string[], string | undefined]>([
    ['one block changed', (blocks) => ['2', ...blocks.slice(1)], undefined],
    ['two blocks exchanged', (blocks) => blocks.reverse(), undefined],
    ['a block missing', (blocks) => blocks.slice(1), undefined],
    ['a block too many', (blocks) => [...blocks, '1'], undefined],
    ['an invalid element', (blocks) => [testKey.n.toString(16), ...blocks.slice(1)], undefined],
    ['another hash beside the right blocks', (blocks) => blocks, '0'.repeat(64)],
  ])('%s is refused', async (_, change, hash) => {
    const queryId = await askDishonestly((id) => {
      alterAggregates(id, change, hash);
    });
    await expectRefusal(queryId, 'AGGREGATE_MISMATCH');
  });

  test.each([
    ['no JSON', Buffer.from('hello')],
    ['a number', Buffer.from('7')],
    ['more bytes than there can be', Buffer.alloc(1_000_000, 32)],
  ])('%s in place of aggregates is refused', async (_, bytes) => {
    const queryId = await askDishonestly((id) => {
      network.gateway.aggregates.set(id, bytes);
    });
    await expectRefusal(queryId, 'AGGREGATE_MISMATCH');
  });

  test('a gateway that changes its aggregates after the check is refused before anything opens', async () => {
    network = await TestNetwork.start();
    const queryId = await network.ask();
    for (const index of everyone) await network.keyholder(index).advance(queryId);
    alterAggregates(queryId, (blocks) => ['2', ...blocks.slice(1)]);
    await network.settle(queryId);
    const { refusals, shares } = network.ledger.current(queryId);
    expect(refusals.map(({ code }) => code)).toEqual(everyone.map(() => 'AGGREGATE_MISMATCH'));
    expect(shares).toEqual([]);
  });
});

describe('containers', () => {
  test("a gateway that serves another member's container is refused by every keyholder", async () => {
    const queryId = await askDishonestly(() => {
      const [first, second] = network.cohort;
      if (first === undefined || second === undefined) return;
      network.gateway.containers.set(first.contribution.contributionId, second.container);
    });
    await expectRefusal(queryId, 'CONTAINER_HASH');
  });

  test('a gateway that serves an old container of the same member is refused by every keyholder', async () => {
    let old = new Uint8Array(0);
    network = await TestNetwork.start(async (folder) => {
      const [member] = merchantIds;
      if (member !== undefined) old = (await makeContribution(folder, member, 9)).container.slice();
      return honestCohort(folder);
    });
    const queryId = await network.ask();
    const [first] = cohortIds();
    if (first !== undefined) network.gateway.containers.set(first, old);
    await network.gateway.aggregate(queryId);
    await expectRefusal(queryId, 'CONTAINER_HASH');
  });

  test('a gateway that serves a container without end is refused by every keyholder', async () => {
    const queryId = await askDishonestly(() => {
      const [first] = network.cohort;
      if (first === undefined) return;
      const longer = Buffer.concat([first.container, Buffer.alloc(100_000)]);
      network.gateway.containers.set(first.contribution.contributionId, longer);
    });
    await expectRefusal(queryId, 'CONTAINER_HASH');
  });

  test.each([
    ['whose proof is about other rows', 'PLAINTEXT_PROOF_INVALID', { foreignRows: true }],
    [
      'made for another contribution',
      'CONTAINER_CONTEXT',
      {
        context: { contributionId: '0'.repeat(32) as ContributionId },
      },
    ],
    [
      'of another layout',
      'CONTAINER_CONTEXT',
      { context: { layoutHash: 'ab'.repeat(32) as never } },
    ],
  ])(
    'a container %s that the gateway let in is refused by every keyholder',
    async (_, code, faults) => {
      network = await TestNetwork.start(async (folder) => {
        const [first, ...others] = await Promise.all(
          merchantIds.map((id, seed) =>
            makeContribution(folder, id, seed, seed === 0 ? faults : {}),
          ),
        );
        return first === undefined ? others : [first, ...others];
      });
      await expectRefusal(await network.ask(), code);
    },
  );
});

describe('blindings', () => {
  /** All have recorded their blinding, and A is fixed. */
  async function blindedQuery(): Promise<QueryId> {
    network = await TestNetwork.start();
    const queryId = await network.ask();
    for (const index of everyone) await network.keyholder(index).advance(queryId);
    expect(network.ledger.current(queryId).attempt.keyholders).toEqual(everyone);
    return queryId;
  }

  /** The gateway, but for what it shows as blindings. */
  function showing(readBlinding: Gateway['readBlinding']): Gateway {
    const { gateway } = network;
    return {
      readBlinding,
      readContainer: (id) => gateway.readContainer(id),
      readAggregates: (id, bytesMax) => gateway.readAggregates(id, bytesMax),
      putBlinding: (seat, blinding) => gateway.putBlinding(seat, blinding),
      putShare: (seat, share) => gateway.putShare(seat, share),
    };
  }

  test('a gateway that shows keyholders different blindings is refused by whoever sees another', async () => {
    const queryId = await blindedQuery();
    const { gateway } = network;
    // Keyholder 3 sees its neighbours' blindings exchanged; the others see the true ones.
    const exchanged = showing((seat, max) =>
      gateway.readBlinding({ ...seat, index: 3 - seat.index }, max),
    );
    network.keyholder(3).faceGateway(exchanged);
    await network.settle(queryId);
    const { refusals, shares } = network.ledger.current(queryId);
    expect(refusals.map(({ index, code }) => ({ index, code }))).toEqual([
      { index: 3, code: 'BLINDING_MISMATCH' },
    ]);
    expect(shares.map(({ index }) => index).sort()).toEqual([1, 2]);
    expect(new Set(shares.map(({ finalHash }) => finalHash)).size).toBe(1);
    expect(network.result(queryId).values).toEqual(network.trueSums());
  });

  test('a blinding of an earlier attempt is refused', async () => {
    const queryId = await blindedQuery();
    await network.settle(queryId);
    const old = new Map(network.gateway.blindings);
    network.ledger.nextAttempt(queryId);
    for (const index of everyone) await network.keyholder(index).advance(queryId);
    const outdated = showing(({ index }) =>
      Promise.resolve(old.get(`${queryId}/1/${index}`) ?? new Uint8Array(0)),
    );
    for (const index of everyone) network.keyholder(index).faceGateway(outdated);
    await network.settle(queryId);
    const { refusals, shares } = network.ledger.current(queryId);
    expect(refusals.map(({ code }) => code)).toEqual(everyone.map(() => 'BLINDING_MISMATCH'));
    expect(shares).toEqual([]);
  });

  test.each([
    ['no JSON', Buffer.from('x')],
    ['more bytes than there can be', Buffer.alloc(1_000_000, 32)],
  ])('%s in place of a blinding is refused', async (_, bytes) => {
    const queryId = await blindedQuery();
    network
      .keyholder(1)
      .faceGateway(
        showing((_seat, bytesMax) =>
          bytes.length <= bytesMax
            ? Promise.resolve(bytes)
            : Promise.reject(new VeilsumError('LIMIT_EXCEEDED', 'The answer is too long.')),
        ),
      );
    await network.settle(queryId, [1]);
    const { refusals } = network.ledger.current(queryId);
    expect(refusals.map(({ code }) => code)).toEqual(['BLINDING_MISMATCH']);
  });
});
