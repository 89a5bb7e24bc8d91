import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Consent, ConsentRequest, ConsentRequestRecord } from '@veilsum/protocol';

import { veilsum } from '../e2e/command-line.js';
import { ScenarioNetwork } from './scenario-network.js';

const rules = {
  format: 'veilsum-auto-approval/1',
  rules: [
    {
      ruleId: 'research',
      analystIds: ['analyst'],
      analystRoles: [],
      productIds: ['sales'],
      purposes: ['CommercialResearch'],
      functions: ['sum', 'count'],
      release: 'noisy',
      maxEpsilonPerEpochMicro: 1_000_000,
      maxUses: 10,
      maxDays: 60,
      minimumPrice: '200',
      minCohort: 3,
    },
  ],
};

/** What `consent auto-approve` says of each request. */
interface Approval {
  readonly requestId: string;
  readonly decision: string;
  readonly reasons: readonly string[];
}

describe('contributors whose own rules answer analysts', () => {
  let scenario: ScenarioNetwork;
  let folder: string;
  let file: string;
  const until = new Date(Date.now() + 30 * 86_400_000).toISOString().slice(0, 10);

  beforeAll(async () => {
    scenario = await ScenarioNetwork.start({ merchants: 2 });
    folder = await mkdtemp(join(tmpdir(), 'veilsum-approval-'));
    file = join(folder, 'approval.json');
    await writeFile(file, JSON.stringify(rules));
  }, 360_000);
  afterAll(async () => {
    await scenario.close();
    await rm(folder, { recursive: true });
  }, 60_000);

  const run = (text: string, ...rest: string[]) =>
    veilsum(scenario.network.state.root, ...text.split(' '), ...rest);

  async function request(offer: string): Promise<string> {
    const { status, answer } = await run(
      `consent request --as analyst --product sales@1 --purpose CommercialResearch --function sum --until ${until} --offer ${offer} --text`,
      'How regions differ',
    );
    expect(status).toBe(0);
    return (answer as ConsentRequest).requestId;
  }

  const approve = async () =>
    (await run('consent auto-approve --as merchant-1 --rules', file)).answer as Approval[];

  const answersOf = async (requestId: string) =>
    ((await run(`consent requests ${requestId} --as auditor`)).answer as ConsentRequestRecord)
      .answers;

  test('grant what they cover, once, whoever runs them at the same time', async () => {
    const requestId = await request('200');
    const both = await Promise.all([approve(), approve()]);
    const decisions = both.flatMap((approvals) => approvals.map(({ decision }) => decision));
    expect(decisions.filter((decision) => decision === 'left')).toEqual([]);
    expect(decisions.filter((decision) => decision === 'granted').length).toBeGreaterThan(0);
    expect(await approve()).toEqual([]);
    const [answer, ...others] = await answersOf(requestId);
    expect([answer?.contributorId, answer?.answer, others]).toEqual(['merchant-1', 'granted', []]);
    const list = (await run('consent list --contributor merchant-1 --as auditor')).answer;
    const consents = list as Consent[];
    expect(consents).toHaveLength(1);
    expect(consents[0]).toMatchObject({
      requestId,
      recipients: ['member:analyst'],
      minimumPricePerUse: '200',
      minCohort: 3,
      release: 'noisy',
    });
  }, 120_000);

  test('leave what is beyond them, and say why', async () => {
    const requestId = await request('199');
    const [approval] = await approve();
    expect(approval).toMatchObject({ requestId, decision: 'left' });
    expect(approval?.reasons).toEqual([
      expect.stringMatching(/^research: .*offers 199 minor units, below 200/),
    ]);
    expect(await answersOf(requestId)).toEqual([]);
    const declined = await run(
      `consent decline ${requestId} --as merchant-1 --reason`,
      'Too low a price',
    );
    expect(declined.status).toBe(0);
    const [answer] = await answersOf(requestId);
    expect(answer).toMatchObject({ answer: 'declined', reason: 'Too low a price' });
  }, 120_000);

  test('give a receipt that anyone can check', async () => {
    const list = (await run('consent list --contributor merchant-1 --as auditor')).answer;
    const consentId = (list as Consent[])[0]?.consentId ?? '';
    const receipt = join(folder, 'receipt.jsonld');
    const written = await run(`consent receipt ${consentId} --as merchant-1 --out`, receipt);
    expect(written.status).toBe(0);
    const good = await run('consent verify-receipt --as auditor', receipt);
    expect(good.answer).toMatchObject({ consentId, revision: 1, since: [] });
    await run(`consent withdraw ${consentId} --as merchant-1 --yes`);
    const later = await run('consent verify-receipt --as auditor', receipt);
    expect(later.answer).toMatchObject({ since: [{ status: 'withdrawn' }] });
    const forged = join(folder, 'forged.jsonld');
    const text = await readFile(receipt, 'utf8');
    await writeFile(forged, text.replace('"maxUses": 10', '"maxUses": 99'));
    const refused = await run('consent verify-receipt --as auditor', forged);
    expect(refused).toMatchObject({
      status: 1,
      answer: { error: { code: 'RECEIPT_INVALID' } },
    });
  }, 120_000);
});
