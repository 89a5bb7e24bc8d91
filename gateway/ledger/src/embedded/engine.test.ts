import { X509Certificate } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import fc from 'fast-check';

import type { CertificateAuthority, FileSigner } from '@veilsum/ledger';
import type { Genesis, TransactionEnvelope } from '@veilsum/protocol';

import { KeyValueContract } from '../../../../test/fakes/ledger/key-value-contract.js';
import {
  createAuthority,
  createGenesis,
  enrol,
  signProposal,
  signTransaction,
} from '../../../../test/fakes/ledger/test-members.js';
import { createCompositeKey, splitCompositeKey } from './composite-key.js';
import { EmbeddedEngine } from './engine.js';
import { SignedLedger } from './signed-ledger.js';

let folder: string;
let authority: CertificateAuthority;
let signer: FileSigner;
let genesis: Genesis;
let engine: EmbeddedEngine;
let ledger: SignedLedger;

const open = () =>
  EmbeddedEngine.open({
    folder: join(folder, 'ledger'),
    genesis,
    contracts: () => [new KeyValueContract()],
  });
const put = (key: string, value: string) => signTransaction(signer, 'put', { key, value });
const call = async (transaction: string, argument: object) =>
  JSON.parse(
    await engine.evaluate(await signTransaction(signer, transaction, argument)),
  ) as unknown;
const add = (key: string, amount = 1) => signTransaction(signer, 'add', { key, amount });

beforeAll(async () => {
  authority = await createAuthority();
  signer = await enrol(authority, 'acme');
  genesis = createGenesis([authority], signer);
});

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'veilsum-ledger-'));
  engine = await open();
  ledger = new SignedLedger({ service: engine, signer, channel: 'test-channel' });
});

afterEach(async () => {
  await engine.close();
  await rm(folder, { recursive: true });
});

describe('simulation', () => {
  test('reads the committed state, not its own writes', async () => {
    await engine.submit(await put('a', 'old'));
    const { response } = await engine.submit(
      await signTransaction(signer, 'writeAndRead', { key: 'a', value: 'new' }),
    );
    expect(response).toBe('"old"');
    expect(await call('get', { key: 'a' })).toBe('new');
  });

  test('evaluate writes nothing', async () => {
    await engine.evaluate(await put('a', 'x'));
    expect(await call('get', { key: 'a' })).toBeNull();
    expect((await engine.status()).height).toBe(1);
  });

  test('a refusal keeps its code and writes nothing', async () => {
    await expect(engine.submit(await signTransaction(signer, 'refuse', {}))).rejects.toMatchObject({
      code: 'FORBIDDEN',
      message: 'Nobody may do this.',
    });
    expect((await engine.status()).height).toBe(1);
  });

  test('an unexpected failure does not tell what happened inside', async () => {
    await expect(engine.submit(await signTransaction(signer, 'crash', {}))).rejects.toMatchObject({
      code: 'INTERNAL',
      message: 'The contract failed unexpectedly.',
    });
  });

  test.each(['nothing', 'constructor', 'beforeTransaction', 'getName', 'toString', '__proto__'])(
    'there is no transaction %s',
    async (transaction) => {
      await expect(
        engine.submit(await signTransaction(signer, transaction, {})),
      ).rejects.toMatchObject({ code: 'UNKNOWN_TRANSACTION' });
    },
  );

  test('tells contracts who signed, as Fabric does', async () => {
    expect(await call('whoami', {})).toEqual({
      mspId: 'TestMSP',
      id: 'x509::/O=TestMSP/OU=client/CN=acme::/O=TestMSP/OU=client/CN=authority',
      pem: new X509Certificate(signer.certificate).toString(),
    });
  });

  test('empty values, binary values and empty keys are refused', async () => {
    const binary = await signTransaction(signer, 'putBinary', {});
    for (const envelope of [await put('a', ''), await put('', 'x'), binary]) {
      await expect(engine.submit(envelope)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    }
  });
});

describe('composite keys', () => {
  test('have their parts back, and ranges take whole parts', async () => {
    const key = createCompositeKey('item', ['list', 'ü\u{1F600}']);
    expect(splitCompositeKey(key)).toEqual({
      objectType: 'item',
      attributes: ['list', 'ü\u{1F600}'],
    });
    for (const [list, item] of [
      ['fruit', 'pear'],
      ['fruit', 'apple'],
      ['fruits', 'plum'],
      ['fruit', '\uFFFD'],
      ['fruit', '\u{1F600}'],
    ]) {
      await engine.submit(await signTransaction(signer, 'putItem', { list, item, value: '1' }));
    }
    // U+FFFD comes before U+1F600 in UTF-8, though not in JavaScript's own order.
    expect(await call('items', { list: 'fruit' })).toEqual([
      'fruit/apple=1',
      'fruit/pear=1',
      'fruit/\uFFFD=1',
      'fruit/\u{1F600}=1',
    ]);
  });

  test.each(['', 'a\u0000b', 'a\u{10FFFF}', '\uD800'])('refuse the part %j', (part) => {
    expect(() => createCompositeKey('item', [part])).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT' }) as Error,
    );
  });
});

