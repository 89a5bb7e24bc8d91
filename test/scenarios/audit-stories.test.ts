import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { DuckDBInstance } from '@duckdb/node-api';
import { receiveResult, submitQuestion, type Question, type Story } from '@veilsum/client';
import {
  productDefinitionSchema,
  productIdSchema,
  type Consent,
  type JournalEntry,
} from '@veilsum/protocol';
import { veilsum } from '../e2e/command-line.js';
import {
  addWrite,
  callsOf,
  readExport,
  rewrite,
  runChecker,
  writeRehashed,
  type ForgedBlock,
} from '../e2e/exported-ledger.js';
import { TestNetwork } from '../e2e/test-network.js';

const DATA = 'examples/retail/platform-exposure.parquet';
/** The stores of the real file, shared out among three platforms. */
const STORES: Readonly<Record<string, readonly number[]>> = {
  'platform-1': [292, 343, 356, 361],
  'platform-2': [367, 381, 401, 406],
  'platform-3': [422, 427, 31782, 32004],
};
const WAIT = { timeoutMs: 120_000 };

const exactQuestion: Question = {
  productId: productIdSchema.parse('platform-exposure'),
  productVersion: 1,
  epoch: '2017-Q1',
  purpose: 'CommercialResearch',
  function: 'sum',
  measures: ['displayed'],
  groupBy: ['group'],
  where: {},
  span: 'epoch',
  release: 'exact',
  epsilonMicro: 0,
  maximumPrice: '100000',
};
const noisyQuestion: Question = { ...exactQuestion, release: 'noisy', epsilonMicro: 1_000_000 };

