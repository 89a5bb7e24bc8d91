import { randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import {
  gatewayService,
  readAttempts,
  readQuery,
  receiveResult,
  submitQuestion,
} from '@veilsum/client';
import { tellLedger } from '@veilsum/ledger';
import { queryRequestSchema, type QueryRequest } from '@veilsum/protocol';

import { eventually } from '../e2e/network-facts.js';
import { TestNetwork, testQuestion, testValue } from '../e2e/test-network.js';
import { fabricSuite } from './fabric-suite.js';
import { ForgedLedger } from './forged-ledger.js';

const MERCHANTS = 3;
const ATTEMPT_MS = 30_000;
const TIMEOUT_MS = 240_000;
/** Several times the pause after which keyholders look at everything again. */
const WATCH_MS = 15_000;

/** The same words on either ledger; what they mean there is another matter. */
function newRequest(): QueryRequest {
  const random = (bytes: number) => randomBytes(bytes).toString('hex');
  const names = { queryId: random(16), resultKey: random(32) };
  return queryRequestSchema.parse({ format: 'veilsum-query/1', ...testQuestion, ...names });
}

fabricSuite('a gateway that believes in a forged ledger', () => {
  let network: TestNetwork;
  let forged: ForgedLedger;

  beforeAll(async () => {
    network = await TestNetwork.start({
      merchants: MERCHANTS,
      attemptMs: ATTEMPT_MS,
      ledger: 'fabric',
    });
    await network.contributeAll(MERCHANTS);
    forged = await ForgedLedger.forge(network, 'merchant-3');
    await forged.outgrow(network.operator.ledger);
    await restartGateway({
      kind: 'embedded',
      url: forged.url,
      genesisHash: forged.genesisHash,
      replicaFolder: join(network.state.root, 'forged-replica'),
    });
  }, 600_000);
  afterAll(() => network.close(), 120_000);

  /** With the real gateway's keys, address and objects; with its own ledger when none is given. */
  async function restartGateway(ledger?: object): Promise<void> {
    const { state, running } = network;
    const service = gatewayService(state, running.network, running.network.gatewayId);
    await network.stopService(service.name);
    const config = ledger === undefined ? service.config : { ...service.config, ledger };
    await network.startService({ ...service, config });
  }

  /** Names of the blindings and shares that keyholders have handed to the gateway for a query. */
  async function handedOver(queryId: string): Promise<string[]> {
    const objects = join(network.state.gateway, 'objects');
    const folders = ['blindings', 'shares'].map((kind) => join(objects, kind, queryId));
    return (await Promise.all(folders.map((folder) => readdir(folder).catch(() => [])))).flat();
  }

  /** Waits until the gateway has multiplied the ciphertexts for a query of its ledger. */
  async function aggregatesOf(queryId: string): Promise<void> {
    const { gatewayUrl } = network.running.network;
    const { gatewayToken } = await network.session('keyholder-1');
    await eventually(async () => {
      const authorization = `Bearer ${await gatewayToken()}`;
      const url = `${gatewayUrl}/v1/queries/${queryId}/aggregates`;
      return (await fetch(url, { headers: { authorization } })).ok ? true : undefined;
    }, TIMEOUT_MS);
  }

  test(
    'finds no keyholder for a query that only its ledger has authorised',
    async () => {
      const { queryId, status } = await forged.ask(newRequest());
      expect(status).toBe('authorised');
      await aggregatesOf(queryId);
      await delay(WATCH_MS);
      const [attempt] = await forged.as('analyst', (ledger) => readAttempts(ledger, queryId));
      expect(attempt).toMatchObject({ blindings: [], shares: [], refusals: [] });
      // Keyholders do not write on the forged ledger; what they do, they hand to the gateway.
      expect(await handedOver(queryId)).toEqual([]);
      await expect(readQuery(network.operator.ledger, queryId)).rejects.toMatchObject({
        code: 'NOT_FOUND',
      });
    },
    TIMEOUT_MS,
  );

  test(
    'gets nothing opened when its plan for a real query is another',
    async () => {
      const request = newRequest();
      const { ledger } = await network.session('analyst');
      const onForged = await forged.ask(request);
      expect(onForged.status).toBe('authorised');
      await aggregatesOf(request.queryId);
      const commit = await tellLedger(ledger, 'query:request', request);
      expect(commit.result).toMatchObject({ status: 'authorised' });
      const record = await readQuery(ledger, request.queryId);
      expect(record.planHash).not.toBe(onForged.planHash);
      await delay(ATTEMPT_MS + WATCH_MS);
      const attempts = await readAttempts(ledger, request.queryId);
      expect(attempts.flatMap(({ blindings, shares }) => [...blindings, ...shares])).toEqual([]);
      const codes = attempts.flatMap(({ refusals }) => refusals.map(({ code }) => code));
      expect(new Set(codes)).toEqual(new Set(['PLAN_MISMATCH']));
      expect(await handedOver(request.queryId)).toEqual([]);
    },
    TIMEOUT_MS,
  );

  test(
    'gets its result opened when it follows the chain again',
    async () => {
      await restartGateway();
      const analyst = await network.session('analyst');
      const { queryId } = await submitQuestion(analyst, testQuestion);
      const { result, record } = await receiveResult(analyst, queryId, { timeoutMs: TIMEOUT_MS });
      const expected = [0, 1].flatMap((cell) =>
        [0, 1, 2, 3].map((lane) =>
          Number([1n, 2n, 3n].reduce((sum, base) => sum + testValue(base, cell, 1, lane), 0n)),
        ),
      );
      expect(result.rows.map(({ value }) => value)).toEqual(expected);
      expect(record.status).toBe('settled');
      expect(await handedOver(queryId)).not.toEqual([]);
    },
    TIMEOUT_MS,
  );
});
