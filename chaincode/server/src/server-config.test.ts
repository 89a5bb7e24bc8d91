import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfigFile } from '@veilsum/ledger/service';
import { readTls, serverConfigSchema } from './server-config.js';

const chaincodeId = `veilsum_1:${'ab'.repeat(32)}`;
const address = '127.0.0.1:7052';
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'veilsum-chaincode-'));
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

async function read(config: unknown) {
  const file = join(folder, 'config.json');
  await writeFile(file, typeof config === 'string' ? config : JSON.stringify(config));
  return readConfigFile(file, serverConfigSchema);
}

describe('configuration of the chaincode server', () => {
  it('needs its id and address only', async () => {
    expect(await read({ chaincodeId, address })).toEqual({
      chaincodeId,
      address,
      stopWithParent: false,
      logLevel: 'info',
    });
  });

  it.each([
    ['no JSON', '{', /JSON/],
    ['no chaincode id', { address }, /chaincodeId/],
    ['an id without hash', { chaincodeId: 'veilsum', address }, /chaincodeId.*label/],
    ['an address without port', { chaincodeId, address: '127.0.0.1' }, /address.*host:port/],
    ['an unknown field', { chaincodeId, address, passphrase: 'x' }, /passphrase/],
    ['an unknown level', { chaincodeId, address, logLevel: 'loud' }, /logLevel/],
    ['TLS without key', { chaincodeId, address, tls: { certificateFile: 'c' } }, /tls\.keyFile/],
  ])('is refused with %s', async (_name, config, message) => {
    const failure = await read(config).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'INVALID_ARGUMENT' });
    expect(String(failure)).toMatch(message);
  });

  it('reads the files of TLS and names the one that is missing', async () => {
    expect(await readTls(undefined)).toBeUndefined();
    const keyFile = join(folder, 'key.pem');
    await writeFile(keyFile, 'key');
    const tls = { keyFile, certificateFile: keyFile, clientRootsFile: undefined };
    expect(await readTls(tls)).toEqual({
      key: Buffer.from('key'),
      certificate: Buffer.from('key'),
    });
    await expect(
      readTls({ ...tls, clientRootsFile: join(folder, 'absent.pem') }),
    ).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', message: /absent\.pem/ });
  });
});
