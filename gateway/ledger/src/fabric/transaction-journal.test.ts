import { mkdtemp, readFile, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { TransactionJournal } from './transaction-journal.js';

const GENESIS = '0'.repeat(64);
const id = (digit: string) => digit.repeat(64);
const signed = (digit: string) => ({
  transactionId: id(digit),
  requestHash: 'e'.repeat(64),
  signedTransaction: Buffer.from(`signed ${digit}`).toString('base64'),
});

let folder: string;

beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), 'veilsum-journal-')), 'journal');
});

afterEach(async () => {
  await rm(join(folder, '..'), { recursive: true });
});

async function reopened(genesisHash = GENESIS) {
  return (await TransactionJournal.open(folder, genesisHash)).pending();
}

it('has after a crash what was added and not removed', async () => {
  const journal = await TransactionJournal.open(folder, GENESIS);
  for (const digit of ['1', '2', '3']) await journal.add(signed(digit));
  await journal.remove(id('2'));
  await journal.remove(id('2'));
  const left = await reopened();
  expect(left.map(({ transactionId }) => transactionId).sort()).toEqual([id('1'), id('3')]);
  expect(left[0]).toEqual(expect.objectContaining(signed(left[0]?.transactionId[0] ?? '')));
});

it('keeps what was added together until all of it has an outcome', async () => {
  const journal = await TransactionJournal.open(folder, GENESIS);
  await Promise.all(['1', '2', '3', '4', '5'].map((digit) => journal.add(signed(digit))));
  expect(await readdir(folder)).toHaveLength(1);
  for (const digit of ['1', '2', '3', '4']) await journal.remove(id(digit));
  expect((await reopened()).map(({ transactionId }) => transactionId)).toContain(id('5'));
  await journal.remove(id('5'));
  expect(await readdir(folder)).toEqual([]);
});

it('takes what comes while it writes into the next file', async () => {
  const journal = await TransactionJournal.open(folder, GENESIS);
  const first = journal.add(signed('1'));
  await new Promise((resolve) => setImmediate(resolve));
  await Promise.all([first, journal.add(signed('2')), journal.add(signed('3'))]);
  expect(await readdir(folder)).toHaveLength(2);
  expect(await reopened()).toHaveLength(3);
});

it('is readable by its owner only', async () => {
  const journal = await TransactionJournal.open(folder, GENESIS);
  await journal.add(signed('1'));
  expect((await stat(folder)).mode & 0o777).toBe(0o700);
  expect((await stat(join(folder, `${id('1')}.json`))).mode & 0o777).toBe(0o600);
});

it('never hands out a file that a crash cut short: nothing of it was sent', async () => {
  const journal = await TransactionJournal.open(folder, GENESIS);
  await journal.add(signed('1'));
  const whole = await readFile(join(folder, `${id('1')}.json`));
  for (let length = 0; length < whole.length; length += 1) {
    // Until it is whole and on the disk, it bears the name of a draft.
    await writeFile(join(folder, `${id('2')}.draft`), whole.subarray(0, length));
    if (length % 50 === 0) expect(await reopened()).toHaveLength(1);
  }
});

it('says when a file was damaged later, since its transaction may be on its way', async () => {
  const journal = await TransactionJournal.open(folder, GENESIS);
  await journal.add(signed('1'));
  const path = join(folder, `${id('1')}.json`);
  const whole = await readFile(path);
  for (const damaged of [
    whole.subarray(0, whole.length - 1),
    Buffer.alloc(0),
    Buffer.from(whole.toString().replace(signed('1').signedTransaction, 'AAAA')),
  ]) {
    await writeFile(path, damaged);
    await expect(reopened()).rejects.toEqual(
      expect.objectContaining({ code: 'STATE_FOLDER_INVALID' }),
    );
  }
});

it('removes drafts that nobody writes any more, and leaves fresh ones to their writers', async () => {
  await TransactionJournal.open(folder, GENESIS);
  const [old, fresh] = [join(folder, `${id('1')}.draft`), join(folder, `${id('2')}.draft`)];
  for (const path of [old, fresh]) await writeFile(path, '{');
  const yesterday = new Date(Date.now() - 86_400_000);
  await utimes(old, yesterday, yesterday);
  expect(await reopened()).toEqual([]);
  expect(await readdir(folder)).toEqual([`${id('2')}.draft`]);
});

it("leaves another channel's transactions alone", async () => {
  const journal = await TransactionJournal.open(folder, GENESIS);
  await journal.add(signed('1'));
  expect(await reopened('1'.repeat(64))).toEqual([]);
  expect(await reopened()).toHaveLength(1);
});

it('refuses to keep one transaction twice', async () => {
  const journal = await TransactionJournal.open(folder, GENESIS);
  await Promise.allSettled([journal.add(signed('1')), journal.add(signed('1'))]);
  expect(await reopened()).toHaveLength(1);
});

it('shares a folder between processes', async () => {
  const [first, second] = [
    await TransactionJournal.open(folder, GENESIS),
    await TransactionJournal.open(folder, GENESIS),
  ];
  await Promise.all([first.add(signed('1')), second.add(signed('2'))]);
  expect(await second.pending()).toHaveLength(2);
  await second.remove(id('1'));
  await first.remove(id('1'));
  expect(await first.pending()).toHaveLength(1);
});
