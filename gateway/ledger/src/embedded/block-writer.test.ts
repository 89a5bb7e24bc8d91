import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { FileSigner } from '@veilsum/ledger';

import {
  createAuthority,
  createGenesis,
  enrol,
  signTransaction,
} from '../../../../test/fakes/ledger/test-members.js';
import { createGenesisBlock } from './block-encoding.js';
import { BlockWriter } from './block-writer.js';
import { LedgerStore } from './ledger-store.js';
import type { SimulationResult } from './simulation.js';

let folder: string;
let store: LedgerStore;
let signer: FileSigner;

const writes = (key: string): SimulationResult => ({
  readWriteSet: { reads: [], ranges: [], writes: [{ key, value: 'x' }] },
  events: [],
  response: 'null',
});
const envelope = () => signTransaction(signer, 'put', {});

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'veilsum-writer-'));
  store = await LedgerStore.open(folder);
  const authority = await createAuthority();
  signer = await enrol(authority, 'acme');
  await store.append(createGenesisBlock(createGenesis([authority], signer)));
});

afterEach(async () => {
  await store.close();
  await rm(folder, { recursive: true });
});

test('one block takes what came while the one before was written', async () => {
  const writer = new BlockWriter(store, () => undefined);
  const envelopes = await Promise.all(Array.from({ length: 6 }, envelope));
  const append = store.append.bind(store);
  let later: Promise<unknown>[] = [];
  store.append = async (block) => {
    // These come while block 1 is on its way to the disk.
    if (later.length === 0) {
      later = envelopes.slice(1).map((each) => writer.write(each, writes('b')));
    }
    await append(block);
  };
  const [first] = envelopes;
  if (first === undefined) throw new Error('No envelope.');
  expect(await writer.write(first, writes('a'))).toMatchObject({ blockNumber: 1 });
  const numbers = (await Promise.all(later)).map(
    (each) => (each as { blockNumber: number }).blockNumber,
  );
  expect(numbers).toEqual([2, 2, 2, 2, 2]);
});

test('nothing is acknowledged after the disk refused a block', async () => {
  const failures: Error[] = [];
  const writer = new BlockWriter(store, (error) => failures.push(error));
  const [first, second, third] = await Promise.all([envelope(), envelope(), envelope()]);
  let waiting: Promise<unknown> | undefined;
  store.append = async () => {
    waiting = writer.write(second, writes('b'));
    waiting.catch(() => undefined);
    return Promise.reject(new Error('no space left on device'));
  };
  await expect(writer.write(first, writes('a'))).rejects.toMatchObject({
    code: 'COMMIT_STATUS_UNKNOWN',
    transactionId: first.proposal.transactionId,
  });
  await expect(waiting).rejects.toMatchObject({ code: 'LEDGER_UNAVAILABLE' });
  await expect(writer.write(third, writes('c'))).rejects.toMatchObject({
    code: 'LEDGER_UNAVAILABLE',
  });
  expect(failures).toHaveLength(1);
  expect(store.height).toBe(1);
});
