import { VeilsumError, type QueryId } from '@veilsum/protocol';
import { nameOf } from '../../../test/fakes/committee/in-memory-gateway.js';
import { testProduct } from '../../../test/fakes/committee/test-committee.js';
import { TestNetwork } from '../../../test/fakes/committee/test-network.js';
import { sampleRulebook } from '../../../test/fakes/sample-rulebook.js';
import type { CommitteeLedger } from './committee-ledger.js';

let network: TestNetwork;
beforeEach(async () => {
  network = await TestNetwork.start();
});
afterEach(() => network.stop());

const everyone = [1, 2, 3];
const noisy = { release: 'noisy', epsilonMicro: 1_000_000 } as const;

/** Makes one call of a keyholder's ledger connection behave otherwise. */
function overrideLedger(index: number, change: Partial<CommitteeLedger>): void {
  const keyholder = network.keyholder(index);
  const { ledger } = keyholder.ports;
  keyholder.ports = { ...keyholder.ports, ledger: { ...ledger, ...change } };
}

function withdrawFirstConsent(): void {
  const [consent] = network.ledger.consents;
  if (consent !== undefined) consent.status = 'withdrawn';
}

function refusalCodes(queryId: QueryId): string[] {
  return network.ledger.current(queryId).refusals.map(({ index, code }) => `${index} ${code}`);
}

describe('opening', () => {
  test('three keyholders open what the ledger allowed, and the result is the true sum', async () => {
    const queryId = await network.ask();
    expect(await network.settle(queryId)).toEqual([]);
    expect(network.result(queryId)).toEqual({ values: network.trueSums(), cheaters: [] });
  });

  test('two of three are enough, once the round is closed without the third', async () => {
    const queryId = await network.ask();
    await network.settle(queryId, [1, 3]);
    expect(network.gateway.blindings.size).toBe(0);
    network.ledger.closeRound(queryId);
    await network.settle(queryId, [1, 3]);
    expect(network.ledger.current(queryId).attempt.keyholders).toEqual([1, 3]);
    expect(network.result(queryId).values).toEqual(network.trueSums());
  });

  test('a noisy result is near the true sum and not the sum itself', async () => {
    const queryId = await network.ask(noisy);
    await network.settle(queryId);
    const errors = network
      .result(queryId)
      .values.flat(2)
      .map((value, position) => value - (network.trueSums().flat(2)[position] ?? 0n));
    // Δ₁/ε = 2 cells · 5,000 / 1, three keyholders: 64 scales are passed with chance below 2^−87.
    expect(errors.every((error) => error < 1_920_000n && error > -1_920_000n)).toBe(true);
    expect(errors.some((error) => error !== 0n)).toBe(true);
  });

  test('containers are fetched and verified once, whatever number of queries need them', async () => {
    await network.settle(await network.ask(), [1]);
    expect(network.gateway.calls.get('readContainer')).toBe(3);
    await network.settle(await network.ask({ groupBy: [] }), [1]);
    expect(network.gateway.calls.get('readContainer')).toBe(3);
  });
});

describe('order', () => {
  test('no blinding is shown before the ledger has fixed A', async () => {
    const queryId = await network.ask();
    await network.settle(queryId, [1, 2]);
    expect(network.ledger.current(queryId).blindings).toHaveLength(2);
    expect(network.gateway.calls.get('putBlinding 1')).toBeUndefined();
    await network.settle(queryId, everyone);
    expect(network.gateway.blindings.size).toBe(3);
  });

  test('the share is recorded before it is handed over, and only in the own view', async () => {
    const queryId = await network.ask();
    await network.settle(queryId, everyone);
    const { journal } = network.ledger;
    expect(journal.filter((entry) => entry.startsWith('releaseShare'))).toHaveLength(3);
    const other = await network.ask({ groupBy: [] });
    overrideLedger(1, { releaseShare: () => Promise.resolve() });
    await network.settle(other, [2, 3]);
    for (let round = 0; round < 5; round += 1) await network.keyholder(1).advance(other);
    await network.settle(other, [2, 3]);
    for (let round = 0; round < 5; round += 1) await network.keyholder(1).advance(other);
    expect(network.gateway.shares.has(nameOf({ queryId: other, attempt: 1, index: 2 }))).toBe(true);
    expect(network.gateway.shares.has(nameOf({ queryId: other, attempt: 1, index: 1 }))).toBe(
      false,
    );
  });

  test('what is brought is brought once, and again after a restart', async () => {
    const queryId = await network.ask();
    await network.settle(queryId);
    await network.keyholder(1).advance(queryId);
    expect(network.gateway.calls.get('putShare 1')).toBe(1);
    const before = network.gateway.shares.get(nameOf({ queryId, attempt: 1, index: 1 }));
    network.gateway.shares.clear();
    await network.keyholder(1).restart();
    await network.keyholder(1).advance(queryId);
    const after = network.gateway.shares.get(nameOf({ queryId, attempt: 1, index: 1 }));
    expect(after).toEqual(before);
  });

  test('what is not there yet is waited for', async () => {
    const queryId = await network.ask();
    network.gateway.aggregates.clear();
    expect(await network.keyholder(1).advance(queryId)).toEqual({ kind: 'wait' });
    await network.gateway.aggregate(queryId);
    expect(await network.keyholder(1).advance(queryId)).toEqual({ kind: 'done', task: 'commit' });
    await network.settle(queryId, [2, 3]);
    // Keyholder 1 has not shown its blinding, so nobody can build the final blocks.
    expect(await network.keyholder(2).advance(queryId)).toEqual({ kind: 'wait' });
    expect(network.ledger.current(queryId).shares).toEqual([]);
  });
});

