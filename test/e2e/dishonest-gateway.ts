import { readAttempts, readQuery, submitQuestion, type Question } from '@veilsum/client';
import type { AttemptRecord, QueryRecord } from '@veilsum/protocol';
import { balanceOf, eventually, spentMicroOf } from './network-facts.js';
import {
  notThereYet,
  TamperingProxy,
  type ProxiedAnswer,
  type ProxiedCall,
} from './tampering-proxy.js';
import type { TestNetwork } from './test-network.js';

const FINAL_WITHIN_MS = 100_000;

/** A call of one keyholder, while a certain query is asked. */
export interface KeyholderCall extends ProxiedCall {
  /** The keyholder's, from 1. */
  readonly index: number;
  readonly query: QueryRecord;
}

/** What is shown to a keyholder instead of the truth; undefined where the gateway stays honest. */
export type Lie = (call: KeyholderCall) => Promise<ProxiedAnswer> | undefined;

/** How a query ended to which a gateway lied. */
export interface VainQuery {
  readonly record: QueryRecord;
  readonly attempts: readonly AttemptRecord[];
}

/** Stands between the real gateway and every keyholder, and can show each of them something else. */
export class DishonestGateway {
  private constructor(
    private readonly network: TestNetwork,
    private readonly proxies: readonly TamperingProxy[],
  ) {}

  /** Starts every keyholder of a network again, each behind a proxy of its own. */
  static async standIn(network: TestNetwork): Promise<DishonestGateway> {
    const { gatewayUrl, keyholders } = network.running.network;
    const proxies = await Promise.all(keyholders.map(() => TamperingProxy.start(gatewayUrl)));
    await Promise.all(
      keyholders.map(async (memberId, position) => {
        await network.stopKeyholder(memberId);
        await network.startKeyholder(memberId, { gatewayUrl: proxies[position]?.url });
      }),
    );
    return new DishonestGateway(network, proxies);
  }

  /**
   * Asks a question as the analyst while the gateway lies to every keyholder, until the query has
   * ended. Two refusals end an attempt of three keyholders, so in each attempt another one's answer is
   * held back: after three attempts each has refused twice.
   */
  async askWhileLying(question: Question, lie: Lie): Promise<VainQuery> {
    const analyst = await this.network.session('analyst');
    const { ledger } = analyst;
    const asked = submitQuestion(analyst, question);
    for (const [position, proxy] of this.proxies.entries()) {
      const index = position + 1;
      proxy.tampering = async (call) => {
        const query = await readQuery(ledger, (await asked).queryId);
        const answer = lie({ ...call, index, query });
        if (answer === undefined) return undefined;
        const isHeldBack = query.attempt?.attempt === index;
        return isHeldBack ? notThereYet : answer;
      };
    }
    try {
      const { queryId } = await asked;
      const record = await eventually(async () => {
        const found = await readQuery(ledger, queryId);
        return isFinal(found) ? found : undefined;
      }, FINAL_WITHIN_MS);
      return { record, attempts: await readAttempts(ledger, queryId) };
    } finally {
      this.tellTheTruth();
    }
  }

  /** Lets everything through again. */
  tellTheTruth(): void {
    for (const proxy of this.proxies) proxy.tampering = () => Promise.resolve(undefined);
  }

  async close(): Promise<void> {
    await Promise.all(this.proxies.map((proxy) => proxy.close()));
  }
}

/**
 * Asks while the gateway lies and expects that every keyholder refuses with this code and nothing comes
 * of the query.
 */
export async function expectRefusedByEveryKeyholder(
  network: TestNetwork,
  ask: () => Promise<VainQuery>,
  code: string,
): Promise<void> {
  const { attempts } = await expectRefusedByKeyholders(network, ask, code);
  const refusing = attempts.flatMap(({ refusals }) => refusals.map(({ index }) => index));
  expect([...new Set(refusing)].sort()).toEqual([1, 2, 3]);
}

/**
 * Expects that in each attempt two keyholders refuse with this code, which ends it, and that nothing
 * comes of the query. Which two depends on who is first where nobody is held back.
 */
export async function expectRefusedByKeyholders(
  network: TestNetwork,
  ask: () => Promise<VainQuery>,
  code: string,
): Promise<VainQuery> {
  const vain = await expectInVain(network, ask);
  expect(vain.attempts).toHaveLength(3);
  for (const attempt of vain.attempts) {
    const refusals = refusalsOf(attempt);
    expect(refusals.map(([, given]) => given)).toEqual([code, code]);
  }
  return vain;
}

/** No share is recorded, and money and ε are where they were. */
async function expectInVain(
  network: TestNetwork,
  ask: () => Promise<VainQuery>,
): Promise<VainQuery> {
  const analyst = await network.session('analyst');
  const holdings = async () => [
    await balanceOf(analyst, 'analyst'),
    await spentMicroOf(analyst, 'merchant-1'),
  ];
  const before = await holdings();
  const vain = await ask();
  expect(vain.attempts.flatMap(({ shares }) => shares)).toEqual([]);
  expect(vain.record.status).toBe('expired');
  expect(await holdings()).toEqual(before);
  return vain;
}

const refusalsOf = ({ refusals }: AttemptRecord) =>
  refusals.map(({ index, code }) => [index, code]);

function isFinal({ status }: QueryRecord): boolean {
  return ['settled', 'refused', 'expired', 'failed'].includes(status);
}
