import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fabricPrograms, requireFabricPrograms } from './fabric-programs.js';

const names = ['peer', 'orderer', 'configtxgen', 'cryptogen', 'osnadmin', 'configtxlator'];

describe("Fabric's programs", () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'veilsum-programs-'));
    await mkdir(join(folder, 'bin'));
    await mkdir(join(folder, 'config'));
    for (const name of names) await writeFile(join(folder, 'bin', name), '', { mode: 0o755 });
    for (const name of ['core.yaml', 'orderer.yaml'])
      await writeFile(join(folder, 'config', name), '');
  });

  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  it('are found in FABRIC_BIN with the settings beside it', async () => {
    const { found } = await fabricPrograms({ FABRIC_BIN: join(folder, 'bin') });
    expect(found?.paths.peer).toBe(join(folder, 'bin', 'peer'));
    expect(found?.settings).toBe(join(folder, 'config'));
  });

  it('are found on the PATH through links', async () => {
    await mkdir(join(folder, 'links'));
    for (const name of names) await symlink(join(folder, 'bin', name), join(folder, 'links', name));
    const { found } = await fabricPrograms({ PATH: `/nowhere:${join(folder, 'links')}` });
    expect(found?.settings).toBe(join(folder, 'config'));
  });

  it('are named when they are missing, with where the installer puts them', async () => {
    await rm(join(folder, 'bin', 'osnadmin'));
    await rm(join(folder, 'bin', 'cryptogen'));
    await expect(requireFabricPrograms({ FABRIC_BIN: join(folder, 'bin') })).rejects.toMatchObject({
      code: 'FABRIC_PROGRAMS_MISSING',
      message: expect.stringMatching(/cryptogen, osnadmin are not in FABRIC_BIN.*bin\//) as string,
    });
  });

  it('do not count when they cannot be run', async () => {
    await writeFile(join(folder, 'bin', 'peer'), '');
    await rm(join(folder, 'bin', 'peer'));
    await writeFile(join(folder, 'bin', 'peer'), '', { mode: 0o644 });
    const { found } = await fabricPrograms({ FABRIC_BIN: join(folder, 'bin') });
    expect(found).toBeUndefined();
  });

  it('need their sample settings', async () => {
    await rm(join(folder, 'config', 'orderer.yaml'));
    const search = await fabricPrograms({ FABRIC_BIN: join(folder, 'bin') });
    expect(search).toMatchObject({
      missing: expect.stringMatching(/orderer\.yaml is not in .*FABRIC_CFG_PATH/) as string,
    });
  });
});