describe('the rules as the own ledger has them', () => {
  const ask = async (change: Partial<CommitteeLedger>) => {
    const queryId = await network.ask();
    for (const index of everyone) overrideLedger(index, change);
    await network.settle(queryId);
    expect(network.ledger.current(queryId).blindings).toEqual([]);
    return refusalCodes(queryId);
  };
  const byEveryone = (code: string) => everyone.map((index) => `${index} ${code}`);

  test('stop a plan of who is outside the audience of its product', async () => {
    const audience = { roles: ['regulator' as const], members: [] };
    const codes = await ask({ product: () => Promise.resolve({ ...testProduct, audience }) });
    expect(codes).toEqual(byEveryone('AUDIENCE_NOT_INCLUDED'));
  });

  test('stop a plan of important data that no regulator approved', async () => {
    const classification = 'important' as const;
    const codes = await ask({ product: () => Promise.resolve({ ...testProduct, classification }) });
    expect(codes).toEqual(byEveryone('REVIEW_REQUIRED'));
  });

  test('stop a plan that was not made under the rulebook in force', async () => {
    const adopted = { rulebook: sampleRulebook(), adoptedAt: 1, inForceFrom: 1 };
    const codes = await ask({ rulebooks: () => Promise.resolve([adopted]) });
    expect(codes).toEqual(byEveryone('PLAN_MISMATCH'));
  });

  test('stop a plan that an entry of that rulebook denies', async () => {
    const { negativeList } = sampleRulebook();
    const denying = { ...negativeList[0], match: { functions: ['sum'] } };
    const rulebook = sampleRulebook({ negativeList: [denying] });
    const adopted = { rulebook, adoptedAt: 1, inForceFrom: 1 };
    const codes = await ask({ rulebooks: () => Promise.resolve([adopted]) });
    expect(codes).toEqual(byEveryone('RULEBOOK_DENIED'));
  });
});

