import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import { fabricProfileSchema, type Ledger } from '@veilsum/ledger';
import {
  addOrganisation,
  bringUp,
  crashProcess,
  leadingOrderer,
  listProcesses,
  NetworkFolder,
  revokeCertificate,
  StepLog,
  takeDown,
  upgrade,
} from '@veilsum/local-network';

import { describeOnFabric, FabricNetwork, type EnrolledMember } from './fabric-network.js';

const UP_LIMIT_MS = 30_000;
const read = { contract: 'consortium', transaction: 'read', argument: {} };

const isListed = (pid: number) => existsSync(`/proc/${pid}`);

describeOnFabric('the local network', () => {
  let network: FabricNetwork;
  let operator: EnrolledMember;
  let ledger: Ledger;
  const founding = new StepLog();
  let foundedMs = 0;

  beforeAll(async () => {
    const started = performance.now();
    network = await FabricNetwork.start({}, founding);
    foundedMs = performance.now() - started;
    operator = await network.enrol('association', 'operator');
    ledger = await network.found(operator);
  });

  afterAll(async () => {
    await network.stop();
  });

  const pids = async () =>
    Object.fromEntries((await listProcesses(network.root)).map(({ name, pid }) => [name, pid]));
  const mend = async () => {
    const log = new StepLog();
    await bringUp(network.root, {}, log);
    return log.steps.map(({ did }) => did);
  };

  it('comes from nothing to committed chaincode in time and says what it did', () => {
    expect(foundedMs).toBeLessThan(UP_LIMIT_MS);
    const steps = founding.steps.map(({ did }) => did);
    expect(steps[0]).toBe('Keys and certificates made for 4 organisations and 3 orderers');
    expect(steps).toContain('Chaincode definition 1 committed');
    expect(founding.steps.every(({ ms }) => ms >= 0)).toBe(true);
  });

  it('keeps its folder from other users', async () => {
    expect((await stat(network.root)).mode & 0o077).toBe(0);
  });

  it('gives members the hash by which they tell its channel from another', async () => {
    const profile = await network.profile();
    const forged = fabricProfileSchema.parse({ ...profile, genesisHash: '00'.repeat(32) });
    await expect(network.connect(operator, { profile: forged })).rejects.toMatchObject({
      code: 'LEDGER_INTEGRITY',
    });
  });

  it('does nothing when it runs already', async () => {
    const before = await pids();
    expect(await mend()).toEqual([]);
    expect(await pids()).toEqual(before);
  });

  it('has one leading orderer', async () => {
    expect(await leadingOrderer(network.root)).toMatch(/^orderer-[123]$/);
  });

  it('starts again what was killed, and nothing else', async () => {
    const before = await pids();
    const killed = ['orderer-2', 'peer-platform', 'chaincode-merchants-blue'];
    await Promise.all(killed.map((name) => crashProcess(network.root, name)));
    for (const name of killed) expect((await pids())[name]).toBeUndefined();
    expect(await mend()).toEqual([`Started ${killed.join(', ')}`]);
    const after = await pids();
    for (const name of Object.keys(before))
      if (killed.includes(name)) expect(after[name]).not.toBe(before[name]);
      else expect(after[name]).toBe(before[name]);
    await expect(ledger.evaluate(read)).resolves.toMatchObject({ name: 'Test consortium' });
  });

  it('does not let two commands work on it at the same time', async () => {
    const [first, second] = await Promise.allSettled([mend(), mend()]);
    const refused = [first, second].filter(({ status }) => status === 'rejected');
    expect(refused).toHaveLength(1);
    expect(refused[0]).toMatchObject({ reason: { code: 'INVALID_STATE' } });
  });

  it('refuses to become another network than it is', async () => {
    await expect(bringUp(network.root, { consensus: 'bft' })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
  });

  it('lets another organisation join, whose members then use their own peer', async () => {
    const log = new StepLog();
    await addOrganisation(network.root, 'logistics', log);
    expect(log.steps.map(({ did }) => did)).toContain(
      'LogisticsMSP admitted to the channel, signed by the administrators of AssociationMSP, PlatformMSP, MerchantsMSP',
    );
    const { organisations } = await network.profile();
    expect(organisations.map(({ mspId }) => mspId)).toContain('LogisticsMSP');
    const stranger = await network.connect(await network.enrol('logistics', 'carrier'));
    await expect(stranger.evaluate(read)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    expect(await stranger.height()).toBe(await ledger.height());
    expect(await mend()).toEqual([]);
  });

  it('lets a revoked certificate do nothing more, and others go on', async () => {
    const revoked = await network.enrol('association', 'revoked');
    const view = await network.connect(revoked, { patienceMs: 1000 });
    await expect(view.height()).resolves.toBeGreaterThan(0);
    for (const member of [revoked, await network.enrol('association', 'another')]) {
      const log = new StepLog();
      await revokeCertificate(network.root, member.certificateFile, log);
      expect(log.steps[0]?.did).toMatch(/revoked in the channel's configuration$/);
    }
    const again = new StepLog();
    await revokeCertificate(network.root, revoked.certificateFile, again);
    expect(again.steps[0]?.did).toMatch(/was revoked already$/);
    await expect(view.evaluate(read)).rejects.toThrow();
    await expect(network.connect(revoked, { patienceMs: 1000 })).rejects.toThrow(/revoked/);
    await expect(ledger.evaluate(read)).resolves.toMatchObject({ name: 'Test consortium' });
  });

  it('refuses to revoke what no organisation of it issued', async () => {
    const { root } = network;
    const folder = new NetworkFolder(root);
    const tls = join(folder.ordererOrganisation, 'tlsca', 'tlsca.orderer.veilsum.example-cert.pem');
    for (const file of [tls, folder.profile, join(root, 'absent.pem')])
      await expect(revokeCertificate(root, file, new StepLog())).rejects.toMatchObject({
        code: 'INVALID_ARGUMENT',
      });
  });

  it('puts a new chaincode definition into service and keeps the state', async () => {
    const log = new StepLog();
    const plan = await upgrade(network.root, log);
    expect(plan.chaincode).toEqual({ committed: 2, wanted: 2 });
    const servers = (await listProcesses(network.root)).filter(({ kind }) => kind === 'chaincode');
    expect(servers.map(({ name }) => name)).toContain('chaincode-logistics-green');
    expect(servers).toHaveLength(5);
    await expect(ledger.evaluate(read)).resolves.toMatchObject({ name: 'Test consortium' });
  });

  it('leaves nothing running when it is taken down, and comes back with its state', async () => {
    const before = Object.values(await pids());
    await takeDown(network.root, new StepLog());
    expect(Object.values(await pids()).every((pid) => pid === undefined)).toBe(true);
    expect(before).not.toContain(undefined);
    // We are their parent; an ended process stays in the list until we have collected it.
    while (before.some((pid) => isListed(pid ?? 0))) await pause(20);
    expect(await readdir(new NetworkFolder(network.root).processes)).not.toContainEqual(
      expect.stringMatching(/\.pid$/),
    );
    await mend();
    await expect(ledger.evaluate(read)).resolves.toMatchObject({ name: 'Test consortium' });
  });

  it('signals no process that has got the pid of one of its own since', async () => {
    const folder = new NetworkFolder(network.root);
    const file = join(folder.processes, 'peer-regulator.pid');
    const own = await readFile(file, 'utf8');
    const { identity } = JSON.parse(own) as { identity: string };
    await writeFile(file, JSON.stringify({ pid: process.pid, identity }));
    await crashProcess(network.root, 'peer-regulator');
    expect((await pids())['peer-regulator']).toBeUndefined();
    await writeFile(file, own);
    expect((await pids())['peer-regulator']).toBeGreaterThan(0);
  });
});

describeOnFabric('a network that cannot start', () => {
  it('names the ports that are taken and starts nothing', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'veilsum-fabric-'));
    const holder = createServer();
    const port = await new Promise<number>((resolve) => {
      holder.listen(0, '127.0.0.1', () => {
        resolve((holder.address() as { port: number }).port);
      });
    });
    const root = join(folder, 'fabric');
    await mkdir(root);
    try {
      await expect(bringUp(root, { portBase: port })).rejects.toMatchObject({
        code: 'PORT_IN_USE',
        message: expect.stringContaining(String(port)) as string,
      });
      expect(await readdir(root)).not.toContain('organisations');
    } finally {
      holder.close();
      await rm(folder, { recursive: true });
    }
  });
});
