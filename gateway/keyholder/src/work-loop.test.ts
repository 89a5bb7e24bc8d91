import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  applyBlindings,
  bytesToHex,
  centreMessage,
  combineSealedShares,
  decodePublicKey,
  generateSealingKeyPair,
  hexToBigint,
  unpackPlanes,
  type Ciphertext,
} from '@veilsum/crypto';
import { atRestUnder, type LedgerEvent } from '@veilsum/ledger';
import {
  attemptRecordSchema,
  memberIdSchema,
  queryRecordSchema,
  VeilsumError,
  type AggregateObject,
  type AttemptRecord,
  type BlindingObject,
  type QueryRecord,
} from '@veilsum/protocol';
import { layoutForProduct } from '@veilsum/rules';
import { pino } from 'pino';
import { z } from 'zod';
import { sampleProduct, sampleQuery } from '../../../chaincode/contracts/src/testing/index.js';
import { GatewayNetwork } from '../../../test/fakes/gateway/gateway-network.js';
import { registerContainer } from '../../../test/fakes/gateway/sample-containers.js';
import { fundAnalyst, until } from '../../../test/fakes/gateway/sample-queries.js';
import { ContainerFolder } from './container-folder.js';
import { ContractLedger } from './contract-ledger.js';
import { Deliveries } from './deliveries.js';
import { HttpGateway } from './http-gateway.js';
import type { KeyShares } from './key-ring.js';
import { KeyholderStore } from './keyholder-store.js';
import { WorkLoop, type WorkLoopOptions } from './work-loop.js';

const log = pino({ level: 'silent' });
const merchants = ['merchant-1', 'merchant-2', 'merchant-3'];
const resultKeys = generateSealingKeyPair();

/** A keyholder that runs over the real contracts and the real gateway; only its process is ours. */
class RunningKeyholder {
  readonly #stop = new AbortController();
  readonly #store: KeyholderStore;
  readonly ended: Promise<void>;

  private constructor(store: KeyholderStore, options: WorkLoopOptions) {
    this.#store = store;
    this.ended = new WorkLoop(options).run(this.#stop.signal);
  }

  static async start(network: GatewayNetwork, index: number, root: string) {
    const name = `keyholder-${index}`;
    const ledger = network.ledgerOf(name);
    const folder = join(root, name);
    const atRest = atRestUnder(new Uint8Array(32).fill(index), 'keyholder-store');
    const store = await KeyholderStore.open(folder, atRest);
    return new RunningKeyholder(store, {
      ports: {
        ledger: new ContractLedger(ledger),
        gateway: new HttpGateway({
          url: network.gateway.url,
          token: () => network.token(name),
          silenceMsMax: 5_000,
          backoff: { attemptsMax: 2, firstDelayMs: 10, delayMsMax: 20 },
        }),
        store,
        folder: await ContainerFolder.open(join(folder, 'containers')),
        keyRing: keySharesOf(network, index),
        clock: { now: Date.now },
        deliveries: new Deliveries(),
      },
      events: ledger,
      log,
      scanMs: 1_000,
      onKeyRegistered: () => Promise.resolve(),
    });
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.ended;
    await this.#store.close();
  }
}

function keySharesOf({ dealt }: GatewayNetwork, index: number): KeyShares {
  const share = dealt.shares.find((one) => one.index === index);
  if (share === undefined) throw new Error('There is no such share.');
  const key = decodePublicKey(dealt.record);
  return {
    ownIndex: () => Promise.resolve(index),
    shareOf: () => Promise.resolve({ key, index, value: share.value }),
  };
}

describe('with real contracts and a real gateway', () => {
  let network: GatewayNetwork;
  let root: string;
  let keyholders: RunningKeyholder[] = [];

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'veilsum-keyholders-'));
    network = await GatewayNetwork.found();
    await fundAnalyst(network);
    for (const [position, merchant] of merchants.entries()) {
      const container = await registerContainer(network, merchant, BigInt(position + 1));
      const path = `/v1/contributions/${container.registration.contributionId}/container`;
      expect((await network.call(merchant, 'PUT', path, container.bytes)).status).toBe(201);
    }
  });
  afterEach(async () => {
    await Promise.all(keyholders.splice(0).map((keyholder) => keyholder.stop()));
  });
  afterAll(async () => {
    await network.close();
    await rm(root, { recursive: true });
  });

  const startAll = async (indices: readonly number[]) => {
    keyholders = await Promise.all(
      indices.map((index) => RunningKeyholder.start(network, index, root)),
    );
  };

  const attemptOf = async (queryId: string): Promise<AttemptRecord | undefined> => {
    const attempts = await network.read('query:attempts', { queryId });
    return z.array(attemptRecordSchema).parse(attempts).at(-1);
  };

  const ask = async (name: string, changes: Parameters<typeof sampleQuery>[1] = {}) => {
    const resultKey = bytesToHex(resultKeys.publicKey);
    const request = sampleQuery(name, { release: 'exact', epsilonMicro: 0, resultKey, ...changes });
    return queryRecordSchema.parse(await network.submit('analyst', 'query:request', request));
  };

  /** The value in the lowest slot of the sum plane of each group. */
  const openResult = async ({ queryId, plan, planHash }: QueryRecord, attempt: AttemptRecord) => {
    const key = decodePublicKey(network.dealt.record);
    const read = async (path: string) =>
      (await network.call('analyst', 'GET', `/v1/queries/${queryId}/${path}`)).bytes;
    const blocksOf = (bytes: Buffer) =>
      (JSON.parse(bytes.toString()) as AggregateObject | BlindingObject).blocks.map(
        hexToBigint,
      ) as Ciphertext[];
    const { keyholders: seats } = attempt.attempt;
    const blindings = await Promise.all(
      seats.map(async (index) => blocksOf(await read(`attempts/1/blindings/${index}`))),
    );
    const sealedShares = await Promise.all(
      attempt.shares.map(async ({ index }) => ({
        index,
        sealed: new Uint8Array(await read(`attempts/1/shares/${index}`)),
      })),
    );
    const { messages } = combineSealedShares({
      key,
      planHash: planHash ?? '',
      attempt: 1,
      finals: applyBlindings(key, blocksOf(await read('aggregates')), blindings),
      resultSecretKey: resultKeys.secretKey,
      sealedShares,
    });
    const layout = layoutForProduct(sampleProduct(), key.record);
    const planes = plan?.planes.map(({ plane }) => plane) ?? [];
    return messages.map((message) => {
      const byBlock = new Map([[layout.units[0]?.block ?? 0, centreMessage(key, message)]]);
      return unpackPlanes(layout, byBlock, planes);
    });
  };

  const shareIsThere = async (queryId: string, index: number) => {
    const path = `/v1/queries/${queryId}/attempts/1/shares/${index}`;
    return (await network.call('analyst', 'GET', path)).status === 200;
  };

  test('a question asked while keyholders run is opened, and the shares combine', async () => {
    await startAll([1, 2, 3]);
    const record = await ask('running', { function: 'count', measures: [] });
    const attempt = await until(async () => {
      const current = await attemptOf(record.queryId);
      const there = await Promise.all([1, 2, 3].map((i) => shareIsThere(record.queryId, i)));
      return there.every(Boolean) ? current : undefined;
    });
    expect(attempt.refusals).toEqual([]);
    // Every row of merchant i holds the plaintext i, so the lowest slot of a cell adds up to 1 + 2 + 3.
    expect(await openResult(record, attempt)).toEqual([[[6n]], [[6n]]]);
  });

  test('what was asked while no keyholder ran is found on start', async () => {
    const resultKey = bytesToHex(generateSealingKeyPair().publicKey);
    const { queryId } = await ask('before the start', { resultKey });
    await startAll([1, 2, 3]);
    const attempt = await until(async () => {
      const current = await attemptOf(queryId);
      return current?.shares.length === 3 ? current : undefined;
    });
    expect(attempt.attempt.keyholders).toEqual([1, 2, 3]);
  });

  test('a withdrawal before the release ends the query without a share', async () => {
    const resultKey = bytesToHex(generateSealingKeyPair().publicKey);
    const { queryId } = await ask('withdrawn', { resultKey });
    const consents = await network.read('consent:list', { contributorId: 'merchant-3' });
    const [consent] = consents as { consentId: string }[];
    await network.submit('merchant-3', 'consent:withdraw', { consentId: consent?.consentId });
    await startAll([1, 2, 3]);
    // Two refusals, or the gateway which asks the ledger to end it: whoever comes first.
    const attempt = await until(async () => {
      const current = await attemptOf(queryId);
      return current?.attempt.state === 'ended' ? current : undefined;
    });
    expect(attempt.shares).toEqual([]);
    expect(attempt.refusals.every(({ code }) => code === 'CONSENT_WITHDRAWN')).toBe(true);
  });
});

