import {
  delegationStateSchema,
  delegationTermsSchema,
  type DelegationTerms,
  type DelegationUse,
  type QueryRecord,
} from '@veilsum/protocol';
import assert from 'node:assert/strict';
import { askAtOnce } from './asking-at-once.js';
import { deposit } from './sample-network.js';
import { sampleId, sampleRegistration } from './sample-objects.js';
import {
  ask,
  balanceOf,
  blind,
  openMarket,
  readQuery,
  release,
  releaseQuery,
  sampleQuery,
} from './sample-query.js';
import { requireRefusal, type ContractCase, type TestLedger } from './test-ledger.js';

const DELEGATION_ID = sampleId('delegation of chain');
const under = { delegationId: DELEGATION_ID };

/** Delegations: an agent asks at its principal's expense, within limits and until it is revoked. */
export const delegationCases: ContractCase[] = [
  {
    name: 'takes terms once, from a member who names an analyst, and ends by its principal alone',
    async run(ledger) {
      await openChain(ledger);
      const terms = sampleTerms(ledger);
      const given = await ledger.submit('chain', 'delegation', 'grant', terms);
      assert.deepEqual(await ledger.submit('chain', 'delegation', 'grant', terms), given);
      const other = { ...terms, maxQueries: 9 };
      await requireRefusal(
        ledger.submit('chain', 'delegation', 'grant', other),
        'ALREADY_EXISTS_WITH_DIFFERENT_CONTENT',
      );
      await requireRefusal(
        ledger.submit('merchant-1', 'delegation', 'grant', terms),
        'ALREADY_EXISTS_WITH_DIFFERENT_CONTENT',
      );
      await requireRefusal(
        grant(ledger, { delegationId: sampleId('other'), agentId: 'merchant-1' }),
        'DELEGATION_INVALID',
        /no analyst/,
      );
      await requireRefusal(revoke(ledger, 'analyst'), 'FORBIDDEN');
      await revoke(ledger);
      await revoke(ledger);
      const { delegation, use } = await readState(ledger);
      assert.equal(delegation.status, 'revoked');
      assert.deepEqual(use, { ...under, ...used('0', 0, 0) });
      const list = await ledger.evaluate('auditor', 'delegation', 'list', { agentId: 'analyst' });
      assert.deepEqual(list, [delegation]);
      await requireRefusal(
        ledger.evaluate('auditor', 'delegation', 'read', { delegationId: sampleId('none') }),
        'DELEGATION_NOT_FOUND',
      );
    },
  },
  {
    name: 'lets the principal pay for what its agent asks, up to each limit',
    async run(ledger) {
      await openChain(ledger);
      await grant(ledger, {});
      const first = await ask(ledger, sampleQuery('first', under));
      assert.equal(first.status, 'authorised', JSON.stringify(refusals(first)));
      assert.equal(first.payerId, 'chain');
      assert.equal(first.plan?.analyst, 'analyst');
      assert.equal(await balanceOf(ledger, 'member:analyst'), '100000');
      assert.equal(await balanceOf(ledger, 'member:chain'), '4000');
      assert.deepEqual((await readState(ledger)).use, { ...under, ...used('1000', 1_000_000, 1) });
      const { queryId } = await releaseQuery(ledger, first);
      await ledger.submit('analyst', 'query', 'accept', { queryId });
      assert.equal((await readState(ledger)).use.money, '1000');
      const beyond = await ask(
        ledger,
        sampleQuery('beyond', { ...under, purpose: 'CommercialResearch', epsilonMicro: 1_500_001 }),
      );
      assert.deepEqual(refusals(beyond), [
        'CONSENT_MISSING',
        'COHORT_TOO_SMALL',
        'DELEGATION_PURPOSE',
        'DELEGATION_EPSILON',
        'DELEGATION_EPSILON_BUDGET',
      ]);
      assert.equal(beyond.payerId, 'chain');
      assert.equal((await ask(ledger, sampleQuery('second', under))).status, 'authorised');
      const third = await ask(ledger, sampleQuery('third', under));
      assert.deepEqual(refusals(third), [
        'DELEGATION_BUDGET',
        'DELEGATION_EPSILON_BUDGET',
        'DELEGATION_QUERIES',
      ]);
      assert.equal(await balanceOf(ledger, 'member:chain'), '3000');
    },
  },
  {
    name: 'is for its agent alone, and quotes and simulates on the principal’s account',
    async run(ledger) {
      await openChain(ledger);
      await grant(ledger, { agentId: 'chain-2' });
      const request = sampleQuery('one', under);
      const record = await ask(ledger, request);
      assert.deepEqual(refusals(record), ['DELEGATION_NOT_YOURS']);
      const quote = await ledger.evaluate('chain-2', 'query', 'quote', request);
      assert.equal((quote as { verdict: { allowed: boolean } }).verdict.allowed, true);
      await requireRefusal(
        ask(ledger, sampleQuery('two', { delegationId: sampleId('none') })),
        'DELEGATION_NOT_FOUND',
      );
    },
  },
  {
    name: 'stops what its agent runs when it is revoked, and gives everything back',
    async run(ledger) {
      await openChain(ledger);
      await grant(ledger, {});
      const query = await ask(ledger, sampleQuery('one', under));
      for (const index of [1, 2, 3]) await blind(ledger, query, index);
      await revoke(ledger);
      await requireRefusal(release(ledger, query, { index: 1 }), 'DELEGATION_REVOKED');
      await ledger.submit('gateway', 'query', 'expire', { queryId: query.queryId });
      assert.equal((await readQuery(ledger, query)).status, 'failed');
      assert.equal(await balanceOf(ledger, 'member:chain'), '5000');
      assert.equal(await balanceOf(ledger, 'member:analyst'), '100000');
      assert.deepEqual((await readState(ledger)).use, { ...under, ...used('0', 0, 0) });
      const next = await ask(ledger, sampleQuery('two', under));
      assert.deepEqual(refusals(next), ['DELEGATION_REVOKED']);
    },
  },
  {
    name: 'lets one of two queries at once take the last that is left',
    async run(ledger) {
      await openChain(ledger);
      await grant(ledger, { maxQueries: 1 });
      const requests = ['one', 'two'].map((name) => sampleQuery(name, under));
      const records = await askAtOnce(ledger, requests);
      assert.deepEqual(records.map(({ status }) => status).sort(), ['authorised', 'refused']);
      const refused = records.find(({ status }) => status === 'refused');
      assert.ok(refused !== undefined);
      assert.deepEqual(refusals(refused), ['DELEGATION_QUERIES']);
      assert.deepEqual((await readState(ledger)).use, { ...under, ...used('1000', 1_000_000, 1) });
      assert.equal(await balanceOf(ledger, 'member:chain'), '4000');
    },
  },
];

