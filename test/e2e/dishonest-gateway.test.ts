import { readFile } from 'node:fs/promises';
import { ContributionFolder, receiveResult, submitQuestion, type Question } from '@veilsum/client';
import {
  bigintToHex,
  bytesToBigint,
  canonicalBytes,
  decodeCanonicalJson,
  hashAggregate,
  hexToBigint,
  requiredBlocks,
  type PublicKey,
} from '@veilsum/crypto';
import { aggregateObjectSchema, type Contribution, type QueryRecord } from '@veilsum/protocol';
import { ContainerReader } from '@veilsum/protocol/container';
import { layoutForProduct } from '@veilsum/rules';
import {
  DishonestGateway,
  expectRefusedByEveryKeyholder,
  type KeyholderCall,
  type Lie,
} from './dishonest-gateway.js';
import { encodeBlindingObject, freshBlinding } from './rogue-keyholder.js';
import { answerOf, type ProxiedAnswer } from './tampering-proxy.js';
import { TestNetwork, testProduct, testQuestion, testValue } from './test-network.js';

const MERCHANTS = 3;
const TIMEOUT_MS = 180_000;

/** Noisy, so that ε is charged and has to come back. */
const question: Question = { ...testQuestion, release: 'noisy', epsilonMicro: 1_000_000 };

