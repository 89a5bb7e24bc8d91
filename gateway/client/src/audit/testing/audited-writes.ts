import type { AuditRule } from '../audit-rule.js';
import type { AuditedTransaction } from '../ledger-history.js';
import { LedgerState } from '../ledger-state.js';

/** What one transaction wrote, as unit tests of audit rules say it. */
export type Write = [parts: [string, ...string[]], value: object | null];

export const NOW = 1_000_000;

function transactionOf(writes: readonly Write[], by = 'regulator', at = NOW): AuditedTransaction {
  return {
    transactionId: 't1',
    blockNumber: 9,
    call: 'some:call',
    timestampMs: at,
    fingerprint: `print-${by}`,
    mspId: `${by}-msp`,
    argument: '{}',
    changes: writes.map(([[type, ...parts], value]) => ({ type, parts, value })),
  };
}

/** People whom the rules look up. */
const people: Write[] = (
  [
    ['operator', ['operator'], 'large'],
    ['regulator', ['regulator'], 'large'],
    ['auditor', ['auditor'], 'large'],
    ['agent', ['analyst'], 'large'],
    ['shop', ['merchant'], 'small'],
    ['chain', ['merchant', 'analyst'], 'large'],
  ] as const
).flatMap(([memberId, roles, size]): Write[] => [
  [['member', memberId], { memberId, roles, size, legalEntityId: `entity-${memberId}` }],
  [['certificate', `print-${memberId}`], { memberId, status: 'active' }],
]);

function stateWith(writes: readonly Write[]): LedgerState {
  const state = new LedgerState();
  state.apply(transactionOf([...people, ...writes]));
  return state;
}

/** What a rule finds in one transaction after others. */
export const found = (
  rule: AuditRule,
  before: readonly Write[],
  now: readonly Write[],
  [by, at]: [by?: string, at?: number] = [],
) => rule.observe?.(transactionOf(now, by, at), stateWith(before)) ?? [];

/** A query of chain that its transaction authorises. */
export const query = (change: object = {}): Write => [
  ['query', 'q'],
  {
    queryId: 'q',
    analystId: 'chain',
    status: 'authorised',
    chargedEpsilonMicro: 5,
    request: { productId: 'sales', productVersion: 1, purpose: 'Marketing' },
    plan: { rulebookVersion: 0, epsilonMicro: 5, keyId: 'k' },
    ...change,
  },
];
