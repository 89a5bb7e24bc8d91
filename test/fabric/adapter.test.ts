import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { execPath } from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';

import type { JsonValue } from '@veilsum/crypto';
import { CertificateAuthority, type Ledger, type LedgerEvent } from '@veilsum/ledger';
import { crashProcess, fabricPrograms, leadingOrderer, startProcess } from '@veilsum/local-network';
import { transferSchema, type VeilsumError } from '@veilsum/protocol';

import { AdapterNetwork, Way, enrol, journalled, transfer, until } from './adapter-network.js';

const PEER = 'peer-association';
const programs = await fabricPrograms();
const suite = programs.found === undefined ? describe.skip : describe;
if (programs.found === undefined) console.log(`Skipped: ${programs.missing}`);

let network: AdapterNetwork;

function refusal(code: string, more: object = {}): Error {
  return expect.objectContaining({ code, ...more }) as Error;
}

/** Ids of the transfers that the ledger has. */
async function transfersOf(ledger: Ledger): Promise<string[]> {
  const answer = await ledger.evaluate({
    contract: 'account',
    transaction: 'transfers',
    argument: {},
  });
  return transferSchema
    .array()
    .parse(answer)
    .map(({ transferId }) => transferId);
}

/** Every event up to now. */
async function pastEvents(ledger: Ledger, fromBlock = 0): Promise<LedgerEvent[]> {
  const events: LedgerEvent[] = [];
  const height = await ledger.height();
  const end = new AbortController();
  const idle = () => {
    end.abort();
  };
  let timer = setTimeout(idle, 3000);
  for await (const event of ledger.events({ fromBlock, signal: end.signal })) {
    events.push(event);
    clearTimeout(timer);
    timer = setTimeout(idle, event.blockNumber === height - 1 ? 500 : 3000);
  }
  clearTimeout(timer);
  return events;
}

/** Whose transfers the events name, in order. */
function namesOf(events: readonly LedgerEvent[]): JsonValue[] {
  return events
    .filter(({ name }) => name === 'transferChanged')
    .map(({ payload }) => (payload as { transferId: string }).transferId);
}

function idOf(request: { argument: JsonValue }): string {
  return (request.argument as { transferId: string }).transferId;
}