describe('validation at commit', () => {
  test('of two that read and write one key the second conflicts', async () => {
    await engine.submit(await put('n', '0'));
    const outcomes = await Promise.all(
      [await add('n'), await add('n')].map((e) => engine.submit(e)),
    );
    expect(outcomes.map(({ validationCode }) => validationCode)).toEqual([
      'VALID',
      'MVCC_READ_CONFLICT',
    ]);
    expect(await call('get', { key: 'n' })).toBe('1');
  });

  test('a conflict is answered again as a conflict', async () => {
    await engine.submit(await put('n', '0'));
    const second = await add('n');
    await Promise.all([await add('n'), second].map((envelope) => engine.submit(envelope)));
    const again = await engine.submit(second);
    expect(again.validationCode).toBe('MVCC_READ_CONFLICT');
    expect(await call('get', { key: 'n' })).toBe('1');
  });

  test('the port tries conflicts again until each has counted', async () => {
    await engine.submit(await put('n', '0'));
    const request = { contract: 'keyValue', transaction: 'add', argument: { key: 'n', amount: 1 } };
    await Promise.all(Array.from({ length: 8 }, () => ledger.submit(request)));
    expect(await call('get', { key: 'n' })).toBe('8');
  });

  test('blind writes do not conflict; the later one stands', async () => {
    const outcomes = await Promise.all(
      [await put('a', '1'), await put('a', '2')].map((envelope) => engine.submit(envelope)),
    );
    expect(outcomes.map(({ validationCode }) => validationCode)).toEqual(['VALID', 'VALID']);
    expect(await call('get', { key: 'a' })).toBe('2');
  });

  test.each([
    ['a new item', 'putItem', { list: 'fruit', item: 'plum', value: '1' }],
    ['a changed item', 'putItem', { list: 'fruit', item: 'pear', value: '2' }],
    ['a removed item', 'removeItem', { list: 'fruit', item: 'pear' }],
  ])('a range read notices %s', async (_name, transaction, argument) => {
    await engine.submit(
      await signTransaction(signer, 'putItem', { list: 'fruit', item: 'pear', value: '1' }),
    );
    const envelopes = [
      await signTransaction(signer, transaction, argument),
      await signTransaction(signer, 'count', { list: 'fruit', into: 'total' }),
    ];
    const outcomes = await Promise.all(envelopes.map((envelope) => engine.submit(envelope)));
    expect(outcomes.map(({ validationCode }) => validationCode)).toEqual([
      'VALID',
      'PHANTOM_READ_CONFLICT',
    ]);
    expect(await call('get', { key: 'total' })).toBeNull();
  });

  test('a range read does not mind another list', async () => {
    const envelopes = [
      await signTransaction(signer, 'putItem', { list: 'fruits', item: 'plum', value: '1' }),
      await signTransaction(signer, 'count', { list: 'fruit', into: 'total' }),
    ];
    const outcomes = await Promise.all(envelopes.map((envelope) => engine.submit(envelope)));
    expect(outcomes.map(({ validationCode }) => validationCode)).toEqual(['VALID', 'VALID']);
  });
});

describe('serialisability', () => {
  const keys = ['a', 'b', 'c'];
  const operation = fc.record({
    key: fc.constantFrom(...keys),
    amount: fc.integer({ max: 9, min: 1 }),
  });

  test('valid transactions, one after another in block order, give the same state', async () => {
    const totals = new Map<string, number>();
    const rounds = fc.array(fc.array(operation, { minLength: 1, maxLength: 6 }), {
      minLength: 1,
      maxLength: 6,
    });
    await fc.assert(
      fc.asyncProperty(rounds, async (batches) => {
        for (const batch of batches) {
          const envelopes = await Promise.all(batch.map(({ key, amount }) => add(key, amount)));
          const outcomes = await Promise.all(envelopes.map((envelope) => engine.submit(envelope)));
          outcomes.forEach(({ validationCode, response }, index) => {
            const { key = '', amount = 0 } = batch[index] ?? {};
            if (validationCode !== 'VALID') return;
            totals.set(key, (totals.get(key) ?? 0) + amount);
            // What a valid transaction answered is what it would have answered alone.
            expect(Number(response)).toBe(totals.get(key));
          });
        }
        for (const [key, total] of totals) expect(await call('get', { key })).toBe(String(total));
      }),
      { numRuns: 20 },
    );
  });
});

