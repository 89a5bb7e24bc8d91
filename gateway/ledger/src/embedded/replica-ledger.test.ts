import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import type { CertificateAuthority, FileSigner } from '@veilsum/ledger';
import {
  hashSchema,
  type Block,
  type Genesis,
  type LedgerTransaction,
  type TransactionEnvelope,
} from '@veilsum/protocol';

import { KeyValueContract } from '../../../../test/fakes/ledger/key-value-contract.js';
import {
  createAuthority,
  createGenesis,
  enrol,
  signTransaction,
} from '../../../../test/fakes/ledger/test-members.js';
import { sealBlock } from './block-encoding.js';
import { EmbeddedEngine } from './engine.js';
import type { LedgerService } from './ledger-service.js';
import { ReplicaLedger } from './replica-ledger.js';

type Mutable<Value> = { -readonly [Key in keyof Value]: Mutable<Value[Key]> };

/** A ledger that shows whatever blocks it likes; submissions go to an honest one. */
class ShownLedger implements LedgerService {
  readonly #engine: EmbeddedEngine;
  shown: readonly Block[] | undefined;
  /** Before each block but the first of an answer. */
  pauseMs = 0;

  constructor(engine: EmbeddedEngine) {
    this.#engine = engine;
  }

  submit(envelope: TransactionEnvelope) {
    return this.#engine.submit(envelope);
  }

  evaluate(): Promise<string> {
    throw new Error('A replica evaluates for itself.');
  }

  findTransaction(transactionId: string) {
    return this.#engine.findTransaction(transactionId);
  }

  async status() {
    const status = await this.#engine.status();
    const { shown } = this;
    if (shown === undefined) return status;
    return { ...status, height: shown.length, headHash: shown.at(-1)?.hash ?? '' };
  }

  async *blocks(options: { fromBlock: number; signal?: AbortSignal }): AsyncGenerator<Block> {
    if (this.shown === undefined) {
      yield* this.#engine.blocks(options);
      return;
    }
    const { fromBlock, signal } = options;
    for (const block of this.shown.slice(fromBlock)) {
      if (block.number > fromBlock) await delay(this.pauseMs, undefined, { signal });
      yield block;
    }
  }

  async close(): Promise<void> {
    return Promise.resolve();
  }
}

let folder: string;
let authority: CertificateAuthority;
let signer: FileSigner;
let genesis: Genesis;
let engine: EmbeddedEngine;
let service: ShownLedger;
let genesisHash: string;
let honest: Block[];
let replicas = 0;

const contracts = () => [new KeyValueContract()];
const replicaFolder = () => join(folder, `replica-${(replicas += 1)}`);
const openReplica = (path = replicaFolder(), patienceMs = 5000) =>
  ReplicaLedger.open({
    service,
    genesisHash,
    folder: path,
    signer,
    contracts,
    patienceMs,
  });
const request = (transaction: string, argument: Record<string, string | number>) => ({
  contract: 'keyValue',
  transaction,
  argument,
});

async function readAll(): Promise<Block[]> {
  const { height } = await engine.status();
  const leave = new AbortController();
  const blocks: Block[] = [];
  for await (const block of engine.blocks({ fromBlock: 0, signal: leave.signal })) {
    blocks.push(block);
    if (blocks.length === height) leave.abort();
  }
  return blocks;
}

/** Changes blocks and then hashes and links them anew, as whoever runs the ledger could. */
function rewrite(change: (blocks: Mutable<Block>[]) => void): Block[] {
  const blocks = structuredClone(honest) as Mutable<Block>[];
  change(blocks);
  const resealed: Block[] = [];
  for (const { hash, ...body } of blocks as Block[]) {
    const previousHash = resealed.at(-1)?.hash ?? body.previousHash;
    const sealed = sealBlock({ ...body, previousHash }).block;
    resealed.push(body.number === 0 ? { ...sealed, hash } : sealed);
  }
  return resealed;
}

function transactionAt(blocks: Mutable<Block>[], block: number, index = 0) {
  const found = blocks[block]?.transactions[index];
  if (found === undefined) throw new Error('The chain of the test is too short.');
  return found;
}

