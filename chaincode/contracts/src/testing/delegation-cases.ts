import type { DelegationUse, QueryRecord } from '@veilsum/protocol';
import assert from 'node:assert/strict';
import { askAtOnce } from './asking-at-once.js';
import {
  grantDelegation,
  openDelegation,
  readDelegation,
  revokeDelegation,
  sampleDelegationTerms,
  under,
} from './sample-delegation.js';
import { sampleId } from './sample-objects.js';
import {
  ask,
  balanceOf,
  blind,
  readQuery,
  release,
  releaseQuery,
  sampleQuery,
} from './sample-query.js';
import { requireRefusal, type ContractCase } from './test-ledger.js';

/** Delegations: an agent asks at its principal's expense, within limits and until it is revoked. */
export const delegationCases: ContractCase[] = [
  {
    name: 'takes terms once, from a member who names an analyst, and ends by its principal alone',
    async run(ledger) {
      await openDelegation(ledger);
      const terms = sampleDelegationTerms(ledger);
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
        grantDelegation(ledger, { delegationId: sampleId('other'), agentId: 'merchant-1' }),
        'DELEGATION_INVALID',
        /no analyst/,
      );
      await requireRefusal(revokeDelegation(ledger, 'analyst'), 'FORBIDDEN');
      await revokeDelegation(ledger);
      await revokeDelegation(ledger);
      const { delegation, use } = await readDelegation(ledger);
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
      await openDelegation(ledger);
      await grantDelegation(ledger, {});
      const first = await ask(ledger, sampleQuery('first', under));
      assert.equal(first.status, 'authorised', JSON.stringify(refusals(first)));
      assert.equal(first.payerId, 'chain');
      assert.equal(first.plan?.analyst, 'analyst');
      assert.equal(await balanceOf(ledger, 'member:analyst'), '100000');
      assert.equal(await balanceOf(ledger, 'member:chain'), '4000');
      assert.deepEqual((await readDelegation(ledger)).use, {
        ...under,
        ...used('1000', 1_000_000, 1),
      });
      const { queryId } = await releaseQuery(ledger, first);
      await ledger.submit('analyst', 'query', 'accept', { queryId });
      assert.equal((await readDelegation(ledger)).use.money, '1000');
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
      await openDelegation(ledger);
      await grantDelegation(ledger, { agentId: 'chain-2' });
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
      await openDelegation(ledger);
      await grantDelegation(ledger, {});
      const query = await ask(ledger, sampleQuery('one', under));
      for (const index of [1, 2, 3]) await blind(ledger, query, index);
      await revokeDelegation(ledger);
      await requireRefusal(release(ledger, query, { index: 1 }), 'DELEGATION_REVOKED');
      await ledger.submit('gateway', 'query', 'expire', { queryId: query.queryId });
      assert.equal((await readQuery(ledger, query)).status, 'failed');
      assert.equal(await balanceOf(ledger, 'member:chain'), '5000');
      assert.equal(await balanceOf(ledger, 'member:analyst'), '100000');
      assert.deepEqual((await readDelegation(ledger)).use, { ...under, ...used('0', 0, 0) });
      const next = await ask(ledger, sampleQuery('two', under));
      assert.deepEqual(refusals(next), ['DELEGATION_REVOKED']);
    },
  },
  {
    name: 'lets one of two queries at once take the last that is left',
    async run(ledger) {
      await openDelegation(ledger);
      await grantDelegation(ledger, { maxQueries: 1 });
      const requests = ['one', 'two'].map((name) => sampleQuery(name, under));
      const records = await askAtOnce(ledger, requests);
      assert.deepEqual(records.map(({ status }) => status).sort(), ['authorised', 'refused']);
      const refused = records.find(({ status }) => status === 'refused');
      assert.ok(refused !== undefined);
      assert.deepEqual(refusals(refused), ['DELEGATION_QUERIES']);
      assert.deepEqual((await readDelegation(ledger)).use, {
        ...under,
        ...used('1000', 1_000_000, 1),
      });
      assert.equal(await balanceOf(ledger, 'member:chain'), '4000');
    },
  },
];

const used = (
  money: string,
  epsilonMicro: number,
  queries: number,
): Omit<DelegationUse, 'delegationId'> => ({ money, epsilonMicro, queries });

function refusals({ verdict }: QueryRecord): (string | undefined)[] {
  return verdict.trace.filter(({ passed }) => !passed).map(({ code }) => code);
}