describe('a gateway', () => {
  let network: TestNetwork;
  let gateway: DishonestGateway;
  let key: PublicKey;
  let contributions: Contribution[];

  beforeAll(async () => {
    network = await TestNetwork.start({ merchants: MERCHANTS, attemptMs: 90_000 });
    gateway = await DishonestGateway.standIn(network);
    key = await network.key();
    contributions = await network.contributeAll(MERCHANTS);
  }, 360_000);
  afterAll(async () => {
    await gateway.close();
    await network.close();
  }, 60_000);

  const expectRefused = (lie: Lie, code: string) =>
    expectRefusedByEveryKeyholder(network, () => gateway.askWhileLying(question, lie), code);

  /** Rows of a container that a merchant made, in the order asked. */
  async function ciphertextsOf(
    { contributorId, contributionId }: Contribution,
    rows: readonly number[],
  ): Promise<bigint[]> {
    const folder = new ContributionFolder(network.state.contributions(contributorId));
    const { containerPath } = await folder.read(contributionId);
    const { blocks } = layoutForProduct(testProduct, key);
    const shape = { cells: 2, blocks, modulusBits: key.modulusBits };
    const reader = await ContainerReader.open(containerPath, shape);
    try {
      const found: bigint[] = [];
      for await (const bytes of reader.ciphertexts(rows)) found.push(bytesToBigint(bytes));
      return found;
    } finally {
      await reader.close();
    }
  }

  /** The aggregates that a gateway gets from these contributions, well-formed and hashed. */
  async function aggregatesOf(
    { plan, planHash }: QueryRecord,
    multiplied: readonly Contribution[],
  ): Promise<ProxiedAnswer> {
    if (plan === undefined || planHash === undefined) throw new Error('The query has no plan.');
    const layout = layoutForProduct(testProduct, key);
    const planes = plan.planes.map(({ plane }) => plane);
    const blocks: bigint[] = [];
    for (const { group, block } of requiredBlocks(layout, planes, plan.groups.length)) {
      const cells = plan.groups[group]?.cells ?? [];
      const rows = cells.map((cell) => cell * layout.blocks + block);
      let product = 1n;
      for (const contribution of multiplied) {
        for (const ciphertext of await ciphertextsOf(contribution, rows)) {
          product = (product * ciphertext) % key.n2;
        }
      }
      blocks.push(product);
    }
    return aggregateAnswer(planHash, blocks);
  }

  function aggregateAnswer(planHash: string, blocks: bigint[]): ProxiedAnswer {
    const aggregateHash = hashAggregate({ key, planHash, blocks });
    const hex = blocks.map(bigintToHex);
    const object = { aggregateHash, blocks: hex, format: 'veilsum-aggregate/1', planHash };
    return answerOf(canonicalBytes(object));
  }

  /** Shows every keyholder the product of other contributions than the plan's. */
  const multiplying =
    (choose: (all: Contribution[]) => (Contribution | undefined)[]): Lie =>
    (call) =>
      isAggregates(call)
        ? aggregatesOf(
            call.query,
            choose(contributions).filter((one) => one !== undefined),
          )
        : undefined;

  const servingContainerOf =
    (served: Contribution, asked: Contribution) => (call: KeyholderCall) =>
      call.path === containerPath(asked) ? call.pass(containerPath(served)) : undefined;

  test("that serves another member's container is refused by every keyholder", async () => {
    const [first, second] = contributions;
    if (first === undefined || second === undefined) throw new Error('There are no contributions.');
    await expectRefused(servingContainerOf(second, first), 'CONTAINER_HASH');
  });

  test('that serves an old container is refused by every keyholder', async () => {
    const [old, ...others] = contributions;
    if (old === undefined) throw new Error('There are no contributions.');
    const { contributorId, contributionId, consentId } = old;
    const fresh = await network.contribute(contributorId, consentId, {
      base: 7n,
      supersedes: contributionId,
    });
    contributions = [fresh, ...others];
    const folder = new ContributionFolder(network.state.contributions(contributorId));
    const bytes = await readFile((await folder.read(contributionId)).containerPath);
    const oldContainer: Lie = ({ path }) =>
      path === containerPath(fresh)
        ? Promise.resolve(answerOf(bytes, 'application/vnd.apache.arrow.file'))
        : undefined;
    await expectRefused(oldContainer, 'CONTAINER_HASH');
  });

  test('that drops a contribution is refused by every keyholder', async () => {
    await expectRefused(
      multiplying(([first, second]) => [first, second]),
      'AGGREGATE_MISMATCH',
    );
  });

  test('that doubles a contribution is refused by every keyholder', async () => {
    await expectRefused(
      multiplying(([first, second, third]) => [first, second, third, third]),
      'AGGREGATE_MISMATCH',
    );
  });

  test('that swaps a contribution for another is refused by every keyholder', async () => {
    await expectRefused(
      multiplying(([first, second]) => [first, second, second]),
      'AGGREGATE_MISMATCH',
    );
  });

  describe('that changes the plan', () => {
    let other: QueryRecord;

    beforeAll(async () => {
      const fewerGroups = { ...question, where: { group: ['food'] } };
      const dropping = multiplying(([first]) => [first]);
      ({ record: other } = await gateway.askWhileLying(fewerGroups, dropping));
    }, TIMEOUT_MS);

    /** The real aggregates of the other plan. */
    const aggregatesOfOther = ({ pass }: KeyholderCall) =>
      pass(`/v1/queries/${other.queryId}/aggregates`);

    test('to one of fewer groups, under its right hash, is refused by every keyholder', async () => {
      const relabelled = async (call: KeyholderCall) => {
        const { body } = await aggregatesOfOther(call);
        const { blocks } = aggregateObjectSchema.parse(decodeCanonicalJson(body));
        return aggregateAnswer(call.query.planHash ?? '', blocks.map(hexToBigint));
      };
      const lie: Lie = (call) => (isAggregates(call) ? relabelled(call) : undefined);
      await expectRefused(lie, 'AGGREGATE_MISMATCH');
    });

    test('to that of another query is refused by every keyholder', async () => {
      const lie: Lie = (call) => (isAggregates(call) ? aggregatesOfOther(call) : undefined);
      await expectRefused(lie, 'PLAN_MISMATCH');
    });
  });

  test('that shows keyholders different blindings is refused by every keyholder', async () => {
    // Its proof holds, and everyone is shown another one: only the recorded hash tells.
    const forged = ({ query, path }: KeyholderCall) =>
      encodeBlindingObject(freshBlinding(key, query, Number(path.split('/').at(-1))));
    const lie: Lie = (call) =>
      call.method === 'GET' && call.path.includes('/blindings/')
        ? Promise.resolve(answerOf(forged(call)))
        : undefined;
    await expectRefused(lie, 'BLINDING_MISMATCH');
  });

  test('that stays honest, in the same place, gets its result opened', async () => {
    const analyst = await network.session('analyst');
    const { queryId } = await submitQuestion(analyst, testQuestion);
    const { result, record } = await receiveResult(analyst, queryId, { timeoutMs: TIMEOUT_MS });
    const expected = [0, 1].flatMap((cell) =>
      [0, 1, 2, 3].map((lane) =>
        Number([7n, 2n, 3n].reduce((sum, base) => sum + testValue(base, cell, 1, lane), 0n)),
      ),
    );
    expect(result.rows.map(({ value }) => value)).toEqual(expected);
    expect(record.status).toBe('settled');
  });
});

const containerPath = ({ contributionId }: Contribution) =>
  `/v1/contributions/${contributionId}/container`;

const isAggregates = ({ path, query }: KeyholderCall) =>
  path === `/v1/queries/${query.queryId}/aggregates`;
