import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { canonicalBytes, hexToBytes, seal } from '@veilsum/crypto';
import { createMemberIdentity, type MemberIdentity } from '@veilsum/ledger';
import { LedgerServer } from '@veilsum/ledger/embedded';
import { attemptRecordSchema, type AttemptRecord } from '@veilsum/protocol';
import { z } from 'zod';

import { GATEWAY_ID, GatewayNetwork } from '../fakes/gateway/gateway-network.js';
import { registerContainer } from '../fakes/gateway/sample-containers.js';
import { fundAnalyst, requestSum, until } from '../fakes/gateway/sample-queries.js';
import { currentMonth } from '../fakes/ledger/test-members.js';

/** The built program, as it is installed. */
const PROGRAM = 'gateway/keyholder/dist/main.js';
const PASSPHRASE = 'correct horse';
const names = ['keyholder-1', 'keyholder-2', 'keyholder-3'];

interface Started {
  readonly process: ChildProcess;
  /** The ready line, or undefined when it ended before. */
  readonly ready: unknown;
  /** What it wrote to its standard error so far. */
  readonly errors: () => string;
}

let network: GatewayNetwork;
let ledger: LedgerServer;
const identities = new Map<string, MemberIdentity>();
const running = new Set<ChildProcess>();

const folderOf = (name: string) => join(network.folder, 'keyholders', name);
const shareFileOf = (name: string) => join(folderOf(name), 'share.sealed');

async function configOf(name: string): Promise<Record<string, unknown>> {
  return {
    memberId: name,
    identityFolder: join(folderOf(name), 'identity'),
    passphraseFile: join(folderOf(name), 'passphrase'),
    ledger: {
      kind: 'embedded',
      url: ledger.url,
      genesisHash: (await network.engine.status()).genesisHash,
      replicaFolder: join(folderOf(name), 'store', 'ledger'),
    },
    gatewayUrl: network.gateway.url,
    gatewayId: GATEWAY_ID,
    storeFolder: join(folderOf(name), 'store'),
    sealedShareFile: shareFileOf(name),
    scanMs: 500,
  };
}

