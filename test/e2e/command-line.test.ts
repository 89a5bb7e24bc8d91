import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execPath } from 'node:process';

import { jest } from '@jest/globals';
import type {
  Account,
  CommitteeKey,
  Consent,
  Contribution,
  JournalEntry,
  Member,
  Product,
  Proposal,
  QueryRecord,
  Quote,
  SettlementShare,
  Transfer,
} from '@veilsum/protocol';

import { expectAuditPasses, refusal, runVeilsum, veilsum } from './command-line.js';
import { freePorts } from './free-ports.js';
import { TestNetwork, testProduct, testQuestion } from './test-network.js';

const SHOP = 'corner-shop';
const PRODUCT = 'baskets@1';
const baskets = { ...testProduct, productId: 'baskets', budgetGroup: 'baskets' } as Product;

/** Sales of two other merchants are (1 + 2) + 2 · (100·cell + 10 + lane); the shop adds its own. */
const SHOP_SALES = [
  [70, 100, 0, 0],
  [0, 0, 5, 60],
];
const sums = SHOP_SALES.map((lanes, cell) =>
  lanes.map((value, lane) => 3 + 2 * (100 * cell + 10 + lane) + value),
);

const CSV = `customer,week,dept,amount,store
c1,1,food,0.40,north
c1,1,food,0.30,north
c2,2,food,2.50,north
c3,3,toys,0.05,north
c4,4,toys,0.60,north
c5,4,toys,9.99,south
`;
const MAPPING = `format: veilsum-mapping/1
where: store = 'north'
dimensions: { group: dept }
lane: week
unit: customer
measures: { sales: { value: amount, scale: 2 } }
`;

jest.setTimeout(300_000);

let network: TestNetwork;
let folder: string;
let file: string;
let mapping: string;
let consentId: string;
let contributionId: string;
let queryId: string;
let certificate: string;

const words = (text: string) => text.split(' ');
const run = (text: string, ...rest: string[]) =>
  veilsum(network.state.root, ...words(text), ...rest);

/** Runs a command that must succeed. @returns its JSON */
async function done<Answer>(text: string, ...rest: string[]): Promise<Answer> {
  const { status, answer } = await run(text, ...rest);
  expect([status, answer]).toEqual([0, expect.anything()]);
  return answer as Answer;
}

const question = () => [
  ...words(`--as analyst --product ${PRODUCT} --epoch ${testQuestion.epoch} --exact`),
  ...words('--function sum --measure sales --by group --weeks --purpose CommercialResearch'),
];
const terms = (release: string) => [
  ...words(`--as ${SHOP} --product ${PRODUCT} --function sum,count --release ${release}`),
  ...words('--purpose CommercialResearch,Marketing --until 2099-12-31 --minimum-price 10'),
];
const contribute = () => [
  ...words(`contribute --as ${SHOP} --product ${PRODUCT} --epoch ${testQuestion.epoch}`),
  ...['--file', file, '--mapping', mapping],
];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'veilsum-journey-'));
  [file, mapping] = [join(folder, 'sales.csv'), join(folder, 'sales.yaml')];
  await writeFile(file, CSV);
  await writeFile(mapping, MAPPING);
  network = await TestNetwork.start({ merchants: 2 });
});

afterAll(async () => {
  await network.close();
  await rm(folder, { recursive: true });
});

