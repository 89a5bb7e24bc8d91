import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { createMemberIdentity } from '@veilsum/ledger';
import { LedgerServer } from '@veilsum/ledger/embedded';

import { GatewayNetwork } from '../fakes/gateway/gateway-network.js';
import { registerContainer, type SampleContainer } from '../fakes/gateway/sample-containers.js';
import { fundAnalyst, requestSum, until } from '../fakes/gateway/sample-queries.js';
import { currentMonth } from '../fakes/ledger/test-members.js';

/** The built program, as it is installed. */
const PROGRAM = 'gateway/server/dist/main.js';

let network: GatewayNetwork;
let ledger: LedgerServer;
let config: Record<string, unknown>;
let gateway: ChildProcess;

interface Started {
  readonly process: ChildProcess;
  readonly url: string;
}

async function start(changes: Record<string, unknown> = {}): Promise<Started> {
  const file = join(network.folder, 'gateway.json');
  await writeFile(file, JSON.stringify({ ...config, ...changes }));
  const child = spawn(process.execPath, [PROGRAM, '--config', file], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout });
  const [line] = (await Promise.race([
    once(lines, 'line'),
    once(child, 'exit').then(([code]) => [`exited with ${String(code)}`]),
  ])) as [string];
  expect(line).toMatch(/^\{"ready":true,"url":"http:\/\/127\.0\.0\.1:\d+"\}$/);
  return { process: child, url: (JSON.parse(line) as { url: string }).url };
}

async function startForAll(): Promise<void> {
  const started = await start();
  gateway = started.process;
  network.gateway = {
    url: started.url,
    close: async () => {
      if (gateway.exitCode !== null || gateway.signalCode !== null) return;
      gateway.kill('SIGKILL');
      await once(gateway, 'exit');
    },
  };
}

const upload = ({ registration, bytes }: SampleContainer, as: string) =>
  network.call(as, 'PUT', `/v1/contributions/${registration.contributionId}/container`, bytes);

beforeAll(async () => {
  network = await GatewayNetwork.found();
  await network.gateway.close();
  ledger = await LedgerServer.listen(network.engine, { port: 0 });
  const identityFolder = join(network.folder, 'identity');
  const authority = network.authorities.get('AssociationMSP');
  const { fingerprint } = await createMemberIdentity(identityFolder, {
    memberId: 'gateway',
    mspId: 'AssociationMSP',
    passphrase: 'correct horse',
    enrol: async (request) =>
      (await authority?.issue({ memberId: 'gateway', request, ...currentMonth() })) ??
      new Uint8Array(),
  });
  await network.submit('operator', 'member:addCertificate', { memberId: 'gateway', fingerprint });
  const passphraseFile = join(network.folder, 'passphrase');
  await writeFile(passphraseFile, 'correct horse\n', { mode: 0o600 });
  config = {
    memberId: 'gateway',
    identityFolder,
    passphraseFile,
    ledger: {
      kind: 'embedded',
      url: ledger.url,
      genesisHash: (await network.engine.status()).genesisHash,
      replicaFolder: join(network.folder, 'replica'),
    },
    objectsFolder: join(network.folder, 'objects'),
    port: 0,
    logLevel: 'fatal',
    scanMs: 100,
  };
  await startForAll();
});
afterAll(async () => {
  await network.gateway.close();
  await ledger.close();
  network.gateway = { url: '', close: () => Promise.resolve() };
  await network.close();
});

it('verifies uploads and makes aggregates in its own threads, over a kill and a new start', async () => {
  await fundAnalyst(network);
  for (const [index, merchant] of ['merchant-1', 'merchant-2', 'merchant-3'].entries()) {
    const container = await registerContainer(network, merchant, BigInt(index));
    expect(await upload(container, merchant)).toMatchObject({ status: 201 });
  }
  await network.gateway.close();
  const { queryId } = await requestSum(network);
  await startForAll();
  const aggregates = await until(async () => {
    const answer = await network.call('keyholder-1', 'GET', `/v1/queries/${queryId}/aggregates`);
    return answer.status === 200 ? answer : undefined;
  });
  expect(aggregates.json).toMatchObject({ format: 'veilsum-aggregate/1' });
});

it('tells from a thread why a container is refused', async () => {
  const [live] = (await network.read('contribution:list', { contributorId: 'merchant-3' })) as {
    contributionId: string;
  }[];
  const withdrawn = { contributionId: live?.contributionId };
  await network.submit('merchant-3', 'contribution:withdraw', withdrawn);
  const copied = await registerContainer(network, 'merchant-3', 1n, {
    replace: ([first = new Uint8Array()]) => [first, first],
  });
  expect(await upload(copied, 'merchant-3')).toMatchObject({
    status: 422,
    json: { code: 'PLAINTEXT_PROOF_INVALID' },
  });
  const { contributionId } = copied.registration;
  expect(await network.read('contribution:read', { contributionId })).toMatchObject({
    status: 'registered',
  });
});

it('ends on SIGTERM', async () => {
  gateway.kill('SIGTERM');
  expect(await once(gateway, 'exit')).toEqual([0, null]);
});

it('ends with its parent when it is told to', async () => {
  const { process: child } = await start({ stopWithParent: true });
  child.stdin?.end();
  expect(await once(child, 'exit')).toEqual([0, null]);
});

it('says in one line why it cannot start', async () => {
  const file = join(network.folder, 'bad.json');
  const cases: [Record<string, unknown>, string][] = [
    [{ port: new URL(ledger.url).port }, 'INVALID_ARGUMENT'],
    [{ port: Number(new URL(ledger.url).port) }, 'PORT_IN_USE'],
    [
      {
        ledger: {
          kind: 'embedded',
          url: ledger.url,
          genesisHash: '0'.repeat(64),
          replicaFolder: join(network.folder, 'r2'),
        },
      },
      'LEDGER_INTEGRITY',
    ],
    [{ memberId: 'auditor' }, 'INVALID_ARGUMENT'],
  ];
  for (const [changes, code] of cases) {
    await writeFile(file, JSON.stringify({ ...config, ...changes }));
    const child = spawn(process.execPath, [PROGRAM, '--config', file], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const text: string[] = [];
    child.stderr.on('data', (chunk: Buffer) => text.push(chunk.toString()));
    expect(await once(child, 'close')).toEqual([1, null]);
    expect(JSON.parse(text.join('').trim())).toMatchObject({ level: 'error', code });
  }
});