async function start(name: string, changes: Record<string, unknown> = {}): Promise<Started> {
  const file = join(folderOf(name), 'keyholder.json');
  await writeFile(file, JSON.stringify({ ...(await configOf(name)), ...changes }));
  const child = spawn(process.execPath, [PROGRAM, '--config', file], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  running.add(child);
  child.once('exit', () => running.delete(child));
  let errors = '';
  child.stderr.on('data', (piece: Buffer) => (errors += piece.toString()));
  const line = await Promise.race([
    once(createInterface({ input: child.stdout }), 'line').then(([text]) => String(text)),
    once(child, 'close').then(() => undefined),
  ]);
  const ready: unknown = line === undefined ? undefined : JSON.parse(line);
  return { process: child, ready, errors: () => errors };
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

async function enrolKeyholder(name: string): Promise<void> {
  const authority = network.authorities.get('RegulatorMSP');
  const identity = await createMemberIdentity(join(folderOf(name), 'identity'), {
    memberId: name,
    mspId: 'RegulatorMSP',
    passphrase: PASSPHRASE,
    enrol: async (request) =>
      (await authority?.issue({ memberId: name, request, ...currentMonth() })) ?? new Uint8Array(),
  });
  identities.set(name, identity);
  const { fingerprint } = identity;
  await network.submit(name, 'member:addCertificate', { memberId: name, fingerprint });
  await writeFile(join(folderOf(name), 'passphrase'), `${PASSPHRASE}\n`, { mode: 0o600 });
}

/** Seals the share of `index` to a keyholder, as the dealer does. */
async function deal(name: string, index: number): Promise<void> {
  const share = network.dealt.shares.find((one) => one.index === index);
  const { keyId } = network.dealt.record;
  const value = share?.value.toString(16) ?? '';
  const dealt = canonicalBytes({ format: 'veilsum-dealt-share/1', index, keyId, value });
  const boxPublicKey = identities.get(name)?.boxPublicKey ?? '';
  await writeFile(shareFileOf(name), seal(dealt, hexToBytes(boxPublicKey)));
}

async function attemptOf(queryId: string): Promise<AttemptRecord | undefined> {
  const attempts = await network.read('query:attempts', { queryId });
  return z.array(attemptRecordSchema).parse(attempts).at(-1);
}

beforeAll(async () => {
  // Long enough for a slow machine to start keyholder 1 again and again.
  const deadlines = { blindingMs: 600_000, releaseMs: 600_000, disputeMs: 60_000 };
  network = await GatewayNetwork.found({ deadlines });
  ledger = await LedgerServer.listen(network.engine, { port: 0 });
  for (const [position, name] of names.entries()) {
    await mkdir(folderOf(name), { recursive: true });
    await enrolKeyholder(name);
    await deal(name, position + 1);
  }
  await fundAnalyst(network);
  for (const [position, merchant] of ['merchant-1', 'merchant-2', 'merchant-3'].entries()) {
    const { registration, bytes } = await registerContainer(network, merchant, BigInt(position));
    const path = `/v1/contributions/${registration.contributionId}/container`;
    expect((await network.call(merchant, 'PUT', path, bytes)).status).toBe(201);
  }
}, 120_000);
afterAll(async () => {
  await Promise.all([...running].map(kill));
  await ledger.close();
  await network.close();
}, 60_000);

it('says once that it is ready, and ends on SIGTERM', async () => {
  const { process: child, ready } = await start('keyholder-1');
  expect(ready).toEqual({ ready: true, memberId: 'keyholder-1' });
  child.kill('SIGTERM');
  expect(await once(child, 'exit')).toEqual([0, null]);
});

it('ends with its parent when it is told to', async () => {
  const { process: child } = await start('keyholder-1', { stopWithParent: true });
  child.stdin?.end();
  expect(await once(child, 'exit')).toEqual([0, null]);
});

it('works without the sealed file once the share was taken in', async () => {
  await rm(shareFileOf('keyholder-1'));
  const { process: child, ready } = await start('keyholder-1');
  expect(ready).toEqual({ ready: true, memberId: 'keyholder-1' });
  await kill(child);
});

it('ends with a plain reason when the share is another keyholder’s', async () => {
  await deal('keyholder-2', 3);
  const { process: child, ready, errors } = await start('keyholder-2');
  expect({ ready, status: child.exitCode }).toEqual({ ready: undefined, status: 1 });
  expect(errors()).toContain('KEY_SHARE_INVALID');
  expect(errors()).not.toContain(network.dealt.shares[2]?.value.toString(16));
  await deal('keyholder-2', 2);
});

it('ends with a plain reason when the passphrase is wrong', async () => {
  const passphraseFile = join(folderOf('keyholder-2'), 'wrong');
  await writeFile(passphraseFile, 'wrong horse\n');
  const { process: child, errors } = await start('keyholder-2', { passphraseFile });
  expect(child.exitCode).toBe(1);
  expect(errors()).toContain('KEY_STORE_LOCKED');
  expect(errors()).not.toContain('wrong horse');
});

it('goes on where it was after kill -9 at any moment, and shows nothing twice', async () => {
  const others = [await start('keyholder-2'), await start('keyholder-3')];
  const { queryId } = await requestSum(network);
  const blindingHashes = new Set<string>();
  const noteOwn = async () => {
    const attempt = await attemptOf(queryId);
    const own = attempt?.blindings.find(({ index }) => index === 1);
    if (own !== undefined) blindingHashes.add(own.blindingHash);
    return attempt?.shares.some(({ index }) => index === 1) === true ? attempt : undefined;
  };
  for (let lifeMs = 200; lifeMs <= 800; lifeMs += 300) {
    const { process: child } = await start('keyholder-1');
    await new Promise((resolve) => setTimeout(resolve, Math.random() * lifeMs));
    await kill(child);
    await noteOwn();
  }
  const last = await start('keyholder-1');
  const attempt = await until(noteOwn, 60_000);
  expect(attempt.refusals).toEqual([]);
  expect(attempt.attempt.attempt).toBe(1);
  expect(blindingHashes.size).toBe(1);
  await until(async () => {
    const path = `/v1/queries/${queryId}/attempts/1/shares/1`;
    return (await network.call('analyst', 'GET', path)).status === 200 ? true : undefined;
  });
  const logs = [...others, last].map(({ errors }) => errors()).join('');
  for (const { value } of network.dealt.shares) expect(logs).not.toContain(value.toString(16));
  await Promise.all([...others, last].map(({ process: child }) => kill(child)));
}, 240_000);