describe('idempotency', () => {
  test('the same envelope gets the same answer and counts once', async () => {
    await engine.submit(await put('n', '0'));
    const envelope = await add('n');
    const first = await engine.submit(envelope);
    expect(await engine.submit(envelope)).toEqual(first);
    expect(await call('get', { key: 'n' })).toBe('1');
    expect(await engine.findTransaction(first.transactionId)).toEqual(first);
  });

  test('also when both are under way at once', async () => {
    await engine.submit(await put('n', '0'));
    const envelope = await add('n');
    const [first, second] = await Promise.all([engine.submit(envelope), engine.submit(envelope)]);
    expect(second).toEqual(first);
    expect((await engine.status()).height).toBe(3);
  });

  test('another envelope with the same id is refused', async () => {
    const envelope = await put('a', '1');
    await engine.submit(envelope);
    const { transactionId } = envelope.proposal;
    const other = await signTransaction(signer, 'put', { key: 'a', value: '2' }, { transactionId });
    await expect(engine.submit(other)).rejects.toMatchObject({
      code: 'ALREADY_EXISTS_WITH_DIFFERENT_CONTENT',
      transactionId,
    });
    expect(await call('get', { key: 'a' })).toBe('1');
  });

  test('a refused transaction leaves its id free', async () => {
    const refused = await signTransaction(signer, 'refuse', {});
    await expect(engine.submit(refused)).rejects.toMatchObject({ code: 'FORBIDDEN' });
    const { transactionId } = refused.proposal;
    const other = await signTransaction(signer, 'put', { key: 'a', value: '2' }, { transactionId });
    expect((await engine.submit(other)).validationCode).toBe('VALID');
  });
});

describe('history', () => {
  test('has every committed value, newest first', async () => {
    const transactionIds: string[] = [];
    for (const envelope of [
      await put('a', '1'),
      await put('ab', 'other key'),
      await put('a', '2'),
      await signTransaction(signer, 'remove', { key: 'a' }),
    ]) {
      transactionIds.push((await engine.submit(envelope)).transactionId);
    }
    const changes = (await call('history', { key: 'a' })) as Record<string, unknown>[];
    expect(changes.map(({ txId, isDelete, value }) => ({ txId, isDelete, value }))).toEqual([
      { txId: transactionIds[3], isDelete: true, value: '' },
      { txId: transactionIds[2], isDelete: false, value: '2' },
      { txId: transactionIds[0], isDelete: false, value: '1' },
    ]);
    expect(changes.every(({ seconds }) => Math.abs(Number(seconds) - Date.now() / 1000) < 60)).toBe(
      true,
    );
  });

  test('is for evaluate only, since nothing checks it at commit', async () => {
    await expect(
      engine.submit(await signTransaction(signer, 'history', { key: 'a' })),
    ).rejects.toMatchObject({ code: 'INVALID_STATE' });
  });
});

