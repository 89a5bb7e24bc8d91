import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { access, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { delimiter, join } from 'node:path';
import { tmpdir } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { decodePem, fingerprintOf, openMemberIdentity, TrustedAuthorities } from '@veilsum/ledger';
import { mspIdSchema } from '@veilsum/protocol';

/** Enrolment with a real Fabric CA on 127.0.0.1, as network/production/fabric-ca/README.md tells it. */

const run = promisify(execFile);
const root = process.cwd();
const registrarScript = join(root, 'network/production/fabric-ca/registrar.sh');
const program = join(root, 'network/production/dist/main.js');

const isOnPath = async (name: string): Promise<boolean> => {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const found = await Promise.all(
    folders.map((folder) =>
      access(join(folder, name)).then(
        () => true,
        () => false,
      ),
    ),
  );
  return found.includes(true);
};

const missing: string[] = [];
for (const name of ['fabric-ca-server', 'fabric-ca-client', 'openssl', 'bash']) {
  if (!(await isOnPath(name))) missing.push(name);
}
if (missing.length > 0) {
  console.log(`Skipped: enrolment with Fabric CA needs ${missing.join(', ')} on PATH.`);
}
const withFabricCa = missing.length > 0 ? describe.skip : describe;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

withFabricCa('enrolment with a Fabric CA', () => {
  let folder: string;
  let server: ChildProcess;
  let environment: NodeJS.ProcessEnv;
  let member: string;
  let connection: string[];
  let keys: string[];

  const registrar = (...parameters: string[]) =>
    run('bash', [registrarScript, ...parameters], { env: environment });
  const fabricCa = (...parameters: string[]) =>
    run(process.execPath, [program, 'fabric-ca', ...parameters]);

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'veilsum-fabric-ca-'));
    const home = join(folder, 'server');
    const port = await freePort();
    const operations = await freePort();
    server = spawn(
      'fabric-ca-server',
      [
        'start',
        ...['--home', home, '--boot', 'registrar:of-the-test', '--port', String(port)],
        ...['--address', '127.0.0.1', '--tls.enabled', '--csr.cn', 'ca.acme.example'],
        ...['--csr.hosts', '127.0.0.1'],
      ],
      {
        stdio: ['ignore', 'ignore', 'pipe'],
        // The operations endpoint has a fixed port unless the environment says otherwise.
        env: {
          ...process.env,
          FABRIC_CA_SERVER_OPERATIONS_LISTENADDRESS: `127.0.0.1:${operations}`,
        },
      },
    );
    await listening(server);
    await writeFile(join(folder, 'registrar-secret'), 'of-the-test\n');
    await writeFile(join(folder, 'passphrase'), 'of the member\n');
    const tlsRoot = join(home, 'ca-cert.pem');
    environment = {
      ...process.env,
      CA_URL: `https://127.0.0.1:${port}`,
      CA_TLS_ROOT: tlsRoot,
      REGISTRAR_HOME: join(folder, 'registrar'),
      REGISTRAR_SECRET_FILE: join(folder, 'registrar-secret'),
    };
    member = join(folder, 'member');
    keys = ['--folder', member, '--passphrase-file', join(folder, 'passphrase')];
    connection = [...keys, '--url', `https://127.0.0.1:${port}`, '--tls-root', tlsRoot];
  });

  afterAll(async () => {
    server.kill();
    if (server.exitCode === null) await once(server, 'exit');
    await rm(folder, { recursive: true });
  });

  async function caRoot(): Promise<Uint8Array> {
    return decodePem(await readFile(join(folder, 'server', 'ca-cert.pem'), 'utf8'));
  }

  /** What peers and ledger readers ask of a member's certificate. */
  async function requireTrusted(certificate: Uint8Array): Promise<void> {
    const rootCertificates = [Buffer.from(await caRoot()).toString('base64')];
    const authorities = new TrustedAuthorities([
      { mspId: mspIdSchema.parse('AcmeMSP'), rootCertificates },
    ]);
    expect(authorities.require(certificate, 'AcmeMSP', Date.now()).fingerprint).toBe(
      fingerprintOf(certificate),
    );
    expect(new X509Certificate(certificate).subject.split('\n')).toEqual(
      expect.arrayContaining(['OU=client', 'CN=corner-shop']),
    );
  }

  const secretFile = () => join(folder, 'secret');
  const enrolment = () => [
    ...['enrol', '--member', 'corner-shop', '--msp', 'AcmeMSP'],
    ...['--secret-file', secretFile(), ...connection],
  ];

  test('a member gets a certificate for a key that only it has', async () => {
    await registrar('login');
    await registrar('register', 'corner-shop', secretFile());
    const { stdout } = await fabricCa(...enrolment());
    const identity = await openMemberIdentity(member, 'of the member');
    expect(JSON.parse(stdout)).toEqual({
      memberId: 'corner-shop',
      mspId: 'AcmeMSP',
      boxPublicKey: identity.boxPublicKey,
      certificateFingerprints: [identity.fingerprint],
    });
    await requireTrusted(identity.certificate);
  });

  test('a secret is good once, a wrong one never, and the reason is said', async () => {
    const elsewhere = enrolment().map((word) => (word === member ? join(folder, 'other') : word));
    await expect(fabricCa(...elsewhere)).rejects.toMatchObject({
      stderr: expect.stringMatching(/^UNAUTHENTICATED: The CA refuses/) as string,
    });
  });

  test('a renewed certificate takes the place of the old one, which is then revoked', async () => {
    const before = await openMemberIdentity(member, 'of the member');
    const { stdout } = await fabricCa('renew', ...connection);
    expect((await openMemberIdentity(member, 'of the member')).fingerprint).toBe(
      before.fingerprint,
    );
    await fabricCa('adopt', ...keys);
    const after = await openMemberIdentity(member, 'of the member');
    expect(JSON.parse(stdout)).toMatchObject({ certificateFingerprints: [after.fingerprint] });
    expect(after.fingerprint).not.toBe(before.fingerprint);
    expect(after.boxPublicKey).toBe(before.boxPublicKey);
    await requireTrusted(after.certificate);

    await registrar('revoke', join(member, 'previous', 'certificate.pem'));
    const lists = join(folder, 'registrar', 'msp', 'crls');
    const [list = ''] = await readdir(lists);
    const { stdout: text } = await run('openssl', [
      ...['crl', '-in', join(lists, list), '-noout', '-text', '-CAfile'],
      join(folder, 'server', 'ca-cert.pem'),
    ]);
    const revoked = text.toUpperCase();
    const serialOf = (certificate: Uint8Array) => new X509Certificate(certificate).serialNumber;
    expect(revoked).toContain(`SERIAL NUMBER: ${serialOf(before.certificate)}`);
    expect(revoked).not.toContain(serialOf(after.certificate));
  });

  test('a revoked certificate renews nothing', async () => {
    await registrar('revoke', join(member, 'certificate.pem'));
    await expect(fabricCa('renew', ...connection)).rejects.toMatchObject({
      stderr: expect.stringMatching(/^UNAUTHENTICATED: The CA refuses/) as string,
    });
  });
});

async function listening(server: ChildProcess): Promise<void> {
  let said = '';
  server.stderr?.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  for (let tries = 0; tries < 600 && server.exitCode === null; tries += 1) {
    if (said.includes('Listening on https')) return;
    await sleep(100);
  }
  throw new Error(`The Fabric CA did not start: ${said.slice(-500)}`);
}