describe('standing', () => {
  test('a withdrawal before the blinding stops it', async () => {
    const queryId = await network.ask();
    withdrawFirstConsent();
    await network.settle(queryId);
    expect(refusalCodes(queryId)).toEqual(everyone.map((index) => `${index} CONSENT_WITHDRAWN`));
    expect(network.ledger.current(queryId).blindings).toEqual([]);
  });

  test('a withdrawal between blinding and release stops it, and nothing is handed over', async () => {
    const queryId = await network.ask();
    for (const index of everyone) await network.keyholder(index).advance(queryId);
    expect(network.ledger.current(queryId).attempt.state).toBe('opening');
    withdrawFirstConsent();
    await network.settle(queryId);
    expect(refusalCodes(queryId)).toHaveLength(3);
    expect(network.gateway.shares.size).toBe(0);
    expect(network.gateway.blindings.size).toBe(0);
  });

  test('when the ledger refuses the record of a share, nothing is handed over', async () => {
    const queryId = await network.ask();
    for (const index of everyone) await network.keyholder(index).advance(queryId);
    const { ledger } = network.keyholder(1).ports;
    overrideLedger(1, {
      releaseShare: (release) => {
        withdrawFirstConsent();
        return ledger.releaseShare(release);
      },
    });
    for (const index of [2, 3]) await network.keyholder(index).advance(queryId);
    await expect(network.keyholder(1).advance(queryId)).rejects.toMatchObject({
      code: 'CONSENT_WITHDRAWN',
    });
    await network.settle(queryId);
    expect(network.gateway.shares.size).toBe(0);
    expect(refusalCodes(queryId)).toContain('1 CONSENT_WITHDRAWN');
  });

  test('dates are judged by the own clock', async () => {
    const queryId = await network.ask();
    network.keyholder(1).clockAheadMs = 2 * 86_400_000;
    network.keyholder(2).clockAheadMs = -2 * 86_400_000;
    // The round would be over by the first clock, were it not kept open for the test.
    network.ledger.current(queryId).attempt.blindingDeadline += 3 * 86_400_000;
    await network.settle(queryId, [1, 2]);
    expect(refusalCodes(queryId)).toEqual(['1 CONSENT_EXPIRED', '2 CLOCK_SKEW']);
  });

  test.each([
    [
      'a contribution is frozen',
      'COHORT_CHANGED',
      () => {
        const [first] = network.ledger.contributions;
        if (first !== undefined) first.status = 'frozen';
      },
    ],
    [
      'a contributor is suspended',
      'MEMBER_NOT_ACTIVE',
      () => {
        for (const member of network.ledger.members.values()) {
          if (member.roles.includes('merchant')) member.status = 'suspended';
        }
      },
    ],
    [
      'a consent is amended to want more',
      'COHORT_TOO_SMALL',
      () => {
        const [consent] = network.ledger.consents;
        if (consent !== undefined) consent.minCohort = 9;
      },
    ],
    [
      'a consent is amended to exclude the purpose',
      'CONSENT_NOT_COVERING',
      () => {
        const [consent] = network.ledger.consents;
        if (consent !== undefined) consent.purposes = ['Marketing'];
      },
    ],
    [
      'the committee key is retired',
      'KEY_NOT_ACTIVE',
      () => {
        network.ledger.key.status = 'retired';
      },
    ],
  ])('when %s, everybody refuses', async (_, code, change) => {
    const queryId = await network.ask();
    change();
    await network.settle(queryId);
    expect(refusalCodes(queryId)).toEqual(everyone.map((index) => `${index} ${code}`));
  });

  test('a keyholder that cannot read its ledger does nothing', async () => {
    const queryId = await network.ask();
    const down = () => Promise.reject(new VeilsumError('LEDGER_UNAVAILABLE', 'Down.'));
    overrideLedger(1, { consents: down });
    await expect(network.keyholder(1).advance(queryId)).rejects.toMatchObject({
      code: 'LEDGER_UNAVAILABLE',
    });
    expect(network.ledger.journal).toEqual([]);
    expect(network.gateway.calls.size).toBe(0);
  });

  test('a plan whose ε the ledger did not charge is refused', async () => {
    const queryId = await network.ask(noisy);
    const stored = network.ledger.queries.get(queryId);
    if (stored !== undefined) stored.record.chargedEpsilonMicro = 999_999;
    await network.settle(queryId);
    expect(refusalCodes(queryId)).toEqual(everyone.map((index) => `${index} PLAN_MISMATCH`));
  });

  test('an attempt after a recorded share is refused unless it was charged anew', async () => {
    const queryId = await network.ask(noisy);
    await network.settle(queryId, [1, 2]);
    network.ledger.closeRound(queryId);
    await network.settle(queryId, [1]);
    await network.keyholder(2).advance(queryId);
    await network.settle(queryId, [1]);
    expect(network.ledger.current(queryId).shares.length).toBeGreaterThan(0);
    network.ledger.nextAttempt(queryId);
    const stored = network.ledger.queries.get(queryId);
    if (stored !== undefined) stored.record.chargedEpsilonMicro = 1_000_000;
    await network.settle(queryId);
    expect(refusalCodes(queryId)).toEqual(everyone.map((index) => `${index} PLAN_MISMATCH`));
    network.ledger.nextAttempt(queryId);
    if (stored !== undefined) stored.record.chargedEpsilonMicro = 2_000_000;
    await network.settle(queryId);
    expect(network.ledger.current(queryId).shares).toHaveLength(3);
  });
});

describe('attempts', () => {
  test('every attempt has a blinding of its own', async () => {
    const queryId = await network.ask();
    await network.settle(queryId, [1]);
    const first = network.ledger.current(queryId).blindings[0]?.blindingHash;
    network.ledger.nextAttempt(queryId);
    await network.settle(queryId, [1]);
    const second = network.ledger.current(queryId).blindings[0]?.blindingHash;
    expect(second).toMatch(/^[0-9a-f]{64}$/);
    expect(second).not.toBe(first);
  });

  test('a keyholder whose store lost its blinding makes no second one', async () => {
    const queryId = await network.ask();
    await network.settle(queryId, [2, 3]);
    const stranger = await TestNetwork.start();
    const keyholder = network.keyholder(1);
    await keyholder.advance(queryId);
    const { store } = keyholder.ports;
    keyholder.ports = { ...keyholder.ports, store: stranger.keyholder(1).ports.store };
    await network.settle(queryId);
    expect(refusalCodes(queryId)).toContain('1 BLINDING_MISMATCH');
    expect(network.gateway.blindings.has(nameOf({ queryId, attempt: 1, index: 1 }))).toBe(false);
    keyholder.ports = { ...keyholder.ports, store };
    await stranger.stop();
  });
});

test('a share that the analyst misses is posted on the ledger, byte for byte', async () => {
  const queryId = await network.ask();
  await network.settle(queryId);
  const seat = { queryId, attempt: 1, index: 2 };
  const sealed = network.gateway.shares.get(nameOf(seat));
  const answerDeadline = network.ledger.now + 1000;
  network.ledger.disputes.push({ ...seat, raisedAt: 0, answerDeadline, status: 'open' });
  await network.settle(queryId);
  expect([...network.ledger.answers.keys()]).toEqual([2]);
  expect(network.ledger.answers.get(2)).toBe(Buffer.from(sealed ?? []).toString('base64'));
});
