import { canonicalBytes, decodeCanonicalJson, hashAggregate, hexToBigint } from '@veilsum/crypto';
import {
  aggregateObjectSchema,
  memberIdSchema,
  productDefinitionSchema,
  quoteSchema,
  type Contribution,
  type QueryRecord,
  type Role,
} from '@veilsum/protocol';
import { readQuery } from '@veilsum/client';
import { expectAuditPasses, runVeilsum } from '../e2e/command-line.js';
import {
  DishonestGateway,
  expectRefusedByEveryKeyholder,
  type KeyholderCall,
} from '../e2e/dishonest-gateway.js';
import { failedCodes } from '../e2e/network-facts.js';
import { answerOf } from '../e2e/tampering-proxy.js';
import { testProduct, testQuestion, type TestNetwork } from '../e2e/test-network.js';
import { adopt } from './rule-adoption.js';
import { refusalCode, ScenarioNetwork } from './scenario-network.js';

const MERCHANTS = 3;
const TIMEOUT_MS = 240_000;

/** What merchants tell the regulator, and nobody else. */
const inspections = productDefinitionSchema.parse({
  ...testProduct,
  productId: 'inspections',
  budgetGroup: 'inspections',
  audience: { roles: ['regulator'], members: [] },
});
const question = { productId: inspections.productId };

describe("the regulator's directed channel", () => {
  let scenario: ScenarioNetwork;
  let network: TestNetwork;
  let gateway: DishonestGateway;
  let told: QueryRecord;
  const contributions: Contribution[] = [];

  beforeAll(async () => {
    scenario = await ScenarioNetwork.start({ merchants: MERCHANTS, attemptMs: 90_000 });
    ({ network } = scenario);
    gateway = await DishonestGateway.standIn(network);
    await network.enrol('bureau', 'RegulatorMSP', 'analyst');
    await setRoles(network, ['analyst', 'regulator']);
    await network.deposit('bureau', '100000');
    await adopt(network, 'standard', inspections);
    await network.contributeAll(MERCHANTS);
    for (let index = 1; index <= MERCHANTS; index += 1) {
      // The consent names every analyst; the standard is narrower, and that is what counts.
      const merchant = `merchant-${index}`;
      const consentId = await network.consent(merchant, { productId: inspections.productId });
      const values = { base: BigInt(index), product: inspections };
      contributions.push(await network.contribute(merchant, consentId, values));
    }
  }, 360_000);
  afterAll(async () => {
    await gateway.close();
    await scenario.close();
  }, 60_000);

  test(
    'tells the regulator what it asks',
    async () => {
      const { queryId } = await scenario.request(question, 'bureau');
      const { result, record } = await scenario.receive(queryId, 'bureau');
      expect(result.rows.length).toBeGreaterThan(0);
      told = record;
    },
    TIMEOUT_MS,
  );

  test('is refused to another analyst by the ledger, who learns nothing by asking', async () => {
    const before = await scenario.balance('member:analyst');
    expect(failedCodes(await scenario.request(question))).toEqual(['AUDIENCE_NOT_INCLUDED']);
    const request = { ...told.request, queryId: 'ab'.repeat(16) };
    const quote = quoteSchema.parse(await scenario.ask('analyst', 'query:quote', request));
    expect([quote.cohort, quote.groups, quote.blocks, quote.price]).toEqual([[], 0, 0, '0']);
    const simulated = scenario.ask('analyst', 'settlement:simulate', request);
    expect(await refusalCode(simulated)).toBe('AUDIENCE_NOT_INCLUDED');
    expect(await scenario.balance('member:analyst')).toBe(before);
  });

  test('gives no object of the gateway to anyone else', async () => {
    const { gateway: api } = await network.session('analyst');
    const attempt = `/v1/queries/${told.queryId}/attempts/1`;
    for (const path of [
      `/v1/queries/${told.queryId}/aggregates`,
      ...[1, 2, 3].flatMap((index) => [
        `${attempt}/blindings/${index}`,
        `${attempt}/shares/${index}`,
      ]),
      ...contributions.map(({ contributionId }) => `/v1/contributions/${contributionId}/container`),
    ]) {
      expect([path, await refusalCode(api.getBytes(path))]).toEqual([path, 'FORBIDDEN']);
    }
    const words = ['query', 'result', told.queryId, '--as', 'analyst'] as const;
    expect((await runVeilsum(network.state.root, ...words)).status).toBe(1);
  });

  test('cannot be made public by the regulator itself', async () => {
    const { certificate } = await scenario.receive(told.queryId, 'bureau');
    const publication = { queryId: told.queryId, certificate };
    const code = await refusalCode(scenario.tell('bureau', 'query:publishResult', publication));
    expect(code).toBe('PUBLICATION_NOT_ALLOWED');
  });

  test(
    "is not opened by keyholders when the gateway slips its figures under another's question",
    async () => {
      const key = await network.key();
      const relabelled = async ({ pass, query }: KeyholderCall) => {
        const { body } = await pass(`/v1/queries/${told.queryId}/aggregates`);
        const { blocks } = aggregateObjectSchema.parse(decodeCanonicalJson(body));
        const planHash = query.planHash ?? '';
        const aggregateHash = hashAggregate({ key, planHash, blocks: blocks.map(hexToBigint) });
        const object = { aggregateHash, blocks, format: 'veilsum-aggregate/1', planHash };
        return answerOf(canonicalBytes(object));
      };
      const noisy = { ...testQuestion, release: 'noisy', epsilonMicro: 1_000_000 } as const;
      await expectRefusedByEveryKeyholder(
        network,
        () =>
          gateway.askWhileLying(noisy, (call) =>
            call.path.endsWith('/aggregates') ? relabelled(call) : undefined,
          ),
        'AGGREGATE_MISMATCH',
      );
    },
    TIMEOUT_MS,
  );

  test('stops for the regulator too once it has lost the role', async () => {
    await setRoles(network, ['analyst']);
    expect(failedCodes(await scenario.request(question, 'bureau'))).toEqual([
      'AUDIENCE_NOT_INCLUDED',
    ]);
    const { ledger } = await network.session('bureau');
    expect((await readQuery(ledger, told.queryId)).status).toBe('settled');
  });

  test('leaves a ledger on which an audit finds nothing', async () => {
    await expectAuditPasses(network.state.root);
  });
});

function setRoles(network: TestNetwork, roles: Role[]): Promise<void> {
  return adopt(network, 'memberRoles', { memberId: memberIdSchema.parse('bureau'), roles });
}
