import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  connectSession,
  keyholderService,
  ledgerService,
  readAttempts,
  receiveResult,
  submitProposal,
  submitQuestion,
  type QueryResult,
  type Session,
} from '@veilsum/client';
import {
  addCiphertexts,
  bigintToHex,
  hashCanonicalJson,
  multiplyCiphertext,
  type Ciphertext,
  type PublicKey,
  type PublicKeyRecord,
} from '@veilsum/crypto';
import { askLedger, tellLedger } from '@veilsum/ledger';
import {
  committeeKeyRegistrationSchema,
  committeeKeySchema,
  type AttemptRecord,
} from '@veilsum/protocol';
import { eventually } from './network-facts.js';
import { encodeBlindingObject, RogueKeyholder } from './rogue-keyholder.js';
import { answerOf, TamperingProxy } from './tampering-proxy.js';
import { freePorts } from './free-ports.js';
import { TestNetwork, testQuestion, testValue } from './test-network.js';

const MERCHANTS = 3;
/** Long enough for everyone to blind on a busy machine; one test waits until it is over. */
const ATTEMPT_MS = 45_000;
const TIMEOUT_MS = 180_000;

let network: TestNetwork;
/** Between the gateway and the keyholders 2 and 3. */
let proxy: TamperingProxy;

beforeAll(async () => {
  network = await TestNetwork.start({ merchants: MERCHANTS, attemptMs: ATTEMPT_MS });
  proxy = await TamperingProxy.start(network.running.network.gatewayUrl);
  await Promise.all(
    ['keyholder-2', 'keyholder-3'].map(async (memberId) => {
      await network.stopKeyholder(memberId);
      await network.startKeyholder(memberId, { gatewayUrl: proxy.url });
    }),
  );
}, 360_000);
afterAll(async () => {
  await proxy.close();
  await network.close();
}, 60_000);

describe('a key record', () => {
  let key: PublicKey;
  let keyholders: string[];

  beforeAll(async () => {
    const { ledger } = network.operator;
    key = await network.key();
    ({ keyholders } = await askLedger(ledger, 'committee:active', {}, committeeKeySchema));
  });

  /** The committee's own record with other verification keys, under a keyId of its own. */
  async function expectNotRegistered(vi: readonly bigint[]): Promise<void> {
    const { ledger } = network.operator;
    const { keyId, ...body } = { ...key.record, vi: vi.map(bigintToHex) };
    const record: PublicKeyRecord = { ...body, keyId: hashCanonicalJson(body) };
    expect(record.keyId).not.toBe(keyId);
    const format = 'veilsum-committee-key/1';
    const registration = committeeKeyRegistrationSchema.parse({ format, record, keyholders });
    const change = { kind: 'committeeKey' as const, content: registration, reason: 'Forged.' };
    await expect(submitProposal(ledger, change)).rejects.toMatchObject({
      code: 'KEY_RECORD_INVALID',
    });
    expect((await network.key()).keyId).toBe(keyId);
  }

  test('with a wrong verification key is not registered', async () => {
    const [first = 0n, ...others] = key.vi;
    // As good a square as any, and of a share that nobody holds.
    await expectNotRegistered([(first * key.v) % key.n, ...others]);
  });

  test('with swapped verification keys is not registered', async () => {
    const [first = 0n, second = 0n, ...others] = key.vi;
    await expectNotRegistered([second, first, ...others]);
  });

  test('with a negated verification key is not registered', async () => {
    const [first = 0n, ...others] = key.vi;
    await expectNotRegistered([key.n - first, ...others]);
  });
});