async function expectRefused(blocks: readonly Block[], message?: RegExp): Promise<void> {
  service.shown = blocks;
  const replica = await openReplica();
  try {
    const asked = replica.evaluate(request('get', { key: 'n' }));
    await expect(asked).rejects.toMatchObject({
      code: 'LEDGER_INTEGRITY',
      ...(message === undefined ? {} : { message: expect.stringMatching(message) as string }),
    });
  } finally {
    await replica.close();
  }
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'veilsum-replica-'));
  authority = await createAuthority();
  signer = await enrol(authority, 'acme');
  genesis = createGenesis([authority], signer);
  engine = await EmbeddedEngine.open({ folder: join(folder, 'ledger'), genesis, contracts });
  genesisHash = (await engine.status()).genesisHash;
  service = new ShownLedger(engine);
  // Block 1: n = 0. Block 2: n = 1, and an add that conflicts. Block 3: two independent items.
  // Block 4: counts them. Block 5: n = 2.
  const send = (...envelopes: TransactionEnvelope[]) =>
    Promise.all(envelopes.map((envelope) => engine.submit(envelope)));
  const sign = (transaction: string, argument: object) =>
    signTransaction(signer, transaction, argument);
  await send(await sign('put', { key: 'n', value: '0' }));
  await send(
    await sign('add', { key: 'n', amount: 1 }),
    await sign('add', { key: 'n', amount: 1 }),
  );
  await send(
    await sign('putItem', { list: 'fruit', item: 'pear', value: '1' }),
    await sign('putItem', { list: 'fruit', item: 'plum', value: '1' }),
  );
  await send(await sign('count', { list: 'fruit', into: 'total' }));
  await send(await sign('add', { key: 'n', amount: 1 }));
  honest = await readAll();
});

afterEach(() => {
  service.shown = undefined;
  service.pauseMs = 0;
});

afterAll(async () => {
  await engine.close();
  await rm(folder, { recursive: true });
});

describe('an honest ledger', () => {
  test('is followed, executed again and answered from the copy', async () => {
    const replica = await openReplica();
    expect(await replica.evaluate(request('get', { key: 'n' }))).toBe('2');
    expect(await replica.evaluate(request('get', { key: 'total' }))).toBe('2');
    expect(await replica.evaluate(request('items', { list: 'fruit' }))).toEqual([
      'fruit/pear=1',
      'fruit/plum=1',
    ]);
    const history = (await replica.evaluate(request('history', { key: 'n' }))) as unknown[];
    expect(history).toHaveLength(3);
    expect(await replica.height()).toBe(honest.length);
    await replica.close();
  });

  test('is submitted to, and the result is read from the own copy', async () => {
    const replica = await openReplica();
    const { result, blockNumber } = await replica.submit(request('put', { key: 'x', value: '9' }));
    expect(result).toEqual({ key: 'x' });
    expect(blockNumber).toBeGreaterThanOrEqual(honest.length);
    expect(await replica.evaluate(request('get', { key: 'x' }))).toBe('9');
    await replica.close();
  });

  test('is remembered over a restart, with its events', async () => {
    const path = replicaFolder();
    await (await openReplica(path)).close();
    const replica = await openReplica(path);
    const leave = new AbortController();
    const names: string[] = [];
    for await (const { name } of replica.events({ fromBlock: 0, signal: leave.signal })) {
      names.push(name);
      if (names.length === 3) leave.abort();
    }
    expect(names).toEqual(['put', 'added', 'added']);
    await replica.close();
  });

  test.each<[string, number, { n?: string; code?: string }]>([
    ['that is slow is waited for', 400, { n: '2' }],
    ['that stands still is not', 60_000, { code: 'LEDGER_UNAVAILABLE' }],
  ])('%s', async (_name, pauseMs, expected) => {
    Object.assign(service, { shown: honest, pauseMs });
    const replica = await openReplica(replicaFolder(), 1500);
    const asked = replica.evaluate(request('get', { key: 'n' }));
    if (expected.n === undefined) await expect(asked).rejects.toMatchObject(expected);
    else expect(await asked).toBe(expected.n);
    await replica.close();
  });

  test('a refusal of a contract is one, and no matter of integrity', async () => {
    const replica = await openReplica();
    await expect(replica.submit(request('refuse', {}))).rejects.toMatchObject({
      code: 'FORBIDDEN',
    });
    await expect(replica.evaluate(request('refuse', {}))).rejects.toMatchObject({
      code: 'FORBIDDEN',
    });
    expect(await replica.evaluate(request('get', { key: 'total' }))).toBe('2');
    await replica.close();
  });
});