/** The market with two more analysts; `chain` has money. */
async function openChain(ledger: TestLedger): Promise<void> {
  await openMarket(ledger);
  for (const name of ['chain', 'chain-2']) {
    const identity = await ledger.identity(name, 'MerchantsMSP');
    const registration = sampleRegistration(name, ['analyst'], identity);
    await ledger.submit('operator', 'member', 'register', registration);
  }
  await deposit(ledger, 'chain', '5000');
}

/** Two queries of the sample kind and a little more. */
function sampleTerms(
  ledger: TestLedger,
  changes: Partial<Record<keyof DelegationTerms, unknown>> = {},
): DelegationTerms {
  return delegationTermsSchema.parse({
    format: 'veilsum-delegation/1',
    delegationId: DELEGATION_ID,
    agentId: 'analyst',
    purposes: ['ServiceOptimisation'],
    maxPricePerQuery: '1000',
    moneyBudget: '2500',
    epsilonPerQueryMicro: 1_500_000,
    epsilonBudgetMicro: 2_500_000,
    maxQueries: 2,
    notBefore: ledger.now() - 86_400_000,
    notAfter: ledger.now() + 86_400_000,
    ...changes,
  });
}

function grant(
  ledger: TestLedger,
  changes: Partial<Record<keyof DelegationTerms, unknown>>,
): Promise<unknown> {
  return ledger.submit('chain', 'delegation', 'grant', sampleTerms(ledger, changes));
}

const revoke = (ledger: TestLedger, as = 'chain') =>
  ledger.submit(as, 'delegation', 'revoke', under);

async function readState(ledger: TestLedger) {
  return delegationStateSchema.parse(await ledger.evaluate('auditor', 'delegation', 'read', under));
}

const used = (
  money: string,
  epsilonMicro: number,
  queries: number,
): Omit<DelegationUse, 'delegationId'> => ({ money, epsilonMicro, queries });

function refusals({ verdict }: QueryRecord): (string | undefined)[] {
  return verdict.trace.filter(({ passed }) => !passed).map(({ code }) => code);
}
