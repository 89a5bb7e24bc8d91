import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfigFile, readPassphrase } from '@veilsum/ledger';
import { keyholderConfigSchema } from './config.js';

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'veilsum-config-'));
  file = join(folder, 'keyholder.json');
});
afterEach(() => rm(folder, { recursive: true }));

const config = {
  memberId: 'keyholder-1',
  identityFolder: 'members/keyholder-1',
  passphraseFile: 'passphrases/keyholder-1',
  ledger: {
    kind: 'embedded',
    url: 'http://127.0.0.1:7051',
    genesisHash: 'ab'.repeat(32),
    replicaFolder: 'keyholders/keyholder-1/ledger',
  },
  gatewayUrl: 'http://127.0.0.1:7080',
  gatewayId: 'gateway',
  storeFolder: 'keyholders/keyholder-1',
};

const embedded = (change: object) => ({ ...config, ledger: { ...config.ledger, ...change } });
const onFabric = { kind: 'fabric', profileFile: 'fabric/profile.json' };

test('a configuration is read with its defaults', async () => {
  await writeFile(file, JSON.stringify(config));
  expect(await readConfigFile(file, keyholderConfigSchema)).toMatchObject({
    ...config,
    stopWithParent: false,
    logLevel: 'info',
  });
});

test.each([
  ['a missing field', { ...config, storeFolder: undefined }, 'storeFolder'],
  ['a field that nobody knows', { ...config, port: 1 }, 'port'],
  ['a genesis hash that is none', embedded({ genesisHash: 'ab' }), 'ledger.genesisHash'],
  ['a ledger of no known kind', { ...config, ledger: { kind: 'paper' } }, 'ledger.kind'],
  ['a ledger of two kinds', embedded({ profileFile: 'profile.json' }), 'ledger'],
  ['a Fabric channel without a journal', { ...config, ledger: onFabric }, 'ledger.journalFolder'],
  ['an address that is none', { ...config, gatewayUrl: 'gateway' }, 'gatewayUrl'],
])('%s is named', async (_, content, field) => {
  await writeFile(file, JSON.stringify(content));
  const failure = { code: 'INVALID_ARGUMENT', message: expect.stringContaining(field) as string };
  await expect(readConfigFile(file, keyholderConfigSchema)).rejects.toMatchObject(failure);
});

test('a file that is missing or no JSON is named', async () => {
  const failure = { code: 'INVALID_ARGUMENT', message: expect.stringContaining(file) as string };
  await expect(readConfigFile(file, keyholderConfigSchema)).rejects.toMatchObject(failure);
  await writeFile(file, '{');
  await expect(readConfigFile(file, keyholderConfigSchema)).rejects.toMatchObject(failure);
});

test('a passphrase is the first line of its file', async () => {
  await writeFile(file, 'correct horse\nbattery staple\n');
  expect(await readPassphrase(file)).toBe('correct horse');
  await writeFile(file, '\n');
  await expect(readPassphrase(file)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
});