describe('a chain that was made anew is refused for', () => {
  const changes: [string, (blocks: Mutable<Block>[]) => void, RegExp][] = [
    [
      'a changed write',
      (blocks) => {
        transactionAt(blocks, 2).readWriteSet.writes = [{ key: 'n', value: '100' }];
      },
      /does not do what its contract does/,
    ],
    [
      'an added write',
      (blocks) => {
        transactionAt(blocks, 1).readWriteSet.writes.push({ key: 'z', value: '1' });
      },
      /does not do what its contract does/,
    ],
    [
      'a left-out read',
      (blocks) => {
        transactionAt(blocks, 2).readWriteSet.reads = [];
      },
      /does not do what its contract does/,
    ],
    [
      'a left-out range',
      (blocks) => {
        transactionAt(blocks, 4).readWriteSet.ranges = [];
      },
      /does not do what its contract does/,
    ],
    [
      'a changed response',
      (blocks) => {
        transactionAt(blocks, 2).response = '7';
      },
      /does not do what its contract does/,
    ],
    [
      'a changed event',
      (blocks) => {
        transactionAt(blocks, 1).events = [{ name: 'put', payload: '{"key":"m"}' }];
      },
      /does not do what its contract does/,
    ],
    [
      'a conflict that is called valid',
      (blocks) => {
        transactionAt(blocks, 2, 1).validationCode = 'VALID';
      },
      /validation code/,
    ],
    [
      'a valid transaction that is called a conflict',
      (blocks) => {
        transactionAt(blocks, 2).validationCode = 'MVCC_READ_CONFLICT';
      },
      /validation code/,
    ],
    [
      'a dropped transaction that a later one rests on',
      (blocks) => {
        blocks[3]?.transactions.pop();
      },
      /validation code/,
    ],
    [
      'a dropped block',
      (blocks) => {
        blocks.splice(3, 1);
      },
      /does not follow/,
    ],
    [
      'transactions in another order',
      (blocks) => {
        blocks[3]?.transactions.reverse();
      },
      /validation code/,
    ],
    [
      'blocks in another order',
      (blocks) => {
        const [first, second] = [blocks[1], blocks[2]] as [Mutable<Block>, Mutable<Block>];
        const { transactions } = first;
        first.transactions = second.transactions;
        second.transactions = transactions;
      },
      /validation code/,
    ],
    [
      'a transaction played again',
      (blocks) => {
        blocks[5]?.transactions.push(structuredClone(transactionAt(blocks, 1)));
      },
      /repeats a transaction/,
    ],
    [
      'a changed argument',
      (blocks) => {
        transactionAt(blocks, 1).envelope.proposal.argument = '{"key":"n","value":"5"}';
      },
      /not signed/,
    ],
    [
      'a forged signature',
      (blocks) => {
        const target = transactionAt(blocks, 1).envelope;
        target.signature = transactionAt(blocks, 2).envelope.signature;
      },
      /not signed/,
    ],
    [
      'an empty block',
      (blocks) => {
        const last = blocks.at(-1);
        if (last !== undefined) last.transactions = [];
      },
      /does not follow/,
    ],
    [
      'a second genesis',
      (blocks) => {
        const last = blocks.at(-1);
        if (last !== undefined) last.genesis = genesis;
      },
      /does not follow/,
    ],
  ];

  test.each(changes)('%s', async (_name, change, message) => {
    await expectRefused(rewrite(change), message);
  });

  test.each([
    ['strange', async () => enrol(await createAuthority(), 'acme')],
    [
      'expired',
      () => enrol(authority, 'acme', { notBeforeMs: 1000, notAfterMs: Date.now() - 60_000 }),
    ],
  ])('a transaction with a certificate that is %s', async (_name, enrolled) => {
    const envelope = await signTransaction(await enrolled(), 'put', { key: 'n', value: '0' });
    const forged = rewrite((blocks) => {
      transactionAt(blocks, 1).envelope = envelope;
    });
    await expectRefused(forged, /not signed by a member/);
  });

  test('a transaction that its contract refuses', async () => {
    const envelope = await signTransaction(signer, 'refuse', {});
    const refused: LedgerTransaction = {
      envelope,
      readWriteSet: { reads: [], ranges: [], writes: [{ key: 'n', value: '9' }] },
      events: [],
      response: 'null',
      validationCode: 'VALID',
    };
    const forged = rewrite((blocks) => {
      blocks.at(-1)?.transactions.push(refused);
    });
    await expectRefused(forged, /contract refuses/);
  });
});