describe('events and blocks', () => {
  test('each event of a valid transaction comes once, in order, past and coming', async () => {
    await engine.submit(await put('before', '1'));
    const leave = new AbortController();
    const seen: string[] = [];
    const reading = (async () => {
      for await (const { name, payload } of ledger.events({
        fromBlock: 0,
        signal: leave.signal,
      })) {
        seen.push(`${name} ${JSON.stringify(payload)}`);
        if (seen.length === 3) leave.abort();
      }
    })();
    await engine.submit(await signTransaction(signer, 'twoEvents', {}));
    await engine.submit(await put('after', '1'));
    await reading;
    expect(seen).toEqual(['put {"key":"before"}', 'second 2', 'put {"key":"after"}']);
  });

  test('a transaction that did not count has no event', async () => {
    await engine.submit(await put('n', '0'));
    await Promise.all([await add('n'), await add('n')].map((envelope) => engine.submit(envelope)));
    await engine.submit(await put('last', '1'));
    const leave = new AbortController();
    const names: string[] = [];
    for await (const event of ledger.events({ fromBlock: 0, signal: leave.signal })) {
      names.push(`${event.name} ${event.blockNumber}`);
      if (names.length === 3) leave.abort();
    }
    expect(names).toEqual(['put 1', 'added 2', 'put 3']);
  });

  test('blocks are linked by hash and survive a restart', async () => {
    await Promise.all([await put('a', '1'), await put('b', '1')].map((e) => engine.submit(e)));
    await engine.submit(await put('c', '1'));
    await engine.close();
    engine = await open();
    const leave = new AbortController();
    const blocks = [];
    for await (const block of engine.blocks({ fromBlock: 0, signal: leave.signal })) {
      blocks.push(block);
      if (blocks.length === 3) leave.abort();
    }
    expect(blocks.map(({ number, transactions }) => [number, transactions.length])).toEqual([
      [0, 0],
      [1, 2],
      [2, 1],
    ]);
    expect(blocks[0]?.genesis).toEqual(genesis);
    expect(blocks[1]?.previousHash).toBe(blocks[0]?.hash);
    expect(blocks[2]?.previousHash).toBe(blocks[1]?.hash);
    expect(await call('get', { key: 'b' })).toBe('1');
  });

  test('a folder holds one ledger and one process', async () => {
    await expect(open()).rejects.toMatchObject({ code: 'STATE_FOLDER_INVALID' });
    await engine.close();
    await expect(
      EmbeddedEngine.open({
        folder: join(folder, 'ledger'),
        genesis: { ...genesis, createdAt: genesis.createdAt + 1 },
      }),
    ).rejects.toMatchObject({ code: 'STATE_FOLDER_INVALID' });
    engine = await open();
  });
});

describe('who may speak', () => {
  const day = 86_400_000;

  test('a certificate outside its dates at the claimed time is refused', async () => {
    const expired = await enrol(authority, 'late', {
      notBeforeMs: Date.now() - 2 * day,
      notAfterMs: Date.now() - day,
    });
    await expect(
      engine.submit(await signTransaction(expired, 'put', { key: 'a', value: '1' })),
    ).rejects.toMatchObject({ code: 'CERTIFICATE_EXPIRED' });
  });

  test('a certificate of a strange authority is refused, whatever its name', async () => {
    const strange = await enrol(await createAuthority(), 'acme');
    await expect(
      engine.submit(await signTransaction(strange, 'put', { key: 'a', value: '1' })),
    ).rejects.toMatchObject({ code: 'CERTIFICATE_UNTRUSTED' });
  });

  test('every changed field of a signed transaction breaks its signature', async () => {
    const { proposal, signature } = await put('a', '1');
    const changes = {
      transactionId: 'f'.repeat(64),
      contract: 'other',
      transaction: 'remove',
      argument: '{"key":"a","value":"2"}',
      timestampMs: proposal.timestampMs + 1,
    };
    for (const [field, value] of Object.entries(changes)) {
      const forged = { proposal: { ...proposal, [field]: value }, signature };
      await expect(engine.submit(forged)).rejects.toMatchObject({
        code: 'SIGNATURE_INVALID',
      });
    }
  });

  test('a signature by another key, in another form or with other base64 is refused', async () => {
    const { proposal, signature } = await put('a', '1');
    const other = await signProposal(await enrol(authority, 'other'), proposal);
    await expect(engine.submit(other)).rejects.toMatchObject({ code: 'SIGNATURE_INVALID' });
    await expect(engine.submit({ proposal, signature: `${signature} ` })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
    await expect(
      engine.submit({ proposal, signature: Buffer.alloc(70, 1).toString('base64') }),
    ).rejects.toMatchObject({ code: 'SIGNATURE_INVALID' });
  });

  test.each([
    ['another channel', { channel: 'other-channel' }],
    ['an MSP id with a space', { mspId: 'Test MSP' }],
    ['an unknown field', { more: 1 }],
    ['a fraction as time', { timestampMs: 1.5 }],
  ])('a transaction with %s is refused', async (_name, changes) => {
    const { proposal, signature } = await put('a', '1');
    const envelope = { proposal: { ...proposal, ...changes }, signature };
    await expect(engine.submit(envelope as TransactionEnvelope)).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
  });

  test('a certificate under another MSP is refused', async () => {
    const envelope = await signTransaction(
      signer,
      'put',
      { key: 'a', value: '1' },
      { mspId: 'PlatformMSP' },
    );
    await expect(engine.submit(envelope)).rejects.toMatchObject({ code: 'CERTIFICATE_UNTRUSTED' });
  });

  test('an argument above the limit is refused', async () => {
    await expect(engine.submit(await put('a', 'x'.repeat(1_000_000)))).rejects.toMatchObject({
      code: 'LIMIT_EXCEEDED',
    });
  });
});
