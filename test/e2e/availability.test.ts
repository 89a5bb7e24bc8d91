import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  gatewayService,
  openSession,
  readAttempts,
  readQuery,
  receiveResult,
  submitQuestion,
  type Question,
  type Session,
} from '@veilsum/client';
import { hashCanonicalJson } from '@veilsum/crypto';
import { tellLedger } from '@veilsum/ledger';
import { blockSchema, type Block, type Hash, type QueryRecord } from '@veilsum/protocol';
import { expectAuditPasses, refusal, veilsum } from './command-line.js';
import { balanceOf, eventually, spentMicroOf } from './network-facts.js';
import { TestNetwork, testQuestion } from './test-network.js';

const MERCHANTS = 2;
/** Short, so that what a deadline does is soon seen. */
const ATTEMPT_MS = 4_000;
const WAIT = { timeoutMs: 100_000 };
const EPSILON_MICRO = 200_000;
const noisyQuestion: Question = {
  ...testQuestion,
  release: 'noisy',
  epsilonMicro: EPSILON_MICRO,
};

let network: TestNetwork;
let analyst: Session;

const ask = (question: Question) => submitQuestion(analyst, question);

/** The query once it has none of the statuses. */
const pastStatus = (queryId: string, ...statuses: QueryRecord['status'][]) =>
  eventually(async () => {
    const record = await readQuery(analyst.ledger, queryId);
    return statuses.includes(record.status) ? undefined : record;
  });

/** The keyholders that the ledger fixed for the attempt that succeeded. */
async function keyholdersOf(queryId: string): Promise<number[]> {
  return (await readAttempts(analyst.ledger, queryId)).at(-1)?.attempt.keyholders ?? [];
}

async function startGateway(): Promise<void> {
  const { state, running, plan } = network;
  await network.startService(gatewayService(state, running.network, plan.gateway.memberId));
}

/** Ends a process as a power cut would, and waits until it is gone. */
async function kill(service: string): Promise<void> {
  const file = join(network.state.processes, `${service}.pid`);
  const pid = Number.parseInt(await readFile(file, 'utf8'), 10);
  process.kill(pid, 'SIGKILL');
  await network.stopService(service);
}

beforeAll(async () => {
  network = await TestNetwork.start({ merchants: MERCHANTS, attemptMs: ATTEMPT_MS });
  analyst = await network.session('analyst');
  await network.contributeAll(MERCHANTS);
}, 240_000);
afterAll(async () => {
  await network.close();
}, 60_000);

describe('keyholders that are down', () => {
  test('one of three keyholders down: the query finishes', async () => {
    await network.stopKeyholder('keyholder-3');
    const { queryId } = await ask(testQuestion);
    const { record, result } = await receiveResult(analyst, queryId, WAIT);
    expect([record.status, result.rows.length]).toEqual(['settled', 8]);
    expect(await keyholdersOf(queryId)).toEqual([1, 2]);
  });

  test('a keyholder back later catches up, and another may leave', async () => {
    await network.startKeyholder('keyholder-3');
    await network.stopKeyholder('keyholder-2');
    const { queryId } = await ask(testQuestion);
    const { record } = await receiveResult(analyst, queryId, WAIT);
    expect(record.status).toBe('settled');
    expect(await keyholdersOf(queryId)).toEqual([1, 3]);
  });

  describe('two of three keyholders down', () => {
    let before: { readonly balance: bigint; readonly spentMicro: number };
    const standing = async () => ({
      balance: await balanceOf(analyst, 'analyst'),
      spentMicro: await spentMicroOf(analyst, 'merchant-1'),
    });
    const charged = (epsilonMicro: number) => ({
      ...before,
      spentMicro: before.spentMicro + epsilonMicro,
    });

    /** What those keyholders can still sign. */
    let second: Session;
    let third: Session;

    beforeAll(async () => {
      await network.stopKeyholder('keyholder-3');
      second = await openSession(network.state, { as: 'keyholder-2' });
      third = await openSession(network.state, { as: 'keyholder-3' });
      before = await standing();
    }, 60_000);

    test('it expires, and without any recorded share money and ε come back', async () => {
      const { queryId, plan } = await ask(noisyQuestion);
      expect(await standing()).toEqual({
        balance: before.balance - BigInt(plan?.price ?? 0),
        spentMicro: before.spentMicro + EPSILON_MICRO,
      });
      const ended = await pastStatus(queryId, 'authorised', 'blinded');
      expect([ended.status, ended.chargedEpsilonMicro]).toEqual(['expired', 0]);
      const attempts = await readAttempts(analyst.ledger, queryId);
      expect(attempts).toHaveLength(network.plan.consortium.maxAttempts);
      expect(attempts.flatMap(({ shares }) => shares)).toEqual([]);
      expect(await standing()).toEqual(before);
      await expect(receiveResult(analyst, queryId, WAIT)).rejects.toMatchObject({
        code: 'DEADLINE_PASSED',
      });
    });

    test('it expires, and after a recorded share money comes back, but ε stays spent', async () => {
      const { queryId, planHash } = await ask(noisyQuestion);
      const attempt = { queryId, planHash, attempt: 1 };
      for (const { ledger } of [second, third]) {
        const blindingHash = randomBytes(32).toString('hex');
        await tellLedger(ledger, 'query:commitBlinding', { ...attempt, blindingHash });
      }
      await pastStatus(queryId, 'authorised');
      const hash = randomBytes(32).toString('hex');
      const share = { ...attempt, finalHash: hash, shareHash: hash };
      await tellLedger(second.ledger, 'query:releaseShare', share);
      const again = await eventually(async () => {
        const record = await readQuery(analyst.ledger, queryId);
        return record.attempt?.attempt === 2 ? record : undefined;
      });
      expect(again.chargedEpsilonMicro).toBe(2 * EPSILON_MICRO);
      const ended = await pastStatus(queryId, 'authorised', 'blinded');
      expect([ended.status, ended.chargedEpsilonMicro]).toEqual(['expired', 2 * EPSILON_MICRO]);
      expect(await standing()).toEqual(charged(2 * EPSILON_MICRO));
    });

    afterAll(async () => {
      await Promise.all([second, third].map((session) => session.close()));
      const keyholders = ['keyholder-2', 'keyholder-3'];
      await Promise.all(keyholders.map((memberId) => network.startKeyholder(memberId)));
    }, 120_000);
  });
});

