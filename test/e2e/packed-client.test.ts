import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The client as npm packs it, unpacked where the repository's examples are out of reach. */
describe('the packed client', () => {
  let folder: string;
  let program: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'veilsum-packed-'));
    // The repository's .npmrc keeps npm from running scripts; packing needs the one that copies templates.
    const packing = ['pack', '--ignore-scripts=false', '--pack-destination', folder];
    await run('npm', packing, { cwd: 'gateway/client' });
    const packed = (await readdir(folder)).find((name) => name.endsWith('.tgz'));
    await mkdir(join(folder, 'client'));
    await run('tar', ['xzf', join(folder, packed ?? ''), '-C', join(folder, 'client')]);
    await symlink(resolve('node_modules'), join(folder, 'node_modules'));
    program = join(folder, 'client', 'package', 'bin', 'veilsum.js');
  }, 120_000);

  afterAll(async () => {
    await rm(folder, { recursive: true });
  });

  test('brings the templates, and leaves no copy behind', async () => {
    const listed = await run(process.execPath, [program, '--json', 'product', 'init', '--list']);
    const names = (JSON.parse(listed.stdout) as { name: string }[]).map(({ name }) => name);
    expect(names).toHaveLength(10);
    expect(names).toContain('regulator/inspection-counts');
    expect(await readdir('gateway/client')).not.toContain('standards');
  });

  test('writes one that is valid, once', async () => {
    const out = join(folder, 'mine');
    const init = [program, 'product', 'init', '--template', 'merchant/demand-forecast'];
    await run(process.execPath, [...init, '--out', out]);
    expect((await readFile(join(out, 'made-up-forecast.csv'), 'utf8')).split('\n')).toHaveLength(
      402,
    );
    const valid = [program, 'product', 'validate', join(out, 'product.json')];
    expect((await run(process.execPath, valid)).stdout).toContain('ok   product-layout');
    await expect(run(process.execPath, [...init, '--out', out])).rejects.toMatchObject({ code: 1 });
  });
});
