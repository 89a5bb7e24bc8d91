import type { QueryId } from '@veilsum/protocol';
import { TestNetwork } from '../../../test/fakes/committee/test-network.js';
import type { KeyholderPorts } from './query-worker.js';

let network: TestNetwork;
beforeEach(async () => {
  network = await TestNetwork.start();
});
afterEach(() => network.stop());

/** Calls that leave something behind, in a store, on the ledger or at the gateway. */
const lastingCalls = [
  'store.keepVerified',
  'store.keepAggregateHash',
  'store.keepBlinding',
  'ledger.commitBlinding',
  'gateway.putBlinding',
  'store.keepFinalHash',
  'store.keepSealedShare',
  'ledger.releaseShare',
  'gateway.putShare',
] as const;

class Crash extends Error {}

type AnyCall = (...values: unknown[]) => unknown;

/** The same ports, but the process ends at the first call of that name: before it works, or right after. */
function crashingAt(ports: KeyholderPorts, call: string, moment: 'before' | 'after') {
  const wrap = <Port extends object>(name: string, port: Port): Port =>
    new Proxy(port, {
      get: (target, property) => {
        const value = Reflect.get(target, property) as unknown;
        if (typeof value !== 'function') return value;
        const bound = (value as AnyCall).bind(target);
        if (`${name}.${String(property)}` !== call) return bound;
        return async (...values: unknown[]) => {
          if (moment === 'after') await bound(...values);
          throw new Crash();
        };
      },
    });
  const { ledger, store, gateway } = ports;
  return {
    ...ports,
    ledger: wrap('ledger', ledger),
    store: wrap('store', store),
    gateway: wrap('gateway', gateway),
  };
}

/** Works until the crash; others go on meanwhile. */
async function workUntilCrash(queryId: QueryId): Promise<boolean> {
  for (let round = 0; round < 6; round += 1) {
    try {
      await network.keyholder(1).advance(queryId);
    } catch (error) {
      if (error instanceof Crash) return true;
      throw error;
    }
    await network.settle(queryId, [2, 3]);
  }
  return false;
}

const moments = ['before', 'after'] as const;

test.each(lastingCalls.flatMap((call) => moments.map((moment) => [moment, call] as const)))(
  'a crash %s %s loses nothing and shows nothing twice',
  async (moment, call) => {
    const queryId = await network.ask();
    const keyholder = network.keyholder(1);
    const steady = keyholder.ports;
    keyholder.ports = crashingAt(steady, call, moment);
    expect(await workUntilCrash(queryId)).toBe(true);
    keyholder.ports = steady;
    await keyholder.restart();
    await network.settle(queryId);
    const { blindings, shares, refusals } = network.ledger.current(queryId);
    // The ledger itself refuses a second blinding or share of other content, so one each is the same one.
    expect(blindings).toHaveLength(3);
    expect(shares).toHaveLength(3);
    expect(refusals).toEqual([]);
    expect(network.gateway.shares.size).toBe(3);
    expect(network.result(queryId)).toEqual({ values: network.trueSums(), cheaters: [] });
  },
);