describe('a gateway that is killed and started again', () => {
  test.each<[string, (queryId: string) => Promise<unknown>]>([
    ['once it is authorised', () => Promise.resolve()],
    ['once the ledger has fixed A', (queryId) => pastStatus(queryId, 'authorised')],
  ])('in the middle of a query, %s: the query finishes', async (_when, middle) => {
    const { queryId } = await ask(testQuestion);
    await middle(queryId);
    await kill('gateway');
    await expect(analyst.gateway.getJson('/v1/info')).rejects.toMatchObject({
      code: 'GATEWAY_UNAVAILABLE',
    });
    await startGateway();
    const { record, cheaters } = await receiveResult(analyst, queryId, WAIT);
    expect([record.status, cheaters]).toEqual(['settled', []]);
  });
});

describe('the audit', () => {
  let file: string;
  let lines: string[];
  const nowhere = () => join(network.state.root, 'nowhere');
  const auditOf = async (blocks: readonly string[]) => {
    const altered = join(network.state.root, 'altered.ndjson');
    await writeFile(altered, blocks.map((line) => `${line}\n`).join(''));
    return audit(altered);
  };
  const audit = (path: string, genesis: string = network.embedded.genesisHash) =>
    veilsum(nowhere(), 'audit', '--ledger', path, '--genesis', genesis);
  const messageOf = ({ answer }: Awaited<ReturnType<typeof audit>>) =>
    (answer as { error: { message: string } }).error.message;
  const middle = () => Math.floor(lines.length / 2);

  test('of the running ledger passes', async () => {
    await expectAuditPasses(network.state.root);
  });

  test('of an exported ledger passes offline', async () => {
    const { root } = network.state;
    file = join(root, 'exported.ndjson');
    const { status } = await veilsum(root, 'ledger', 'export', '--out', file);
    expect(status).toBe(0);
    lines = (await readFile(file, 'utf8')).trimEnd().split('\n');
    for (const service of ['ledger', 'gateway', ...network.plan.keyholders.map((k) => k.memberId)])
      await network.stopService(service);
    const passed = { passed: true, height: lines.length };
    expect(await audit(file)).toMatchObject({ status: 0, answer: passed });
  });

  test('refuses a ledger with one altered byte, and names its block', async () => {
    const number = middle();
    const line = lines[number] ?? '';
    const at = line.indexOf('"timestampMs":') + '"timestampMs":'.length + 5;
    const altered = `${line.slice(0, at)}${(Number(line[at]) + 1) % 10}${line.slice(at + 1)}`;
    const outcome = await auditOf(lines.with(number, altered));
    expect(outcome).toEqual(refusal('LEDGER_INTEGRITY'));
    expect(messageOf(outcome)).toContain(`lock ${number} `);
  });

  test('refuses a ledger that was rewritten with right hashes, and names the transaction', async () => {
    const number = middle();
    const blocks = lines.map((line) => blockSchema.parse(JSON.parse(line)));
    const outcome = await auditOf(rehashed(blocks, number).map((block) => JSON.stringify(block)));
    expect(outcome).toEqual(refusal('LEDGER_INTEGRITY'));
    expect(messageOf(outcome)).toMatch(new RegExp(`^Transaction \\d+ of block ${number} `));
  });

  test('refuses another ledger than the one that was meant', async () => {
    expect(await audit(file, '0'.repeat(64))).toEqual(refusal('LEDGER_INTEGRITY'));
  });
});

/** The chain with another outcome of a block's first transaction, and every hash from there made right. */
function rehashed(blocks: readonly Block[], number: number): Block[] {
  let previousHash: Hash | undefined;
  return blocks.map((block) => {
    const { hash, ...body } = structuredClone(block);
    if (block.number < number) {
      previousHash = hash;
      return block;
    }
    if (previousHash !== undefined) body.previousHash = previousHash;
    const [write] = body.transactions[0]?.readWriteSet.writes ?? [];
    if (block.number === number && write !== undefined) write.value = '{}';
    previousHash = hashCanonicalJson(body) as Hash;
    return { ...body, hash: previousHash };
  });
}
