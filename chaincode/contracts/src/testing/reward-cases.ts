import type { DealtKey } from '@veilsum/crypto';
import type { QueryRecord, RewardScheme, SettlementExplanation } from '@veilsum/protocol';
import assert from 'node:assert/strict';
import { adopt } from './sample-proposal.js';
import { contributionOf, deposit, foundMarket, grantConsent } from './sample-network.js';
import { ask, balanceOf, openMarket, releaseQuery, sampleQuery } from './sample-query.js';
import { sampleId } from './sample-objects.js';
import { releaseValues } from './sample-result.js';
import { sampleAgreement, sampleGoal, sampleScheme } from './sample-rewards.js';
import { requireRefusal, type ContractCase, type TestLedger } from './test-ledger.js';

const MERCHANTS = ['merchant-1', 'merchant-2', 'merchant-3'];

/** Rewards: schemes, the subsidy fund, registered costs, published results and what follows from them. */
export const rewardCases: ContractCase[] = [
  {
    name: 'settles by the scheme that was in force at authorisation',
    async run(ledger) {
      await openMarket(ledger);
      const before = await ask(ledger, sampleQuery('before'));
      await adoptScheme(ledger);
      const smallMembers = { ...sampleScheme(0).smallMembers, topUpBps: 2501 };
      await requireRefusal(
        adoptScheme(ledger, { version: 2, smallMembers }),
        'REWARD_SCHEME_INVALID',
        /whoever asks for his own data/,
      );
      const after = await ask(ledger, sampleQuery('after'));
      assert.deepEqual([before.rewardSchemeVersion, after.rewardSchemeVersion], [undefined, 1]);
      assert.equal((await settle(ledger, before)).shares[0]?.amount, '100');
      const fund = await balanceOf(ledger, 'fund:subsidy');
      assert.equal(fund, '50');
      const { shares } = await settle(ledger, after);
      const fees = shares.filter(({ kind }) => kind === 'operator-fee');
      assert.deepEqual(
        fees.map(({ amount }) => amount),
        ['150'],
      );
    },
  },
  {
    name: 'adds to the price of a small payer and to small shares until the fund is empty',
    async run(ledger) {
      await openMarket(ledger);
      await adoptScheme(ledger);
      const poor = await ask(ledger, sampleQuery('poor'));
      assert.match((await explain(ledger, poor)).priceSupport, /fund is empty/);
      assert.equal(await balanceOf(ledger, 'member:analyst'), '99000');
      assert.deepEqual(
        (await settle(ledger, poor)).topUps.map(({ amount, reason }) => [amount, reason]),
        MERCHANTS.map(() => ['0', 'fund-empty']),
      );
      // The fund got its 100 of that price, which is less than the 250 that the scheme would add.
      const helped = await ask(ledger, sampleQuery('helped'));
      const explanation = await explain(ledger, helped);
      assert.match(explanation.priceSupport, /its last 100 of the 250/);
      assert.deepEqual(explanation.payments, [
        { accountId: 'member:analyst', amount: '900' },
        { accountId: 'fund:subsidy', amount: '100' },
      ]);
      assert.equal(await balanceOf(ledger, 'fund:subsidy'), '0');
      await ledger.submit('merchant-1', 'consent', 'withdraw', {
        consentId: sampleId('consent of merchant-1'),
      });
      await ledger.submit('analyst', 'query', 'expire', { queryId: helped.queryId });
      assert.equal(await balanceOf(ledger, 'fund:subsidy'), '100');
      assert.equal(await balanceOf(ledger, 'member:analyst'), '99000');
    },
  },
  {
    name: 'repays a registered cost once, after a second signature',
    async run(ledger) {
      await openMarket(ledger);
      await adoptScheme(ledger);
      const cost = { productId: 'weekly-sales', epoch: '2026-Q1', amount: '150' };
      const terms = { format: 'veilsum-cost/1', ...cost, reference: 'Invoice 7' };
      await ledger.submit('merchant-1', 'settlement', 'proposeCost', terms);
      const confirm = (as: string, changes: object = {}) =>
        ledger.submit(as, 'settlement', 'confirmCost', {
          ...cost,
          contributorId: 'merchant-1',
          ...changes,
        });
      await requireRefusal(confirm('merchant-1'), 'FORBIDDEN');
      await requireRefusal(confirm('operator', { amount: '15' }), 'COST_MISMATCH');
      await confirm('operator');
      await confirm('operator');
      const other = { ...terms, amount: '9' };
      await requireRefusal(
        ledger.submit('merchant-1', 'settlement', 'proposeCost', other),
        'INVALID_STATE',
      );
      const repaid: (string | undefined)[] = [];
      for (const name of ['one', 'two']) {
        const { shares } = await settle(ledger, await ask(ledger, sampleQuery(name)));
        repaid.push(shares.find(({ kind }) => kind === 'cost-compensation')?.amount);
      }
      // A fifth of the contributors' 600 each time, and no more than the cost in all.
      assert.deepEqual(repaid, ['120', '30']);
    },
  },
  {
    name: 'publishes a result that its certificate proves, if every consent allows it',
    async run(ledger) {
      const { dealt, query } = await askExact(ledger, 'public');
      const certificate = await releaseValues(ledger, dealt, query, values);
      const { queryId } = query;
      const publish = (as: string, changes: object = {}) =>
        ledger.submit(as, 'query', 'publishResult', { queryId, certificate, ...changes });
      await requireRefusal(publish('merchant-1'), 'FORBIDDEN');
      const m = ['0', ...certificate.m.slice(1)];
      await requireRefusal(
        publish('analyst', { certificate: { ...certificate, m } }),
        'CERTIFICATE_INVALID',
      );
      await requireRefusal(publish('analyst', { groups: [2] }), 'INVALID_ARGUMENT', /groups/);
      const part = {
        certificate: { ...certificate, m: [certificate.m[1]], w: [certificate.w[1]] },
        groups: [1],
      };
      await publish('analyst', part);
      assert.deepEqual(await published(ledger, queryId), [[1, { region: 'other' }, ['70']]]);
      await publish('analyst');
      await publish('analyst');
      assert.deepEqual(await published(ledger, queryId), [
        [0, { region: 'north' }, ['950']],
        [1, { region: 'other' }, ['70']],
      ]);
    },
  },
  {
    name: 'publishes nothing against a consent that does not say so, or no longer',
    async run(ledger) {
      const { dealt, query } = await askExact(ledger, 'private', { 'merchant-2': {} });
      const certificate = await releaseValues(ledger, dealt, query, values);
      const publication = { queryId: query.queryId, certificate };
      const publish = () => ledger.submit('analyst', 'query', 'publishResult', publication);
      await requireRefusal(publish(), 'PUBLICATION_NOT_ALLOWED', /1 of 3/);
      await ledger.submit('merchant-1', 'consent', 'withdraw', {
        consentId: sampleId('consent of merchant-1'),
      });
      await requireRefusal(publish(), 'PUBLICATION_NOT_ALLOWED', /2 of 3/);
      assert.deepEqual(await published(ledger, query.queryId), []);
    },
  },
  {
    name: 'pays a bonus when the published statistic meets it, and none when it misses',
    async run(ledger) {
      const goal = sampleGoal(ledger);
      const { dealt, query } = await askExact(ledger, 'bonus');
      await ledger.submit('analyst', 'goal', 'set', goal);
      const met = sampleAgreement(ledger, 'met', { goalId: goal.goalId });
      const baseline = { numerator: '951', denominator: '1' };
      const missed = sampleAgreement(ledger, 'missed', { baseline });
      const start = BigInt(await balanceOf(ledger, 'member:analyst'));
      for (const terms of [met, missed]) {
        const { agreementId } = terms;
        await ledger.submit('analyst', 'agreement', 'propose', terms);
        await requireRefusal(
          ledger.submit('analyst', 'agreement', 'accept', { agreementId }),
          'FORBIDDEN',
        );
        await ledger.submit('merchant-1', 'agreement', 'accept', { agreementId });
        assert.equal(await balanceOf(ledger, `reserve:${agreementId}`), '800');
      }
      await requireRefusal(
        ledger.submit('merchant-1', 'agreement', 'settle', { agreementId: met.agreementId }),
        'DEADLINE_NOT_REACHED',
      );
      const certificate = await releaseValues(ledger, dealt, query, values);
      const payee = BigInt(await balanceOf(ledger, 'member:merchant-1'));
      await ledger.submit('analyst', 'query', 'publishResult', {
        queryId: query.queryId,
        certificate,
      });
      assert.equal(BigInt(await balanceOf(ledger, 'member:merchant-1')) - payee, 500n);
      assert.equal(start - BigInt(await balanceOf(ledger, 'member:analyst')), 500n);
      assert.deepEqual(await statuses(ledger, [met, missed]), ['paid', 'missed']);
      const outcomes = await ledger.evaluate('auditor', 'goal', 'outcomes', {
        goalId: goal.goalId,
      });
      assert.deepEqual(
        (outcomes as { attainmentBps: string; met: boolean }[]).map((one) => [
          one.attainmentBps,
          one.met,
        ]),
        [['7500', false]],
      );
    },
  },
  {
    name: 'gives back what a proposal set aside that was taken back',
    async run(ledger) {
      await openMarket(ledger);
      const terms = sampleAgreement(ledger, 'cancelled');
      const { agreementId } = terms;
      await ledger.submit('analyst', 'agreement', 'propose', terms);
      await ledger.submit('analyst', 'agreement', 'propose', terms);
      await requireRefusal(
        ledger.submit('merchant-1', 'agreement', 'cancel', { agreementId }),
        'FORBIDDEN',
      );
      await ledger.submit('analyst', 'agreement', 'cancel', { agreementId });
      assert.equal(await balanceOf(ledger, 'member:analyst'), '100000');
      await requireRefusal(
        ledger.submit('merchant-1', 'agreement', 'accept', { agreementId }),
        'INVALID_STATE',
      );
      const unaffordable = sampleAgreement(ledger, 'large', { cap: '100001' });
      await requireRefusal(
        ledger.submit('analyst', 'agreement', 'propose', unaffordable),
        'INSUFFICIENT_FUNDS',
      );
    },
  },
];

