import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { chaincodePackage } from './chaincode-package.js';

const run = promisify(execFile);

describe('a chaincode package', () => {
  it('has the same id wherever and whenever it is made', () => {
    expect(chaincodePackage(1).id).toBe(
      'veilsum_1:0996ddfa40e3dfc2d42e68c1c3f928b0ad3770a8af79ab23f5524bcbdbb1bca7',
    );
    expect(chaincodePackage(1).bytes).toEqual(chaincodePackage(1).bytes);
    expect(chaincodePackage(2).id).toMatch(/^veilsum_2:[0-9a-f]{64}$/);
  });

  it('is filled in by the builder with the addresses of the peer', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'veilsum-package-'));
    try {
      const file = join(folder, 'package.tar.gz');
      await writeFile(file, chaincodePackage(2).bytes);
      await run('tar', ['-xzf', file, '-C', folder]);
      await run('tar', ['-xzf', join(folder, 'code.tar.gz'), '-C', folder]);
      const metadata = JSON.parse(await readFile(join(folder, 'metadata.json'), 'utf8')) as unknown;
      expect(metadata).toEqual({ type: 'ccaas', label: 'veilsum_2' });
      await builder('detect', [folder, folder], '{}');
      await builder('build', [folder, folder, folder], '{"green":"127.0.0.1:7052"}');
      await builder('release', [folder, join(folder, 'out')], '{}');
      const released = join(folder, 'out', 'chaincode', 'server', 'connection.json');
      expect(JSON.parse(await readFile(released, 'utf8'))).toEqual({
        address: '127.0.0.1:7052',
        dial_timeout: '10s',
        tls_required: false,
      });
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('is refused by a peer whose settings lack the address', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'veilsum-package-'));
    try {
      await writeFile(join(folder, 'connection.json'), '{"address":"{{.green}}"}');
      await expect(builder('build', [folder, folder, folder], '{"blue":"x"}')).rejects.toThrow(
        'has no "green"',
      );
      await writeFile(join(folder, 'metadata.json'), '{"type":"golang"}');
      await expect(builder('detect', [folder, folder], '{}')).rejects.toThrow();
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

function builder(phase: string, folders: readonly string[], settings: string) {
  const program = fileURLToPath(new URL(`../../builders/ccaas/bin/${phase}`, import.meta.url));
  const env = { ...process.env, CHAINCODE_AS_A_SERVICE_BUILDER_CONFIG: settings };
  return run(program, folders, { env });
}
