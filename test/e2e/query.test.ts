import {
  receiveResult,
  submitQuestion,
  verifyResult,
  readPlannedQuery,
  AskedQuery,
  type Session,
} from '@veilsum/client';
import { TestNetwork, testQuestion, testValue } from './test-network.js';

const MERCHANTS = 3;
const TIMEOUT_MS = 60_000;

describe('a network of real processes', () => {
  let network: TestNetwork;
  let analyst: Session;

  beforeAll(async () => {
    network = await TestNetwork.start({ merchants: MERCHANTS });
    analyst = await network.session('analyst');
    await network.contributeAll(MERCHANTS);
  }, 360_000);
  afterAll(async () => {
    await network.close();
  }, 60_000);

  test('opens the exact sum of everyone, and settles it', async () => {
    const { queryId } = await submitQuestion(analyst, testQuestion);
    const { result, record, cheaters } = await receiveResult(analyst, queryId, {
      timeoutMs: TIMEOUT_MS,
    });
    const expected = ['food', 'toys'].flatMap((group, cell) =>
      [0, 1, 2, 3].map((lane) => {
        const bases = [1n, 2n, 3n];
        const value = bases.reduce((sum, base) => sum + testValue(base, cell, 1, lane), 0n);
        return [group, lane + 1, Number(value), 0];
      }),
    );
    const shown = result.rows.map((row) => [
      row.group['group'],
      row.lane,
      row.value,
      row.standardError,
    ]);
    expect(shown).toEqual(expected);
    expect(record.status).toBe('settled');
    expect(cheaters).toEqual([]);
    expect(result.suppressed).toEqual([]);
  });

  test('gives a certificate that anyone can check against the ledger alone', async () => {
    const { queryId } = await submitQuestion(analyst, testQuestion);
    const { certificate } = await receiveResult(analyst, queryId, { timeoutMs: TIMEOUT_MS });
    const auditor = await network.session('auditor');
    const query = await readPlannedQuery(auditor.ledger, queryId);
    const verified = verifyResult(query, certificate, { byBlock: true });
    expect(verified.rows).toHaveLength(8);
    expect(await new AskedQuery(analyst, queryId).certificate()).toEqual(certificate);
  });
});