/** 950 in the north, 70 elsewhere. */
const values = (group: number) => [group === 0 ? 950n : 70n];

async function adoptScheme(
  ledger: TestLedger,
  changes: Partial<Record<keyof RewardScheme, unknown>> = {},
): Promise<void> {
  await adopt(ledger, 'rewardScheme', sampleScheme(ledger.now(), changes));
}

async function settle(ledger: TestLedger, query: QueryRecord): Promise<SettlementExplanation> {
  await releaseQuery(ledger, query);
  await ledger.submit('analyst', 'query', 'accept', { queryId: query.queryId });
  return explain(ledger, query);
}

async function explain(
  ledger: TestLedger,
  { queryId }: QueryRecord,
): Promise<SettlementExplanation> {
  const answer = await ledger.evaluate('auditor', 'settlement', 'explain', { queryId });
  return answer as unknown as SettlementExplanation;
}

/** A market whose consents allow publication, and an exact query in it. */
async function askExact(
  ledger: TestLedger,
  name: string,
  consents: Readonly<Record<string, object>> = {},
): Promise<{ dealt: DealtKey; query: QueryRecord }> {
  const dealt = await foundMarket(ledger);
  for (const merchant of MERCHANTS) {
    await grantConsent(ledger, merchant, consents[merchant] ?? { publication: true });
    const registration = contributionOf(merchant, dealt);
    await ledger.submit(merchant, 'contribution', 'register', registration);
    const { contributionId, contentHash } = registration;
    await ledger.submit('gateway', 'contribution', 'markStored', { contributionId, contentHash });
  }
  await deposit(ledger, 'analyst', '100000');
  const request = sampleQuery(name, { release: 'exact', epsilonMicro: 0 });
  return { dealt, query: await ask(ledger, request) };
}

async function published(ledger: TestLedger, queryId: string): Promise<unknown[]> {
  const answer = await ledger.evaluate('merchant-1', 'query', 'publishedResult', { queryId });
  const groups = answer as unknown as {
    group: number;
    key: unknown;
    planes: { values: string[] }[];
  }[];
  return groups.map(({ group, key, planes }) => [group, key, planes[0]?.values]);
}

async function statuses(
  ledger: TestLedger,
  terms: readonly { readonly agreementId: string }[],
): Promise<string[]> {
  const found: string[] = [];
  for (const { agreementId } of terms) {
    const answer = await ledger.evaluate('auditor', 'agreement', 'read', { agreementId });
    found.push((answer as { status: string }).status);
  }
  return found;
}
