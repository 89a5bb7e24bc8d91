import {
  adoptedRulebookSchema,
  memberSchema,
  productSchema,
  queryRecordSchema,
  type QueryRecord,
} from '@veilsum/protocol';
import { negativeListAllows } from '@veilsum/rules';
import { expectAuditPasses } from '../e2e/command-line.js';
import type { TestNetwork } from '../e2e/test-network.js';
import { REGULATOR_APPROVER, adopt, approve, propose, starterRulebook } from './rule-adoption.js';
import { refusalCode, ScenarioNetwork } from './scenario-network.js';

const MERCHANTS = 3;

describe('a change of the rules', () => {
  let scenario: ScenarioNetwork;
  let network: TestNetwork;
  let old: QueryRecord;

  beforeAll(async () => {
    scenario = await ScenarioNetwork.start({ merchants: MERCHANTS });
    ({ network } = scenario);
    await network.contributeAll(MERCHANTS);
    await adopt(network, 'rulebook', await starterRulebook());
    old = await scenario.request();
    await scenario.receive(old.queryId);
  }, 360_000);
  afterAll(() => scenario.close(), 60_000);

  /** What the negative list of a version says to a query. */
  async function entriesOf(version: number, { queryId }: QueryRecord) {
    const record = queryRecordSchema.parse(
      await scenario.ask('auditor', 'query:read', { queryId }),
    );
    const { plan } = record;
    if (plan === undefined) throw new Error('The query was refused.');
    const adopted = await scenario.ask('auditor', 'rulebook:read', { version });
    const product = await scenario.ask('auditor', 'product:read', {
      productId: plan.productId,
      version: plan.productVersion,
    });
    const analyst = await scenario.ask('auditor', 'member:read', { memberId: plan.analyst });
    return negativeListAllows({
      rulebook: adoptedRulebookSchema.parse(adopted).rulebook,
      product: productSchema.parse(product),
      analyst: memberSchema.parse(analyst),
      request: record.request,
      groups: plan.groups,
      approved: [],
    });
  }

  test('is nothing that the operator can make alone', async () => {
    const { negativeList } = await starterRulebook();
    const second = await starterRulebook({
      version: 2,
      negativeList: [
        ...negativeList,
        {
          entryId: 'no-exact-sums',
          match: { functions: ['sum'], releases: ['exact'] },
          effect: 'deny',
          legalBasis: 'Agreed by the members, 2026',
          sentence: 'Exact sums are not shared any more; ask with noise.',
        },
      ],
    });
    const proposal = await propose(network, 'rulebook', second);
    expect(proposal.status).toBe('open');
    expect((await approve(network, 'operator', proposal)).status).toBe('open');
    expect(await refusalCode(approve(network, 'merchant-1', proposal))).toBe('FORBIDDEN');
    const meanwhile = await scenario.request();
    expect([meanwhile.status, meanwhile.plan?.rulebookVersion]).toEqual(['authorised', 1]);
    await scenario.receive(meanwhile.queryId);

    expect((await approve(network, REGULATOR_APPROVER, proposal)).status).toBe('adopted');
    const later = await scenario.request();
    const failures = later.verdict.trace.filter(({ passed }) => !passed);
    expect(failures.map(({ code, inputs }) => [code, inputs['entryId']])).toEqual([
      ['RULEBOOK_DENIED', 'no-exact-sums'],
    ]);
  });

  test('leaves old queries under the rules that were in force', async () => {
    const trace = old.verdict.trace.filter(({ rule }) => rule === 'rulebook');
    expect(old.plan?.rulebookVersion).toBe(1);
    expect(await entriesOf(1, old)).toEqual(trace);
    expect(await entriesOf(2, old)).toMatchObject([{ passed: false, code: 'RULEBOOK_DENIED' }]);
    await expectAuditPasses(network.state.root);
  });
});