describe('alone', () => {
  const memberId = memberIdSchema.parse('keyholder-1');

  /** A loop whose ledger fails in this way when it is asked for its queries. */
  function loopFailingWith(failures: VeilsumError[], events: LedgerEvent[] = []) {
    const stop = new AbortController();
    let scans = 0;
    const ports = {
      ledger: {
        queries: () => {
          scans += 1;
          const failure = failures.shift();
          return failure === undefined ? Promise.resolve([]) : Promise.reject(failure);
        },
        query: () => Promise.reject(new VeilsumError('LEDGER_INTEGRITY', 'Rewritten.')),
      },
    } as unknown as WorkLoopOptions['ports'];
    const loop = new WorkLoop({
      ports,
      events: {
        height: () => Promise.resolve(7),
        async *events({ fromBlock, signal }) {
          expect(fromBlock).toBe(7);
          yield* events;
          if (signal?.aborted === true) return;
          await new Promise((resolve) => signal?.addEventListener('abort', resolve));
        },
      },
      log,
      scanMs: 60_000,
      onKeyRegistered: () => {
        stop.abort();
        return Promise.resolve();
      },
    });
    return { run: loop.run(stop.signal), scans: () => scans, stop };
  }

  const event = (name: string, payload: LedgerEvent['payload']): LedgerEvent => ({
    blockNumber: 7,
    transactionId: '0'.repeat(64),
    name,
    payload,
  });

  test('a ledger that cannot be reached on start is waited for', async () => {
    const down = () => new VeilsumError('LEDGER_UNAVAILABLE', 'Down.');
    const registered = event('keyRegistered', { memberId });
    const { run, scans } = loopFailingWith([down(), down()], [registered]);
    await run;
    expect(scans()).toBe(3);
  });

  test('a ledger that contradicts itself ends the work', async () => {
    const changed = event('queryChanged', { queryId: '0'.repeat(32), status: 'authorised' });
    const { run } = loopFailingWith([], [changed]);
    await expect(run).rejects.toMatchObject({ code: 'LEDGER_INTEGRITY' });
  });

  test('events of other things and without an id are passed over', async () => {
    const others = [
      event('consentChanged', { queryId: '0'.repeat(32) }),
      event('queryChanged', null),
      event('queryChanged', { queryId: 'x' }),
      event('keyRegistered', {}),
    ];
    await expect(loopFailingWith([], others).run).resolves.toBeUndefined();
  });
});
