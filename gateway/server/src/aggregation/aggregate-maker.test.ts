import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import {
  bigintToBytes,
  decodePublicKey,
  hashLayout,
  hexToBigint,
  type PublicKey,
} from '@veilsum/crypto';
import {
  aggregateObjectSchema,
  contributionContextSchema,
  type QueryRecord,
} from '@veilsum/protocol';
import { writeContainer } from '@veilsum/protocol/container';
import { layoutForProduct } from '@veilsum/rules';

import { dealSampleKey, sampleProduct } from '../../../../chaincode/contracts/src/testing/index.js';
import type { ComputePool } from '../computing/compute-pool.js';
import { runVerification } from '../computing/container-verification.js';
import { runMultiplication } from '../computing/row-multiplication.js';
import { CommitteeKeys } from '../ledger/committee-keys.js';
import type { LedgerRecords } from '../ledger/ledger-records.js';
import { FileObjectStore } from '../objects/file-object-store.js';
import { AggregateMaker } from './aggregate-maker.js';

const REGIONS = 2000;
const COHORT = 20;
const product = {
  ...sampleProduct({
    dimensions: [{ name: 'region', values: Array.from({ length: REGIONS }, (_, at) => `r${at}`) }],
  }),
  publishedAt: 0,
};

/** Multiplies in this thread, and stops working after so many slices as a crash would make it. */
class FailingPool implements ComputePool {
  readonly width = 2;
  readonly verifyContainer = runVerification;
  done = 0;

  constructor(public slicesLeft: number) {}

  multiply(task: Parameters<ComputePool['multiply']>[0]): Promise<string[]> {
    if (this.slicesLeft === 0) return Promise.reject(new Error('the power went out'));
    this.slicesLeft -= 1;
    this.done += 1;
    return runMultiplication(task);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

let folder: string;
let objects: FileObjectStore;
let key: PublicKey;
let query: QueryRecord;
let records: LedgerRecords;
/** Row r of contribution c is the small number (c + 2)·(r + 1), so products are easily told apart. */
const element = (contribution: number, row: number) => BigInt((contribution + 2) * (row + 1));

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'veilsum-aggregates-'));
  objects = await FileObjectStore.open(folder);
  const { record } = await dealSampleKey();
  key = decodePublicKey(record);
  const layout = layoutForProduct(product, record);
  const cohort = Array.from({ length: COHORT }, (_, at) => String(at).padStart(32, '0'));
  for (const [contribution, id] of cohort.entries()) {
    await writeContainer({
      path: join(folder, 'containers', `${id}.arrow`),
      shape: { cells: REGIONS, blocks: layout.blocks, modulusBits: record.modulusBits },
      context: contributionContextSchema.parse({
        contributionId: id,
        contributor: `merchant-${contribution}`,
        epoch: '2026-Q1',
        format: 'veilsum-contribution/1',
        keyId: record.keyId,
        layoutHash: hashLayout(layout),
        productId: product.productId,
        productVersion: 1,
      }),
      ciphertexts: Array.from({ length: REGIONS * layout.blocks }, (_, row) =>
        bigintToBytes(element(contribution, row), key.elementBytes2),
      ),
      prove: () => ({ a: '1', za: '1', zm: '1' }),
    });
  }
  const cells = Array.from({ length: REGIONS }, (_, cell) => cell);
  query = {
    queryId: 'ab'.repeat(16),
    planHash: 'cd'.repeat(32),
    plan: {
      cohort,
      groups: [
        { key: { region: 'low' }, cells: cells.slice(0, 1500) },
        { key: { region: 'high' }, cells: cells.slice(1500) },
      ],
      planes: [{ plane: 1, epsilonMicro: 0, sensitivity: '0' }],
      keyId: record.keyId,
      layoutHash: hashLayout(layout),
      productId: product.productId,
      productVersion: 1,
      queryId: 'ab'.repeat(16),
    },
  } as unknown as QueryRecord;
  records = {
    product: () => Promise.resolve(product),
    committeeKey: () => Promise.resolve({ record }),
  } as unknown as LedgerRecords;
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

const maker = (pool: ComputePool) =>
  new AggregateMaker(records, new CommitteeKeys(records), objects, pool);

it('goes on after a crash with the slices that were not finished', async () => {
  const whole = new FailingPool(Infinity);
  const other = {
    ...query,
    queryId: 'ef'.repeat(16),
    plan: { ...query.plan, queryId: 'ef'.repeat(16) },
  };
  expect(await maker(whole).ensure(other as QueryRecord)).toBe(true);
  expect(whole.done).toBe(2);

  const crashing = new FailingPool(1);
  await expect(maker(crashing).ensure(query)).rejects.toThrow('the power went out');
  expect(await objects.has(`aggregates/${query.queryId}.json`)).toBe(false);

  const again = new FailingPool(Infinity);
  expect(await maker(again).ensure(query)).toBe(true);
  expect(again.done).toBe(whole.done - 1);
  expect(await objects.list(`aggregate-parts/${query.queryId}`)).toEqual([]);
  expect(await maker(again).ensure(query)).toBe(false);

  const bytes = await objects.read(`aggregates/${query.queryId}.json`);
  const object = aggregateObjectSchema.parse(JSON.parse(Buffer.from(bytes ?? []).toString()));
  expect(object.blocks.map(hexToBigint)).toEqual([productOf(0, 1500), productOf(1500, REGIONS)]);
});

it('stops between slices when it is told to', async () => {
  const queryId = '34'.repeat(16);
  const plan = { ...query.plan, queryId };
  const stopping = new AbortController();
  const pool = new FailingPool(Infinity);
  stopping.abort();
  const making = maker(pool).ensure({ ...query, queryId, plan } as QueryRecord, stopping.signal);
  await expect(making).rejects.toMatchObject({ name: 'AbortError' });
  expect(pool.done).toBe(0);
});

it('says which container is missing', async () => {
  const plan = { ...query.plan, cohort: ['f'.repeat(32)] };
  const lacking = { ...query, queryId: '12'.repeat(16), plan } as QueryRecord;
  await expect(maker(new FailingPool(9)).ensure(lacking)).rejects.toMatchObject({
    code: 'NOT_FOUND',
    message: expect.stringContaining('f'.repeat(32)) as string,
  });
});

function productOf(from: number, to: number): bigint {
  let result = 1n;
  for (let contribution = 0; contribution < COHORT; contribution += 1) {
    for (let row = from; row < to; row += 1)
      result = (result * element(contribution, row)) % key.n2;
  }
  return result;
}