describe('a dishonest keyholder', () => {
  let analyst: Session;

  beforeAll(async () => {
    analyst = await network.session('analyst');
    await network.contributeAll(MERCHANTS);
  });

  const ask = async () => (await submitQuestion(analyst, testQuestion)).queryId;
  const receive = (queryId: string) => receiveResult(analyst, queryId, { timeoutMs: TIMEOUT_MS });

  test(
    'that sends a wrong share is named, and the result still comes from the two others',
    async () => {
      const rogue = await RogueKeyholder.take(network, 'keyholder-1');
      const queryId = await ask();
      const blinding = await rogue.blinding(queryId);
      await rogue.commit(queryId, blinding);
      expect(await rogue.show(queryId, blinding)).toEqual({ status: 201 });
      await rogue.release(queryId, 1n);
      await rogue.attemptWhen(queryId, ({ shares }) => shares.length === 3);
      const received = await receive(queryId);
      expect(received.cheaters).toEqual(['keyholder-1']);
      expectRightResult(received);
    },
    TIMEOUT_MS,
  );

  describe('that blinds with a rogue block', () => {
    /**
     * Blocks that take the aggregates out of the final blocks and put the first of them in every place:
     * what the committee opens would be the rogue's choice.
     */
    async function replacing(rogue: RogueKeyholder, queryId: string): Promise<Ciphertext[]> {
      const { key } = await rogue.query(queryId);
      const aggregates = await rogue.aggregates(queryId);
      const [chosen] = aggregates;
      if (chosen === undefined) throw new Error('There are no aggregates.');
      return aggregates.map((aggregate) =>
        addCiphertexts(key, chosen, multiplyCiphertext(key, aggregate, -1n)),
      );
    }

    /** Both others refuse the first attempt; without the rogue's part the next one gives the result. */
    async function expectRefused(rogue: RogueKeyholder, queryId: string): Promise<void> {
      const first = await rogue.attemptWhen(queryId, ({ refusals }) => refusals.length === 2);
      expect(codesOf(first)).toEqual([
        [2, 'BLINDING_MISMATCH'],
        [3, 'BLINDING_MISMATCH'],
      ]);
      expect(first.shares).toEqual([]);
      await network.startKeyholder('keyholder-1');
      const received = await receive(queryId);
      expect(received.result.attempt).toBe(2);
      expectRightResult(received);
    }

    test(
      'of which it cannot prove to know the content is refused by the others',
      async () => {
        const rogue = await RogueKeyholder.take(network, 'keyholder-1');
        const queryId = await ask();
        const blinding = await rogue.withBlocks(queryId, await replacing(rogue, queryId));
        await rogue.commit(queryId, blinding);
        // The gateway only looks whether it is the recorded one, which it is.
        expect(await rogue.show(queryId, blinding)).toEqual({ status: 201 });
        await expectRefused(rogue, queryId);
      },
      TIMEOUT_MS,
    );

    test(
      'that is not the recorded one is refused by the gateway, and past it by the others',
      async () => {
        const rogue = await RogueKeyholder.take(network, 'keyholder-1');
        const queryId = await ask();
        await rogue.commit(queryId, await rogue.blinding(queryId));
        const other = await rogue.blinding(queryId);
        proxy.tampering = ({ method, path }) =>
          Promise.resolve(
            method === 'GET' && path.endsWith('/attempts/1/blindings/1')
              ? answerOf(encodeBlindingObject(other))
              : undefined,
          );
        expect(await rogue.show(queryId, other)).toEqual({
          status: 409,
          code: 'BLINDING_MISMATCH',
        });
        await expectRefused(rogue, queryId);
        proxy.tampering = () => Promise.resolve(undefined);
      },
      TIMEOUT_MS,
    );
  });

  /**
   * The final block is fixed by what stands on the ledger, so a second one takes a second ledger: a fork
   * that closed the round without keyholder 3, shown to a keyholder that lost its own copy.
   */
  test(
    'cannot make another open a second final block: its own store refuses, also after a restart',
    async () => {
      const rogue = await RogueKeyholder.take(network, 'keyholder-3');
      const queryId = await ask();
      const { attempt } = await rogue.attemptWhen(
        queryId,
        ({ blindings }) => blindings.length === 2,
      );
      const forks = await forkLedger(['fork-1', 'fork-2']);
      const blinding = await rogue.blinding(queryId);
      await rogue.commit(queryId, blinding);
      expect(await rogue.show(queryId, blinding)).toEqual({ status: 201 });
      const opened = await rogue.attemptWhen(queryId, ({ shares }) => shares.length === 2);
      expect(opened.attempt.keyholders).toEqual([1, 2, 3]);
      await passed(attempt.blindingDeadline);
      for (const fork of forks) {
        const onFork = await askForSecondFinal(fork, queryId);
        expect(onFork.attempt.keyholders).toEqual([1, 2]);
        expect(codesOf(onFork)).toEqual([[1, 'FINAL_BLOCK_CONFLICT']]);
        expect(onFork.shares).toEqual([]);
      }
      expectRightResult(await receive(queryId));
    },
    TIMEOUT_MS + ATTEMPT_MS,
  );

  /** Copies the ledger as it is now, and goes on with the real one. */
  async function forkLedger(names: readonly string[]): Promise<string[]> {
    const { state, embedded } = network;
    await network.stopService('ledger');
    const folders = names.map((name) => join(state.root, name));
    for (const folder of folders) await cp(state.ledger, folder, { recursive: true });
    await network.startService(ledgerService(state, embedded));
    return folders;
  }

  /** Shows keyholder 1 a fork on which the round was closed with two. @returns the attempt on it */
  async function askForSecondFinal(folder: string, queryId: string): Promise<AttemptRecord> {
    const { state, running } = network;
    const [port] = await freePorts();
    const fork = { ...network.embedded, ledgerUrl: `http://127.0.0.1:${port}` };
    const service = ledgerService(state, fork);
    await network.startService({ ...service, name: 'fork', config: { ...service.config, folder } });
    const session = await connectSession(state, fork, running.operator.identity);
    await tellLedger(session.ledger, 'query:closeBlinding', { queryId, attempt: 1 });
    await network.stopKeyholder('keyholder-1');
    await rm(join(state.keyholder('keyholder-1'), 'ledger'), { recursive: true });
    const { config } = keyholderService(state, fork, 'keyholder-1');
    await network.startKeyholder('keyholder-1', config);
    const record = await eventually(async () => {
      const [first] = await readAttempts(session.ledger, queryId);
      return first !== undefined && first.refusals.length > 0 ? first : undefined;
    });
    await network.stopKeyholder('keyholder-1');
    await session.close();
    await network.stopService('fork');
    return record;
  }
});

const codesOf = ({ refusals }: AttemptRecord) => refusals.map(({ index, code }) => [index, code]);

async function passed(time: number): Promise<void> {
  await eventually(() => Promise.resolve(Date.now() > time ? true : undefined), TIMEOUT_MS);
}

function expectRightResult({ result, record }: QueryResult): void {
  const expected = [0, 1].flatMap((cell) =>
    [0, 1, 2, 3].map((lane) =>
      Number([1n, 2n, 3n].reduce((sum, base) => sum + testValue(base, cell, 1, lane), 0n)),
    ),
  );
  expect(result.rows.map(({ value }) => value)).toEqual(expected);
  expect(record.status).toBe('settled');
}
