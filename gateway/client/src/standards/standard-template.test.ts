import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { decodePublicKey, generateKeyCeremony, randomBytes, type PublicKey } from '@veilsum/crypto';
import { contributionContextSchema, memberIdSchema } from '@veilsum/protocol';
import { verifyContainer } from '@veilsum/protocol/container';
import { checkProduct, layoutForProduct, productCellCount } from '@veilsum/rules';
import { readContribution } from '../bounding/read-contribution.js';
import { ContributionFolder } from '../contribution/contribution-folder.js';
import { createContribution } from '../contribution/create-contribution.js';
import { readMapping } from '../mapping/mapping-file.js';
import {
  copyTemplate,
  listTemplates,
  requireTemplate,
  type StandardTemplate,
} from './standard-template.js';

const examples = fileURLToPath(new URL('../../../../examples/', import.meta.url));

/** Templates over real data, with the data and the weeks or months of it. */
const REAL_DATA: Readonly<Record<string, string>> = {
  'merchant/sales': `${examples}retail/merchant-427.csv`,
  'platform/exposure': `${examples}retail/platform-exposure.parquet`,
};

/** What bounding leaves of the first measure whose total it cuts, in basis points, and of the pairs. */
const BOUNDED: Readonly<Record<string, Record<string, unknown>>> = {
  'finance/repayment-bands': { rowsUsed: 360, pairs: 360, keptPairs: 360, cut: 'owed' },
  'logistics/delivery-timeliness': { rowsUsed: 475, pairs: 446, keptPairs: 446, cut: 'delay' },
  'logistics/storage-capacity': { rowsUsed: 312, pairs: 312, keptPairs: 312, cut: 'capacity' },
  'merchant/demand-forecast': { rowsUsed: 400, pairs: 360, keptPairs: 360, cut: 'expected' },
  'merchant/inventory-turnover': { rowsUsed: 300, pairs: 300, keptPairs: 300, cut: 'sold-cost' },
  'merchant/sales': { rowsUsed: 5423, pairs: 636, keptPairs: 636, cut: 'sales' },
  'platform/desensitised-preference': { rowsUsed: 400, pairs: 388, keptPairs: 387, cut: 'views' },
  'platform/exposure': { rowsUsed: 2118, pairs: 468, keptPairs: 468, cut: 'displayed' },
  'platform/traffic': { rowsUsed: 400, pairs: 400, keptPairs: 400, cut: 'visits' },
  'regulator/inspection-counts': { rowsUsed: 260, pairs: 260, keptPairs: 260, cut: 'findings' },
};

const names = Object.keys(BOUNDED);

async function dataOf({ name, folder, files }: StandardTemplate): Promise<string> {
  const madeUp = files.find((file) => file.startsWith('made-up-'));
  const file = madeUp === undefined ? REAL_DATA[name] : join(folder, madeUp);
  if (file === undefined) throw new Error(`${name} has no data.`);
  await readFile(file);
  return file;
}

async function readingOf(template: StandardTemplate) {
  const mapping = await readMapping(join(template.folder, 'mapping.yaml'));
  const { product } = template;
  return readContribution({ product, mapping, file: await dataOf(template) });
}

