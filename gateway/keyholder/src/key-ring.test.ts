import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateSealingKeyPair, seal } from '@veilsum/crypto';
import { atRestUnder } from '@veilsum/ledger';
import { InMemoryLedger } from '../../../test/fakes/committee/in-memory-ledger.js';
import {
  dealtShareBytes,
  dealtShareValue,
  keyholderIds,
  testKey,
} from '../../../test/fakes/committee/test-committee.js';
import { KeyRing } from './key-ring.js';
import { KeyholderStore } from './keyholder-store.js';
import { importSealedShare } from './share-import.js';

const INDEX = 2;
const memberId = keyholderIds[INDEX - 1] ?? ('' as never);
const boxKeys = generateSealingKeyPair();

let folder: string;
let store: KeyholderStore;
let ledger: InMemoryLedger;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'veilsum-key-ring-'));
  store = await openStore();
  ledger = new InMemoryLedger([]);
});
afterEach(async () => {
  await store.close();
  await rm(folder, { recursive: true });
});

const openStore = () => KeyholderStore.open(folder, atRestUnder(new Uint8Array(32), 'test'));
const openRing = (passphrase = 'correct horse') =>
  new KeyRing({ ledger: ledger.as(memberId), store, memberId, passphrase });
const keyId = ledgerKeyId();
function ledgerKeyId() {
  return new InMemoryLedger([]).key.keyId;
}

async function sealedFile(content: Uint8Array, to = boxKeys.publicKey): Promise<string> {
  const file = join(folder, 'share.sealed');
  await writeFile(file, seal(content, to));
  return file;
}
const importFrom = (file: string, ring = openRing()) =>
  importSealedShare(ring, { file, boxSecret: boxKeys.secretKey });

test('a sealed share is taken in, and is there after a restart without the sealed file', async () => {
  const file = await sealedFile(dealtShareBytes(INDEX));
  expect((await importFrom(file))?.value).toBe(dealtShareValue(INDEX));
  await rm(file);
  await store.close();
  store = await openStore();
  const ring = openRing();
  expect(await importFrom(file, ring)).toBeUndefined();
  expect(await ring.shareOf(keyId)).toMatchObject({ index: INDEX, value: dealtShareValue(INDEX) });
  expect(await ring.ownIndex(keyId)).toBe(INDEX);
});

test('the share does not lie on the disk in the open, and needs the passphrase', async () => {
  await importFrom(await sealedFile(dealtShareBytes(INDEX)));
  await store.close();
  const level = join(folder, 'level');
  const share = dealtShareValue(INDEX).toString(16);
  const shareBytes = Buffer.from(share.padStart(share.length + (share.length % 2), '0'), 'hex');
  for (const name of await readdir(level)) {
    const content = await readFile(join(level, name));
    expect(content.includes(share) || content.includes(shareBytes)).toBe(false);
  }
  store = await openStore();
  await expect(openRing('wrong').shareOf(keyId)).rejects.toMatchObject({
    code: 'KEY_STORE_LOCKED',
  });
});

test('a share whose key the ledger does not have yet is left for later', async () => {
  const other = dealtShareBytes(INDEX, { keyId: 'ab'.repeat(32) });
  expect(await importFrom(await sealedFile(other))).toBeUndefined();
  expect(await store.keyShare(keyId)).toBeUndefined();
});

test.each<[string, Uint8Array]>([
  ["another keyholder's share", dealtShareBytes(1)],
  [
    "another's value under the own index",
    dealtShareBytes(INDEX, { value: dealtShareValue(1).toString(16) }),
  ],
  [
    'a value off by one',
    dealtShareBytes(INDEX, { value: (dealtShareValue(INDEX) + 1n).toString(16) }),
  ],
  // v has order dividing (p−1)(q−1)/4, so this one satisfies the equation and fails the length alone.
  [
    'a longer value',
    dealtShareBytes(INDEX, { value: (1n << BigInt(testKey.shareBits)).toString(16) }),
  ],
  ['an index outside the committee', dealtShareBytes(INDEX, { index: 4 })],
  ['another format', dealtShareBytes(INDEX, { format: 'veilsum-dealt-share/2' })],
  ['no JSON', new Uint8Array([1, 2, 3])],
])('%s is refused and not stored', async (_, content) => {
  const failure = { code: 'KEY_SHARE_INVALID' };
  await expect(importFrom(await sealedFile(content))).rejects.toMatchObject(failure);
  expect(await store.keyShare(keyId)).toBeUndefined();
});

test('a file that is sealed to somebody else is refused', async () => {
  const file = await sealedFile(dealtShareBytes(INDEX), generateSealingKeyPair().publicKey);
  await expect(importFrom(file)).rejects.toMatchObject({ code: 'KEY_SHARE_INVALID' });
});

test('a committee key whose record fails its check is refused, whoever registered it', async () => {
  const [first = '1', second = '1'] = ledger.key.record.vi;
  ledger.key.record.vi = [second, first, ...ledger.key.record.vi.slice(2)];
  await expect(importFrom(await sealedFile(dealtShareBytes(INDEX)))).rejects.toMatchObject({
    code: 'KEY_RECORD_INVALID',
  });
});

test('no failure quotes the share', async () => {
  const value = dealtShareValue(1).toString(16);
  const file = await sealedFile(dealtShareBytes(INDEX, { value }));
  const failure: unknown = await importFrom(file).catch((error: unknown) => error);
  const { message, stack, cause } = failure as Error;
  expect(`${message} ${stack ?? ''} ${JSON.stringify(cause ?? '')}`).not.toContain(value);
});