suite('the Fabric adapter', () => {
  beforeAll(async () => {
    network = await AdapterNetwork.start();
  });

  afterAll(async () => {
    await network.stop();
  });

  it('submits, evaluates, counts blocks and shows events', async () => {
    const ledger = await network.connect();
    const request = transfer();
    const height = await ledger.height();
    const commit = await ledger.submit(request);
    expect(commit.blockNumber).toBe(height);
    expect(commit.result).toMatchObject({ transferId: idOf(request), status: 'proposed' });
    expect(await ledger.height()).toBe(height + 1);
    expect(await transfersOf(ledger)).toContain(idOf(request));
    expect(await pastEvents(ledger, commit.blockNumber)).toEqual([
      {
        blockNumber: commit.blockNumber,
        transactionId: commit.transactionId,
        name: 'transferChanged',
        payload: { transferId: idOf(request), status: 'proposed' },
      },
    ]);
  });

  it('shows blocks from the first one on, and waits for those to come', async () => {
    const ledger = await network.connect();
    const height = await ledger.height();
    const request = transfer();
    const end = new AbortController();
    const numbers: number[] = [];
    for await (const block of ledger.blocks({ fromBlock: 0, signal: end.signal })) {
      if (block.number === 0) expect(block.hash).toBe(network.profile.genesisHash);
      numbers.push(block.number);
      if (block.number === height - 1) void ledger.submit(request);
      if (block.number < height) continue;
      expect(block.transactions).toMatchObject([
        {
          contract: 'account',
          transaction: 'proposeTransfer',
          validationCode: 'VALID',
          mspId: 'AssociationMSP',
          events: [{ name: 'transferChanged' }],
        },
      ]);
      end.abort();
    }
    expect(numbers).toEqual(Array.from({ length: height + 1 }, (_, number) => number));
    const later = ledger.blocks({ fromBlock: height + 2 })[Symbol.asyncIterator]();
    const coming = later.next();
    await ledger.submit(transfer());
    await ledger.submit(transfer());
    expect((await coming).value).toMatchObject({ number: height + 2 });
    await later.return?.();
  });

  it('says with the code of the contract why it was refused, and leaves nothing behind', async () => {
    const journalFolder = network.journal();
    const ledger = await network.connect({ journalFolder });
    const nobody = { contract: 'member', transaction: 'read', argument: { memberId: 'nobody' } };
    await expect(ledger.evaluate(nobody)).rejects.toEqual(refusal('NOT_FOUND'));
    await expect(ledger.submit(nobody)).rejects.toEqual(
      refusal('NOT_FOUND', { transactionId: expect.stringMatching(/^[0-9a-f]{64}$/) as string }),
    );
    const unknown = { contract: 'member', transaction: 'nothing', argument: {} };
    await expect(ledger.submit(unknown)).rejects.toEqual(refusal('UNKNOWN_TRANSACTION'));
    const large = { ...nobody, argument: { memberId: 'x'.repeat(1_000_000) } };
    await expect(ledger.submit(large)).rejects.toEqual(refusal('LIMIT_EXCEEDED'));
    expect(await journalled(journalFolder)).toEqual([]);
  });

  it('refuses a channel that was founded otherwise, and an identity that it does not know', async () => {
    const profile = { ...network.profile, genesisHash: 'f'.repeat(64) };
    await expect(network.connect({ profile })).rejects.toEqual(refusal('LEDGER_INTEGRITY'));
    const dates = { notBeforeMs: Date.now() - 60_000, notAfterMs: Date.now() + 3_600_000 };
    const authority = await CertificateAuthority.generate({ mspId: 'AssociationMSP', ...dates });
    const { signer } = await enrol(authority, 'stranger');
    await expect(network.connect({ signer })).rejects.toEqual(refusal('CERTIFICATE_UNTRUSTED'));
    const elsewhere = await enrol(
      await CertificateAuthority.generate({ mspId: 'NobodyMSP', ...dates }),
      'stranger',
    );
    await expect(network.connect({ signer: elsewhere.signer })).rejects.toEqual(
      refusal('INVALID_ARGUMENT'),
    );
  });

  it('lets 50 at once change the same key, and shows none of them a conflict', async () => {
    const ledger = await network.connect();
    const fingerprints = Array.from({ length: 50 }, () => randomBytes(32).toString('hex'));
    const submits = fingerprints.map((fingerprint) =>
      ledger.submit({
        contract: 'member',
        transaction: 'addCertificate',
        argument: { memberId: 'operator', fingerprint },
      }),
    );
    await Promise.all(submits);
    const own = { contract: 'member', transaction: 'whoami', argument: {} };
    const answer = (await ledger.evaluate(own)) as { certificateFingerprints: string[] };
    expect(answer.certificateFingerprints).toEqual(expect.arrayContaining(fingerprints));
  });

  it('goes on through another peer of the organisation, with calls and events', async () => {
    const ways = [await Way.open(network.peerPort), await Way.open(network.peerPort)] as const;
    const profile = network.profileThrough(ways.map(({ port }) => port));
    const ledger = await network.connect({ profile, patienceMs: 10_000 });
    const fromBlock = await ledger.height();
    const seen: LedgerEvent[] = [];
    const end = new AbortController();
    const following = (async () => {
      for await (const event of ledger.events({ fromBlock, signal: end.signal })) seen.push(event);
    })();
    const requests = [transfer(), transfer(), transfer(), transfer()] as const;
    await ledger.submit(requests[0]);
    ways[0].cut();
    await ledger.submit(requests[1]);
    ways[0].mend();
    ways[1].cut();
    await ledger.submit(requests[2]);
    const pending = ledger.submit(requests[3]);
    ways[0].cut();
    await delay(1000);
    ways[1].mend();
    await pending;
    await until(() => Promise.resolve(seen.length >= 4));
    end.abort();
    await following;
    expect(namesOf(seen)).toEqual(requests.map(idOf));
    ways[1].cut();
    const impatient = expect(ledger.evaluate(transfer())).rejects;
    await impatient.toEqual(refusal('LEDGER_UNAVAILABLE'));
    for (const way of ways) await way.close();
  });

  it('settles a submit whose peer died before it said what became of it', async () => {
    const journalFolder = network.journal();
    const ledger = await network.connect({ journalFolder });
    const request = transfer();
    const submit = ledger.submit(request);
    await until(async () => (await journalled(journalFolder)).length > 0);
    await delay(20);
    await crashProcess(network.folder, PEER);
    await delay(1000);
    await startProcess(network.folder, PEER);
    const { transactionId } = await submit;
    const events = await pastEvents(ledger);
    const own = events.filter(({ payload }) => JSON.stringify(payload).includes(idOf(request)));
    expect(own.map((event) => event.transactionId)).toEqual([transactionId]);
    expect(await journalled(journalFolder)).toEqual([]);
  });

  it('reports as unknown what it cannot find out, and makes no second transaction of it', async () => {
    const journalFolder = network.journal();
    const way = await Way.open(network.peerPort);
    const profile = network.profileThrough([way.port]);
    const ledger = await network.connect({ profile, journalFolder, patienceMs: 3000 });
    const request = transfer();
    const submit = ledger.submit(request);
    await until(async () => (await journalled(journalFolder)).length > 0);
    way.cut();
    const unknown = (await submit.catch((error: unknown) => error)) as VeilsumError;
    expect(unknown.code).toBe('COMMIT_STATUS_UNKNOWN');
    expect(await journalled(journalFolder)).toEqual([unknown.transactionId]);
    way.mend();
    const commit = await ledger.submit(request);
    expect(commit.transactionId).toBe(unknown.transactionId);
    expect(await journalled(journalFolder)).toEqual([]);
    await way.close();
  });

  it('settles at the next start what a killed process left open', async () => {
    const journalFolder = network.journal();
    const client = spawn(execPath, ['--input-type=module', '--eval', CLIENT], {
      stdio: ['pipe', 'ignore', 'inherit'],
    });
    const { signer, privateKey } = network.operator;
    const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');
    const requests = Array.from({ length: 20 }, () => transfer());
    client.stdin.end(
      JSON.stringify({
        profile: network.profile,
        journalFolder,
        certificate: base64(signer.certificate),
        privateKey: base64(privateKey),
        requests,
      }),
    );
    await until(async () => (await journalled(journalFolder)).length > 4, 30_000);
    client.kill('SIGKILL');
    await once(client, 'close');
    const open = await journalled(journalFolder);
    expect(open.length).toBeGreaterThan(0);
    const ledger = await network.connect({ journalFolder });
    expect(await journalled(journalFolder)).toEqual([]);
    const transactions = (await pastEvents(ledger)).map(({ transactionId }) => transactionId);
    for (const transactionId of open) {
      expect(transactions.filter((id) => id === transactionId)).toHaveLength(1);
    }
  });

  it('misses no event and hands out none twice while the peer and its chaincode server die', async () => {
    const ledger = await network.connect();
    const fromBlock = await ledger.height();
    const seen: LedgerEvent[] = [];
    const end = new AbortController();
    const following = (async () => {
      for await (const event of ledger.events({ fromBlock, signal: end.signal })) seen.push(event);
    })();
    const requests = Array.from({ length: 30 }, () => transfer());
    const submits = requests.map(async (request, index) => {
      await delay(100 * index);
      return ledger.submit(request);
    });
    await delay(500);
    await crashProcess(network.folder, PEER);
    await delay(500);
    await startProcess(network.folder, PEER);
    await crashProcess(network.folder, 'chaincode-association-blue');
    await delay(500);
    await startProcess(network.folder, 'chaincode-association-blue');
    const commits = await Promise.all(submits);
    await until(() => Promise.resolve(seen.length >= requests.length));
    await delay(500);
    end.abort();
    await following;
    const ids = (values: readonly { transactionId: string }[]) =>
      values.map(({ transactionId }) => transactionId).sort();
    expect(ids(seen)).toEqual(ids(commits));
  });

  it('brings every transaction into exactly one block while the leader of the orderers dies', async () => {
    const ledger = await network.connect();
    const leader = await leadingOrderer(network.folder);
    if (leader === undefined) throw new Error('No orderer leads.');
    const requests = Array.from({ length: 60 }, () => transfer());
    const submits = requests.map(async (request, index) => {
      await delay(50 * index);
      return ledger.submit(request);
    });
    await delay(1000);
    await crashProcess(network.folder, leader);
    await Promise.all(submits);
    await startProcess(network.folder, leader);
    const names = namesOf(await pastEvents(ledger));
    for (const request of requests) {
      expect(names.filter((name) => name === idOf(request))).toHaveLength(1);
    }
  });
});

/** A process that submits all it was told at once, and is killed while it does. */
const CLIENT = `
import { text } from 'node:stream/consumers';
import { FileSigner, connectLedger } from '@veilsum/ledger';
const { profile, journalFolder, certificate, privateKey, requests } = JSON.parse(await text(process.stdin));
const bytes = (base64) => Buffer.from(base64, 'base64');
const signer = new FileSigner({
  mspId: 'AssociationMSP',
  certificate: bytes(certificate),
  privateKey: bytes(privateKey),
});
const ledger = await connectLedger({ kind: 'fabric', profile, signer, journalFolder });
await Promise.all(requests.map((request) => ledger.submit(request)));
`;