describe('a journey by the command line alone', () => {
  it('publishes a product', async () => {
    const definition = join(folder, 'baskets.json');
    await writeFile(definition, JSON.stringify(baskets));
    expect(await done('product validate', definition)).toMatchObject({ allowed: true });
    expect(await done<Proposal>('product publish --as merchant-1', definition)).toMatchObject({
      ...{ kind: 'standard', status: 'open', proposedBy: 'merchant-1', approvals: [] },
    });
    const published = await done<Product>('product publish --as operator', definition);
    expect(published).toMatchObject(baskets);
    const [list, shown] = await Promise.all([
      done<Product[]>('product list --as analyst'),
      done<Product>(`product show ${PRODUCT} --as analyst`),
    ]);
    expect(list.map(({ productId }) => productId).sort()).toEqual(['baskets', 'sales']);
    expect(shown).toEqual(published);
    for (const [index, memberId] of ['merchant-1', 'merchant-2'].entries()) {
      const { productId } = baskets;
      const consent = await network.consent(memberId, { productId });
      await network.contribute(memberId, consent, { base: BigInt(index + 1), product: baskets });
    }
  });

  it('enrols a merchant', async () => {
    const enrolled = await done<Member>(
      `member enrol --as operator --id ${SHOP} --msp MerchantsMSP --role merchant --name`,
      'Corner Shop',
    );
    expect(enrolled).toMatchObject({ memberId: SHOP, name: 'Corner Shop', status: 'active' });
    const [list, shown, wrong] = await Promise.all([
      done<Member[]>(`member list --as ${SHOP}`),
      done<Member>(`member show ${SHOP} --as analyst`),
      run('member enrol --as operator --id other --msp RegulatorMSP --role merchant'),
    ]);
    expect(list).toContainEqual(enrolled);
    expect(shown).toEqual(enrolled);
    expect(wrong).toMatchObject({ status: 1 });
  });

  it('consents, and amends the consent', async () => {
    const granted = await done<Consent>('consent grant', ...terms('noisy'));
    ({ consentId } = granted);
    expect(granted).toMatchObject({ contributorId: SHOP, revision: 1, release: 'noisy' });
    const amended = await done<Consent>(`consent amend ${consentId}`, ...terms('exact'));
    expect(amended).toMatchObject({ consentId, revision: 2, release: 'exact' });
    const [list, shown] = await Promise.all([
      done<Consent[]>(`consent list --contributor ${SHOP} --as ${SHOP}`),
      done<{ consent: Consent; history: unknown[] }>(`consent show ${consentId} --as ${SHOP}`),
    ]);
    expect(list).toEqual([amended]);
    expect(shown.consent).toEqual(amended);
    expect(shown.history).toHaveLength(2);
  });

  it('shows what would leave the machine, and sends nothing', async () => {
    const height = await network.operator.ledger.height();
    const [forPrograms, forPeople] = await Promise.all([
      veilsum(network.state.root, ...contribute(), '--dry-run'),
      runVeilsum(network.state.root, ...contribute(), '--dry-run'),
    ]);
    expect(forPrograms).toMatchObject({
      status: 0,
      answer: {
        dryRun: true,
        read: {
          ...{ file: 'sales.csv', rowsRead: 6, rowsFiltered: 1, rowsRejected: 0, rowsUsed: 5 },
          coverage: [0, 1],
          bounding: { units: 4, measures: [{ unboundedTotal: '385', keptTotal: '235' }] },
        },
        preview: { cells: 2, cellsWithData: 2, coverage: [0, 1], slots: 16 },
      },
    });
    expect(forPeople).toMatchObject({ status: 0, stderr: '' });
    for (const part of [
      'sales.csv: 6 rows read, 1 filtered out, 0 rejected, 5 used.',
      'sales: bounding kept 61.03 % of the total',
      'What would leave this machine:',
      'declared coverage, public: cells 0, 1 of baskets',
      'Nothing was sent.',
    ]) {
      expect(forPeople.stdout).toContain(part);
    }
    expect(await network.operator.ledger.height()).toBe(height);
  });

  it('contributes', async () => {
    const { status, answer } = await veilsum(network.state.root, ...contribute());
    const { contribution } = answer as { contribution: Contribution };
    ({ contributionId } = contribution);
    expect(status).toBe(0);
    expect(contribution).toMatchObject({ contributorId: SHOP, consentId, status: 'stored' });
    const filter = `--product baskets --epoch ${testQuestion.epoch} --contributor ${SHOP}`;
    const [list, shown, again] = await Promise.all([
      done<Contribution[]>(`contribution list ${filter} --as auditor`),
      done<Contribution>(`contribution show ${contributionId} --as auditor`),
      veilsum(network.state.root, ...contribute()),
    ]);
    expect(list).toEqual([contribution]);
    expect(shown).toEqual(contribution);
    expect(again).toEqual(refusal('CONTRIBUTION_DUPLICATE'));
  });

  it('quotes, and asks only once the price is agreed to', async () => {
    const [quote, unconfirmed, dear] = await Promise.all([
      done<Quote>('quote', ...question()),
      run('query run', ...question()),
      run('quote --max-price 999', ...question()),
    ]);
    expect(quote).toMatchObject({ verdict: { allowed: true }, cohortSize: 3, price: '1000' });
    expect(quote.cohort).toContain(contributionId);
    expect(unconfirmed).toEqual(refusal('CONFIRMATION_REQUIRED'));
    expect(dear).toMatchObject({ status: 1, answer: { verdict: { allowed: false } } });
    expect(await done('query list --mine --as analyst')).toEqual([]);
  });

  it('asks, and gets the sums', async () => {
    const result = await done<{ queryId: string; rows: { value: number }[] }>(
      'query run --yes',
      ...question(),
    );
    ({ queryId } = result);
    expect(result).toMatchObject({ status: 'settled', cohortSize: 3, price: '1000' });
    expect(result.rows.map(({ value }) => value)).toEqual(sums.flat());
    const [list, shown, again, forPeople] = await Promise.all([
      done<QueryRecord[]>('query list --mine --as analyst'),
      done<{ record: QueryRecord; attempts: unknown[] }>(`query show ${queryId} --as auditor`),
      done<typeof result>(`query result ${queryId} --as analyst`),
      runVeilsum(network.state.root, ...words(`query result ${queryId} --as analyst`)),
    ]);
    expect(list.map((record) => record.queryId)).toEqual([queryId]);
    expect(shown).toMatchObject({ record: list[0], attempts: [{ attempt: { attempt: 1 } }] });
    expect(again).toEqual(result);
    expect(forPeople.status).toBe(0);
    expect(forPeople.stdout).toMatch(/food[^\n]*\b93\b/);
    expect(forPeople.stdout).toContain('3 contributions; exact release, no noise');
    expect(await run(`query result ${queryId} --as ${SHOP}`)).toMatchObject({ status: 1 });
  });

  it('exports the result', async () => {
    const formats = ['csv', 'json', 'certificate'];
    const files = await Promise.all(
      formats.map(async (format) => {
        const out = join(folder, `result.${format}`);
        const exporting = `query export ${queryId} --as analyst --format ${format} --out`;
        expect(await done(exporting, out)).toEqual({ queryId, format, file: out });
        return readFile(out, 'utf8');
      }),
    );
    certificate = join(folder, 'result.certificate');
    const [csv = '', json = '', proof = ''] = files;
    expect(csv.split('\r\n').slice(0, 2)).toEqual([
      'group,lane,value,standard_error,lower95,upper95',
      'food,1,93,0,93,93',
    ]);
    expect(JSON.parse(json)).toMatchObject({ queryId, certificate: JSON.parse(proof) as object });
    const over = await run(`query export ${queryId} --as analyst --format csv --out`, certificate);
    expect(over).toEqual(refusal('INVALID_ARGUMENT'));
    expect(await readFile(certificate, 'utf8')).toBe(proof);
  });

  it('lets anyone verify the certificate', async () => {
    const forged = join(folder, 'forged.json');
    const genuine = JSON.parse(await readFile(certificate, 'utf8')) as { planHash: string };
    await writeFile(forged, JSON.stringify({ ...genuine, planHash: '0'.repeat(64) }));
    const verifying = `query verify ${queryId} --as auditor --certificate`;
    const [verified, byBlock, refused, missing] = await Promise.all([
      done<{ valid: boolean; rows: { value: number }[] }>(verifying, certificate),
      done(`query verify ${queryId} --by-block --as ${SHOP} --certificate`, certificate),
      run(verifying, forged),
      run(verifying, join(folder, 'none.json')),
    ]);
    expect(verified.rows.map(({ value }) => value)).toEqual(sums.flat());
    expect(byBlock).toEqual(verified);
    expect([refused, missing]).toEqual(Array(2).fill(refusal('CERTIFICATE_INVALID')));
  });

  it('shows the money, and moves it with two signatures', async () => {
    const [shares, entries, own, all, statement] = await Promise.all([
      done<SettlementShare[]>(`settlement simulate ${queryId} --as ${SHOP}`),
      done<JournalEntry[]>(`settlement show ${queryId} --as ${SHOP}`),
      done<Account>(`account show --as ${SHOP}`),
      done<Account[]>('account show all --as auditor'),
      done<JournalEntry[]>(`account statement --query ${queryId} --as ${SHOP}`),
    ]);
    const paid = (lines: readonly { amount: string }[]) =>
      lines.reduce((sum, { amount }) => sum + Number(amount), 0);
    expect(paid(shares)).toBe(1000);
    expect(entries.filter(({ debit }) => debit === `escrow:${queryId}`)).toMatchObject(
      shares.map(({ accountId, amount, kind }) => ({ credit: accountId, amount, kind })),
    );
    expect(own.balance).toBe(String(paid(statement)));
    expect(Number(own.balance)).toBeGreaterThanOrEqual(10);
    expect(paid(all.map(({ balance }) => ({ amount: balance })))).toBe(0);
    const deposit = words(`account deposit --as ${SHOP} --amount 500 --reference`);
    const proposed = await done<Transfer>(deposit.join(' '), 'bank 17');
    const confirming = `account confirm ${proposed.transferId} --as`;
    expect(await run(`${confirming} ${SHOP}`)).toEqual(refusal('FORBIDDEN'));
    expect(await done(`${confirming} operator`)).toMatchObject({ status: 'confirmed' });
    const [transfers, after] = await Promise.all([
      done<Transfer[]>('account transfers --as operator'),
      done<Account>(`account show --as ${SHOP}`),
    ]);
    expect(transfers.find(({ transferId }) => transferId === proposed.transferId)).toMatchObject({
      ...{ kind: 'deposit', amount: '500', memberId: SHOP, status: 'confirmed' },
    });
    expect(Number(after.balance) - Number(own.balance)).toBe(500);
  });

  it('proposes, and lets others read, approve and refuse by the hash', async () => {
    const next = join(folder, 'next.json');
    await writeFile(next, JSON.stringify({ ...baskets, version: 2 }));
    const proposed = await done<Proposal>(
      `proposal submit standard --as merchant-1 --reason wanted ${next}`,
    );
    const { proposalId, contentHash } = proposed;
    expect(proposed).toMatchObject({ status: 'open', approvals: [], needs: { some: { n: 1 } } });
    expect(await done(`proposal show ${proposalId} --as auditor`)).toMatchObject({
      content: { productId: 'baskets', version: 2 },
      contentHash,
    });
    const approve = `proposal approve ${proposalId} --as`;
    const [unread, unnamed, unasked] = await Promise.all([
      run(`${approve} keyholder-3 --hash ${'0'.repeat(64)}`),
      run(`${approve} keyholder-3`),
      run(`${approve} merchant-1 --hash ${contentHash}`),
    ]);
    expect([unread, unnamed, unasked]).toEqual([
      refusal('PROPOSAL_CONTENT_MISMATCH'),
      refusal('CONFIRMATION_REQUIRED'),
      refusal('FORBIDDEN'),
    ]);
    expect(await done(`${approve} keyholder-3 --hash ${contentHash}`)).toMatchObject({
      status: 'open',
    });
    expect(await done(`${approve} operator --hash ${contentHash}`)).toMatchObject({
      status: 'adopted',
    });
    expect(await done(`product show baskets@2 --as analyst`)).toMatchObject({ version: 2 });
    expect(await done<Proposal[]>('proposal list --open --as analyst')).toEqual([]);
    await writeFile(next, JSON.stringify({ ...baskets, version: 3 }));
    const other = await done<Proposal>(
      `proposal submit standard --as merchant-1 --reason wanted ${next}`,
    );
    expect(
      await done(`proposal reject ${other.proposalId} --as operator --reason no`),
    ).toMatchObject({ status: 'rejected' });
    expect(await run(`proposal withdraw ${other.proposalId} --as merchant-1`)).toEqual(
      refusal('INVALID_STATE'),
    );
  });

  it('shows the committee', async () => {
    const keyholders = ['keyholder-1', 'keyholder-2', 'keyholder-3'];
    const keys = await done<CommitteeKey[]>('committee show --as auditor');
    expect(keys).toMatchObject([{ status: 'active', keyholders }]);
  });

  it('undoes only what is confirmed', async () => {
    const member = await done<Member>(`member show ${SHOP} --as operator`);
    const [fingerprint = ''] = member.certificateFingerprints;
    const irrevocable = [
      `contribution withdraw ${contributionId} --as ${SHOP}`,
      `consent withdraw ${consentId} --as ${SHOP}`,
      `member set ${SHOP} --status left --as operator`,
      `member revoke ${SHOP} --fingerprint ${fingerprint} --as operator`,
    ];
    const height = await network.operator.ledger.height();
    const refused = await Promise.all(irrevocable.map((text) => run(text)));
    expect(refused).toEqual(irrevocable.map(() => refusal('CONFIRMATION_REQUIRED')));
    expect(await network.operator.ledger.height()).toBe(height);
    const [withdrawContribution = '', withdrawConsent = '', , revoke = ''] = irrevocable;
    expect(await done(withdrawContribution, '--yes')).toMatchObject({ status: 'withdrawn' });
    expect(await done(withdrawConsent, '--yes')).toMatchObject({ status: 'withdrawn' });
    const quote = await run('quote', ...question());
    expect((quote.answer as Quote).cohort).not.toContain(contributionId);
    expect(await done(revoke, '--yes')).toMatchObject({ certificateFingerprints: [] });
    expect(await run(`account show --as ${SHOP}`)).toEqual(refusal('CERTIFICATE_REVOKED'));
  });

  it('is audited, from the running ledger and from a file', async () => {
    const out = join(folder, 'ledger.ndjson');
    const [story, health] = await Promise.all([
      done<{ passed: boolean; story: { events: { what: string }[] } }>(`audit --query ${queryId}`),
      done<{ check: string; ok: boolean }[]>('doctor'),
    ]);
    expect(story.passed).toBe(true);
    expect(story.story.events.map(({ what }) => what).join('\n')).toMatch(
      /query:request[^]*query:accept/,
    );
    expect(health.filter(({ ok }) => !ok)).toEqual([]);
    const exported = await done<{ blocks: number; genesisHash: string }>(
      'ledger export --out',
      out,
    );
    const nowhere = join(folder, 'elsewhere');
    const auditing = ['audit', '--ledger', out, '--genesis'];
    const [offline, other] = await Promise.all([
      veilsum(nowhere, ...auditing, exported.genesisHash),
      veilsum(nowhere, ...auditing, '0'.repeat(64)),
    ]);
    expect(offline).toMatchObject({ status: 0, answer: { passed: true, height: exported.blocks } });
    expect(other).toEqual(refusal('LEDGER_INTEGRITY'));
    await expectAuditPasses(network.state.root);
  });
});