describe('the templates', () => {
  let root: string;
  let key: PublicKey;
  beforeAll(async () => {
    const sizes = { modulusBits: 512, l: 3, t: 2, insecureTestKey: true };
    key = decodePublicKey((await generateKeyCeremony(sizes)).record);
    root = await mkdtemp(join(tmpdir(), 'veilsum-templates-'));
  });
  afterAll(async () => {
    await rm(root, { recursive: true });
  });

  it('are there for every role that contributes, three for platforms and merchants', async () => {
    expect((await listTemplates()).map(({ name }) => name).sort()).toEqual(names);
  });

  it.each(names)(
    '%s can be published under a standard key and is its own product',
    async (name) => {
      const { product } = await requireTemplate(name);
      expect(checkProduct(product).trace.filter(({ passed }) => !passed)).toEqual([]);
      expect(product.productId).toBe(name.replace('/', '-'));
      expect(product.contributorRoles).toEqual([name.split('/')[0]]);
    },
  );

  it.each(names)('%s reads its data, and its bounds cut what is too large', async (name) => {
    const { report, coverage } = await readingOf(await requireTemplate(name));
    const { pairs, keptPairs, measures } = report.bounding;
    const cut = measures.find(({ unboundedTotal, keptTotal }) => unboundedTotal > keptTotal);
    expect({ rowsUsed: report.rowsUsed, pairs, keptPairs, cut: cut?.measure }).toEqual(
      BOUNDED[name],
    );
    expect(report.rowsRejected).toBe(0);
    expect(coverage.length).toBeGreaterThan(0);
  });

  it.each(names)('%s becomes a contribution that every checker accepts', async (name) => {
    const template = await requireTemplate(name);
    const { product } = template;
    const { values, coverage } = await readingOf(template);
    const contributor = {
      memberId: memberIdSchema.parse('template-member'),
      storageKey: randomBytes(32),
    };
    const epoch = REAL_DATA[name] === undefined ? '2026-Q1' : '2017-Q1';
    const { registration, containerPath } = await createContribution({
      folder: new ContributionFolder(await mkdtemp(join(root, 'member-'))),
      contributor,
      product,
      key,
      epoch,
      consentId: '0'.repeat(32),
      values,
      coverage,
    });
    const { blocks } = layoutForProduct(product, key);
    const { contributionId, keyId, layoutHash, productId, productVersion } = registration;
    const context = contributionContextSchema.parse({
      format: 'veilsum-contribution/1',
      contributor: contributor.memberId,
      ...{ contributionId, keyId, layoutHash, productId, productVersion, epoch },
    });
    const cells = productCellCount(product);
    await verifyContainer({ path: containerPath, key, context, cells, blocks });
    expect(registration).toMatchObject({ rowCount: cells * blocks, coverage });
  });

  it.each(names)(
    '%s says in its file name and README whether its data are made up',
    async (name) => {
      const { files, folder, product } = await requireTemplate(name);
      const readme = await readFile(join(folder, 'README.md'), 'utf8');
      const madeUp = files.filter((file) => file.endsWith('.csv'));
      const isReal = name in REAL_DATA;
      expect(madeUp.every((file) => file.startsWith('made-up-'))).toBe(true);
      expect(madeUp).toHaveLength(isReal ? 0 : 1);
      expect(readme).toContain(isReal ? 'The data are real' : '**The data are made up**');
      expect(readme).toContain(`# ${product.title}`);
    },
  );

  it('have made-up data that their generator writes again, byte for byte', async () => {
    const again = join(root, 'again');
    await promisify(execFile)(process.execPath, [`${examples}standards/generate.mjs`, again]);
    for (const { name, folder, files } of await listTemplates()) {
      if (name in REAL_DATA) continue;
      expect(await readdir(join(again, name))).toEqual(files.filter((f) => f.endsWith('.csv')));
      for (const file of await readdir(join(again, name))) {
        const [made, kept] = [join(again, name, file), join(folder, file)];
        expect(await readFile(made, 'utf8')).toBe(await readFile(kept, 'utf8'));
      }
    }
  });

  it('are copied whole, and never over a file', async () => {
    const template = await requireTemplate('logistics/storage-capacity');
    const folder = join(root, 'copies', 'deep');
    const copies = await copyTemplate(template, folder);
    expect(copies).toEqual(template.files.map((file) => join(folder, file)));
    expect(await readdir(folder)).toEqual([
      'README.md',
      'made-up-warehouses.csv',
      'mapping.yaml',
      'product.json',
    ]);
    await rm(join(folder, 'README.md'));
    await writeFile(join(folder, 'product.json'), 'mine');
    await expect(copyTemplate(template, folder)).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringMatching(
        /made-up-warehouses\.csv exists and is not overwritten/,
      ) as string,
    });
    expect(await readFile(join(folder, 'product.json'), 'utf8')).toBe('mine');
    expect(await readdir(folder)).not.toContain('README.md');
    await expect(copyTemplate(template, join(folder, 'product.json', 'x'))).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
  });

  it('are found by name only', async () => {
    await expect(requireTemplate('merchant')).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: expect.stringMatching(/no template merchant; there are .*merchant\/sales/) as string,
    });
  });
});