/** Three platforms contribute the real exposure data through the template; what is on the ledger is then told. */
describe('a standard from a template, asked, told and checked', () => {
  let network: TestNetwork;
  let folder: string;
  let file: string;
  let genesisHash: string;
  let queryId: string;
  let consentId: string;
  let rows: { readonly group: string; readonly value: number }[];

  const run = async <Answer>(...words: string[]): Promise<Answer> => {
    const { status, answer } = await veilsum(network.state.root, ...words);
    expect([status, answer]).toEqual([0, answer]);
    return answer as Answer;
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'veilsum-stories-'));
    file = join(folder, 'ledger.ndjson');
    const template = await promisify(execFile)(process.execPath, [
      ...['gateway/client/dist/main.js', 'product', 'init'],
      ...['--template', 'platform/exposure', '--out', join(folder, 'exposure')],
    ]);
    expect(template.stdout).toContain('product.json');
    const definition = await readFile(join(folder, 'exposure', 'product.json'), 'utf8');
    const product = productDefinitionSchema.parse(JSON.parse(definition));
    network = await TestNetwork.start({ merchants: 0, product });
    for (const platform of Object.keys(STORES)) {
      await network.enrol(platform, 'PlatformMSP', 'platform');
      await contribute(platform);
    }
    const analyst = await network.session('analyst');
    ({ queryId } = await submitQuestion(analyst, exactQuestion));
    const { result } = await receiveResult(analyst, queryId, WAIT);
    rows = result.rows.map(({ group, value }) => ({ group: group['group'] ?? '', value }));
    const noisy = await submitQuestion(analyst, noisyQuestion);
    await receiveResult(analyst, noisy.queryId, WAIT);
    const refused = await submitQuestion(analyst, { ...noisyQuestion, epsilonMicro: 900_000_000 });
    expect(refused.status).toBe('refused');
    const withdrawn = await veilsum(
      network.state.root,
      ...['consent', 'withdraw', consentId, '--as', 'platform-1', '--yes'],
    );
    expect(withdrawn.status).toBe(0);
    ({ genesisHash } = await run<{ genesisHash: string }>('ledger', 'export', '--out', file));
  }, 400_000);

  afterAll(async () => {
    await network.close();
    await rm(folder, { recursive: true, force: true });
  }, 60_000);

  async function contribute(platform: string): Promise<void> {
    const mapping = join(folder, `${platform}.yaml`);
    const text = await readFile(join(folder, 'exposure', 'mapping.yaml'), 'utf8');
    const own = `where: store_id IN (${(STORES[platform] ?? []).join(', ')})\n`;
    await writeFile(mapping, text.replace('dimensions:', `${own}dimensions:`));
    const as = ['--as', platform, '--product', 'platform-exposure@1'];
    const { consentId: given } = await run<{ consentId: string }>(
      ...['consent', 'grant', ...as, '--purpose', 'CommercialResearch', '--function', 'sum'],
      ...['--release', 'exact', '--min-cohort', '3', '--epsilon', '3', '--minimum-price', '100'],
      ...['--until', '2030-12-31'],
    );
    if (platform === 'platform-1') consentId = given;
    await run(
      ...['contribute', ...as, '--epoch', '2017-Q1', '--file', DATA, '--mapping', mapping, '--yes'],
    );
  }

  const audit = (...words: string[]) =>
    veilsum(join(folder, 'nobody'), 'audit', '--ledger', file, '--genesis', genesisHash, ...words);

  test('gives the exact sums of the real data, bounded as the template says', async () => {
    const database = await (await DuckDBInstance.create()).connect();
    const expected = await database.runAndReadAll(`
      SELECT name, sum(least(total, 1000))::INTEGER AS value FROM (
        SELECT store_id, week, sum(on_display) AS total,
          CASE WHEN department IN ('GROCERY', 'FROZEN GROCERY', 'NUTRITION', 'SPIRITS') THEN 'grocery'
            WHEN department IN ('PRODUCE', 'MEAT', 'MEAT-PCKGD', 'SEAFOOD', 'SEAFOOD-PCKGD', 'DELI',
              'PASTRY', 'SALAD BAR', 'FLORAL', 'RESTAURANT') THEN 'fresh' ELSE 'general' END AS name
        FROM '${DATA}' GROUP BY ALL) GROUP BY name ORDER BY name`);
    const byGroup = [...rows].sort((left, right) => left.group.localeCompare(right.group));
    expect(byGroup).toEqual(
      expected.getRowObjects().map(({ name, value }) => ({ group: name, value })),
    );
  });

  test.each([
    ['query', () => queryId, /query:request.*query:releaseShare.*query:accept/s],
    ['consent', () => consentId, /consent:grant.*query:request.*consent:withdraw/s],
    ['member', () => 'platform-1', /consent:grant.*contribution:register.*consent:withdraw/s],
  ])('tells the story of a %s from a file alone, and prints it', async (kind, id, story) => {
    const page = join(folder, `${kind}.html`);
    const { status, answer } = await audit(`--${kind}`, id(), '--html', page);
    const told = answer as { passed: boolean; story: Story };
    expect([status, told.passed]).toEqual([0, true]);
    expect(told.story.events.map(({ what }) => what).join('\n')).toMatch(story);
    expect(told.story.events.every(({ by }) => /^[a-z0-9-]+$/.test(by))).toBe(true);
    const text = await readFile(page, 'utf8');
    expect(text).toContain(`<h1>${id()}</h1>`);
    expect(text).toContain('Everything holds.');
    expect((await stat(page)).mode & 0o077).toBe(0);
    const again = await audit(`--${kind}`, id(), '--html', page);
    expect(again.answer).toMatchObject({ error: { code: 'INVALID_ARGUMENT' } });
  });

  test('tells no story of what is not there, nor two at once', async () => {
    const none = await audit('--member', 'nobody');
    expect(none.answer).toMatchObject({ error: { code: 'NOT_FOUND' } });
    const two = await audit('--member', 'analyst', '--query', queryId);
    expect(two.answer).toMatchObject({ error: { code: 'INVALID_ARGUMENT' } });
    const page = await audit('--html', join(folder, 'none.html'));
    expect(page.answer).toMatchObject({ error: { code: 'INVALID_ARGUMENT' } });
  });

  test('is found in order by the independent checker, as by the audit', async () => {
    const { answer } = await audit();
    const checked = await runChecker(file, '--genesis', genesisHash);
    expect(checked.findings).toEqual([]);
    expect(checked).toMatchObject({ status: 0, passed: true });
    const { height, headHash, passed } = answer as typeof checked;
    expect(checked).toMatchObject({ height, headHash, passed });
    expect(checked.checks.length).toBeGreaterThan(15);
    expect(await runChecker(file, '--genesis', '0'.repeat(64))).toMatchObject({ status: 1 });
  });

  /** Writes a forged ledger with right hashes. @returns the names of the checks that find it */
  async function findingsOf(forge: (blocks: ForgedBlock[]) => void): Promise<string[]> {
    const blocks = await readExport(file);
    forge(blocks);
    const forged = join(folder, 'forged.ndjson');
    await writeRehashed(forged, blocks);
    const { status, findings } = await runChecker(forged);
    expect(status).toBe(1);
    return [...new Set(findings.map(({ check }) => check))];
  }

  const one = <Value>(values: readonly Value[], at = 0): Value => {
    const value = values.at(at);
    if (value === undefined) throw new Error('The ledger has nothing to forge here.');
    return value;
  };
  const changed = (count: number) => {
    expect(count).toBeGreaterThan(0);
  };

  test.each<[string, string, (blocks: ForgedBlock[]) => void]>([
    [
      'signatures',
      'an argument that nobody signed',
      (blocks) => {
        one(callsOf(blocks, 'query:request')).envelope.proposal.argument = '{}';
      },
    ],
    [
      'transaction ids',
      'a transaction that is played again',
      (blocks) => {
        one(blocks, -1).transactions.push(structuredClone(one(callsOf(blocks, 'query:accept'))));
      },
    ],
    [
      'signers',
      'a member who had been suspended',
      (blocks) => {
        const suspend = (value: object) => ({ ...value, status: 'suspended' });
        const transactions = blocks.flatMap((block) => block.transactions);
        const all = transactions.map((own) => rewrite(own, ['member', 'platform-1'], suspend));
        changed(all.reduce((sum, count) => sum + count, 0));
      },
    ],
    [
      'versions',
      'a read of what was not there',
      (blocks) => {
        const read = one(one(callsOf(blocks, 'query:accept')).readWriteSet.reads);
        read.version = { block: 1, transaction: 7 };
      },
    ],
    [
      'versions',
      'a transaction that is called a conflict',
      (blocks) => {
        one(callsOf(blocks, 'query:accept')).validationCode = 'MVCC_READ_CONFLICT';
      },
    ],
    [
      'conservation',
      'money out of nothing',
      (blocks) => {
        const settled = one(callsOf(blocks, 'query:accept'));
        changed(rewrite(settled, ['credit'], (value: object) => ({ ...value, amount: '999999' })));
      },
    ],
    [
      'journal',
      'an entry that no account shows',
      (blocks) => {
        changed(rewrite(one(callsOf(blocks, 'query:accept')), ['statement'], () => null));
      },
    ],
    [
      'escrow',
      'an escrow that stays with its query',
      (blocks) => {
        const settled = one(callsOf(blocks, 'query:accept'));
        for (const kind of ['journal', 'statement', 'credit', 'balance']) {
          settled.readWriteSet.writes = settled.readWriteSet.writes.filter(
            ({ key }) => !key.startsWith(`\u0000${kind}\u0000`),
          );
        }
      },
    ],
    [
      'frozen rewards',
      'a payment to somebody whose rewards are frozen',
      (blocks) => {
        addWrite(one(callsOf(blocks, 'query:request')), ['incident', 'platform-2', 'x'], {
          status: 'escalated',
          measures: ['freeze-rewards'],
          memberId: 'platform-2',
        });
      },
    ],
    [
      'state order',
      'a query that skips its release',
      (blocks) => {
        const skip = (value: { status: string }) => ({
          ...value,
          status: value.status === 'blinded' ? 'settled' : value.status,
        });
        for (const own of blocks.flatMap((block) => block.transactions))
          rewrite(own, ['query'], skip);
      },
    ],
    [
      'state order',
      'a plan that changes',
      (blocks) => {
        const settled = one(callsOf(blocks, 'query:accept'));
        const cheaper = (value: { plan: object }) => ({
          ...value,
          plan: { ...value.plan, price: '1' },
        });
        changed(rewrite(settled, ['query'], cheaper));
      },
    ],
    [
      'releases',
      'shares of different final blocks',
      (blocks) => {
        const share = one(callsOf(blocks, 'query:releaseShare'));
        const other = (value: object) => ({ ...value, finalHash: 'f'.repeat(64) });
        changed(rewrite(share, ['share'], other));
      },
    ],
    [
      'privacy budgets',
      'ε that is forgotten',
      (blocks) => {
        const asked = one(callsOf(blocks, 'query:request'), 1);
        changed(
          rewrite(asked, ['privacyAccount'], (value: object) => ({ ...value, spentMicro: 1 })),
        );
      },
    ],
    [
      'privacy budgets',
      'more ε than a consent allows',
      (blocks) => {
        const granted = one(callsOf(blocks, 'consent:grant'));
        changed(
          rewrite(granted, ['consent'], (value: object) => ({
            ...value,
            epsilonPerEpochMicro: 10,
          })),
        );
      },
    ],
    [
      'use counts',
      'a use that is not counted',
      (blocks) => {
        const asked = one(callsOf(blocks, 'query:request'), 1);
        changed(rewrite(asked, ['consentUse'], (value: object) => ({ ...value, uses: 1 })));
      },
    ],
    [
      'use counts',
      'a use more than allowed',
      (blocks) => {
        const granted = one(callsOf(blocks, 'consent:grant'));
        changed(rewrite(granted, ['consent'], (value: object) => ({ ...value, maxUses: 1 })));
      },
    ],
    [
      'consent at authorisation',
      'a purpose that nobody allowed',
      (blocks) => {
        const granted = one(callsOf(blocks, 'consent:grant'));
        const other = (value: Consent) => ({ ...value, purposes: ['Marketing'] });
        changed(rewrite<Record<string, unknown>>(granted, ['consent'], other as never));
      },
    ],
    [
      'consent at release',
      'a share after a withdrawal',
      (blocks) => {
        const withdrawal = one(callsOf(blocks, 'consent:withdraw'));
        const written = one(
          withdrawal.readWriteSet.writes.filter(({ key }) => key.startsWith('\u0000consent\u0000')),
        );
        one(callsOf(blocks, 'query:commitBlinding')).readWriteSet.writes.push(written);
      },
    ],
    [
      'publication',
      'a result that a consent keeps from the public',
      (blocks) => {
        addWrite(one(callsOf(blocks, 'consent:withdraw')), ['publishedGroup', queryId, '000000'], {
          queryId,
          finalHash: 'a'.repeat(64),
        });
      },
    ],
    [
      'rule changes',
      'a rulebook that nobody proposed',
      (blocks) => {
        addWrite(one(callsOf(blocks, 'consent:grant')), ['rulebook', '0000001'], { version: 1 });
      },
    ],
    [
      'rule changes',
      'a standard that is not the one that was approved',
      (blocks) => {
        const transactions = blocks.flatMap((block) => block.transactions);
        const other = (value: object) => ({ ...value, price: '1' });
        changed(transactions.reduce((sum, own) => sum + rewrite(own, ['product'], other), 0));
      },
    ],
    [
      'rule changes',
      'a role that the operator gives alone',
      (blocks) => {
        const granted = one(callsOf(blocks, 'consent:grant'));
        addWrite(granted, ['member', 'shell'], { memberId: 'shell', roles: ['keyholder'] });
      },
    ],
    [
      'rule revisions',
      'a change of the rules that is not counted',
      (blocks) => {
        const transactions = blocks.flatMap((block) => block.transactions);
        const skip = (value: { revision: number }) => ({ ...value, revision: value.revision + 1 });
        const all = transactions.map((transaction) => rewrite(transaction, ['ruleRevision'], skip));
        changed(all.reduce((sum, count) => sum + count, 0));
      },
    ],
    [
      'proposals',
      'a proposal that one organisation adopts',
      (blocks) => {
        addWrite(one(callsOf(blocks, 'consent:grant')), ['proposal', 'p'.repeat(32)], {
          proposalId: 'p'.repeat(32),
          kind: 'rulebook',
          contentHash: '0'.repeat(64),
          needs: { all: ['RegulatorMSP'], some: { n: 0, of: [] } },
          proposedBy: 'operator',
          proposedAt: 1,
          expiresAt: 2,
          approvals: [],
          rejections: [],
          status: 'adopted',
        });
      },
    ],
  ])('the checker finds by %s: %s', async (check, _what, forge) => {
    expect(await findingsOf(forge)).toContain(check);
  });

  test('finds bytes that were changed without a forger’s care', async () => {
    const text = await readFile(file, 'utf8');
    const forged = join(folder, 'careless.ndjson');
    await writeFile(forged, text.replace('\\"amount\\":\\"1', '\\"amount\\":\\"9'));
    expect((await runChecker(forged)).findings[0]).toMatchObject({ check: 'block hashes' });
    await writeFile(forged, text.replace('{"format"', '{ "format"'));
    expect((await runChecker(forged)).findings[0]).toMatchObject({ check: 'canonical form' });
    await writeFile(forged, text.split('\n').toSpliced(3, 1).join('\n'));
    expect((await runChecker(forged)).findings[0]).toMatchObject({ check: 'block hashes' });
    await writeFile(forged, 'not a ledger\n');
    await expect(runChecker(forged)).rejects.toThrow('cannot be checked');
  });

  test('is refused by the audit, too, once it is forged', async () => {
    const blocks = await readExport(file);
    const entry = one(callsOf(blocks, 'query:accept'));
    changed(rewrite<JournalEntry>(entry, ['journal'], (value) => ({ ...value, amount: '1' })));
    const forged = join(folder, 'for-audit.ndjson');
    await writeRehashed(forged, blocks);
    const named = ['audit', '--ledger', forged, '--genesis', genesisHash];
    const { status, answer } = await veilsum(join(folder, 'nobody'), ...named);
    expect([status, answer]).toEqual([
      1,
      { error: expect.objectContaining({ code: 'LEDGER_INTEGRITY' }) as unknown },
    ]);
  });
});