describe('a network of its own', () => {
  let state: string;

  beforeAll(async () => {
    state = join(folder, 'state');
    const [ledger, gateway] = await freePorts();
    const ports = words(`--ledger-port ${ledger} --gateway-port ${gateway}`);
    const up = await veilsum(state, 'up', '--bits', '512', ...ports);
    expect(up).toMatchObject({ status: 0, answer: { network: { testNetwork: true } } });
  });
  afterAll(async () => {
    await veilsum(state, 'down');
  });

  const running = async () => {
    const { answer } = await veilsum(state, 'status');
    return (answer as { running: { name: string; pid: number }[] }).running;
  };

  it('goes on after "up", until "down"', async () => {
    const services = await running();
    const names = ['ledger', 'gateway', 'keyholder-1', 'keyholder-2', 'keyholder-3'];
    expect(services.map(({ name }) => name)).toEqual(names);
    for (const { pid } of services) expect(process.kill(pid, 0)).toBe(true);
    expect(await veilsum(state, 'up')).toEqual(refusal('INVALID_STATE'));
    expect(await veilsum(state, 'down')).toEqual({ status: 0, answer: { stopped: services } });
    expect(await running()).toEqual([]);
    expect(await veilsum(state, 'down')).toEqual({ status: 0, answer: { stopped: [] } });
    const { status, answer } = await veilsum(state, 'doctor');
    const missing = (answer as { check: string; ok: boolean }[]).filter(({ ok }) => !ok);
    expect(status).toBe(1);
    expect(missing.map(({ check }) => check)).toEqual(['ledger', 'gateway', 'clock']);
  });

  it('serves its ledger in the foreground', async () => {
    const config = join(state, 'processes', 'ledger.json');
    const program = 'gateway/client/dist/main.js';
    const child = spawn(execPath, [program, 'ledger', 'serve', '--config', config], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    expect(JSON.parse(line.toString())).toMatchObject({ ready: true });
    child.kill('SIGTERM');
    expect(await once(child, 'close')).toEqual([0, null]);
  });
});