describe('a chain that was not made anew is refused for', () => {
  test('a block that does not have its hash', async () => {
    const changed = structuredClone(honest) as Mutable<Block>[];
    transactionAt(changed, 1).response = '7';
    await expectRefused(changed as Block[], /does not have the hash/);
  });

  test('another genesis', async () => {
    service.shown = rewrite((blocks) => {
      const [first] = blocks;
      if (first !== undefined) first.hash = hashSchema.parse('1'.repeat(64));
    });
    await expect(openReplica()).rejects.toMatchObject({ code: 'LEDGER_INTEGRITY' });
  });
});

describe('what a replica has seen', () => {
  test('it does not see go: a shorter chain, now and after a restart', async () => {
    const path = replicaFolder();
    service.shown = honest;
    const replica = await openReplica(path);
    expect(await replica.height()).toBe(honest.length);
    service.shown = honest.slice(0, -1);
    const refused = { code: 'LEDGER_INTEGRITY' };
    await expect(replica.evaluate(request('get', { key: 'n' }))).rejects.toMatchObject(refused);
    service.shown = honest;
    await expect(replica.evaluate(request('get', { key: 'n' }))).rejects.toMatchObject(refused);
    await replica.close();
    service.shown = honest.slice(0, -1);
    const later = await openReplica(path);
    await expect(later.evaluate(request('get', { key: 'n' }))).rejects.toMatchObject(refused);
    await expect(later.submit(request('put', { key: 'lost', value: '1' }))).rejects.toMatchObject(
      refused,
    );
    await later.close();
  });

  test('it does not see change: a rewritten last block after a restart', async () => {
    const path = replicaFolder();
    service.shown = honest;
    const replica = await openReplica(path);
    await replica.height();
    await replica.close();
    // An honest transaction, dropped without a trace: only memory can tell.
    service.shown = rewrite((blocks) => {
      blocks[2]?.transactions.pop();
    });
    const later = await openReplica(path);
    await expect(later.evaluate(request('get', { key: 'n' }))).rejects.toMatchObject({
      code: 'LEDGER_INTEGRITY',
      message: expect.stringMatching(/rewritten/) as string,
    });
    await later.close();
    await expect(openReplica().then((fresh) => closed(fresh))).resolves.toBe('2');
  });

  test('it does not see change: a fork that grows on', async () => {
    const path = replicaFolder();
    service.shown = honest.slice(0, 4);
    const replica = await openReplica(path);
    await replica.height();
    await replica.close();
    service.shown = rewrite((blocks) => {
      blocks[3]?.transactions.pop();
      blocks.splice(4);
    });
    const later = await openReplica(path);
    await expect(later.evaluate(request('get', { key: 'n' }))).rejects.toMatchObject({
      code: 'LEDGER_INTEGRITY',
    });
    await later.close();
  });

  async function closed(fresh: ReplicaLedger): Promise<unknown> {
    const value = await fresh.evaluate(request('get', { key: 'n' }));
    await fresh.close();
    return value;
  }
});
