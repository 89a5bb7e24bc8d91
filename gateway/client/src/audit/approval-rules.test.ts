import type { Consortium } from '@veilsum/protocol';
import { approvals } from './approval-rules.js';
import type { AuditedTransaction } from './ledger-history.js';
import { LedgerState } from './ledger-state.js';

const mspRoles = {
  Association: ['operator', 'keyholder'],
  Banks: ['keyholder'],
  Carriers: ['keyholder'],
  Regulator: ['regulator'],
  Shops: ['merchant', 'analyst', 'gateway', 'keyholder'],
} as unknown as Consortium['mspRoles'];

const member = (memberId: string, mspId: string, roles: string[], change: object = {}) => ({
  memberId,
  mspId,
  roles,
  status: 'active',
  certificateFingerprints: [`print of ${memberId}`],
  ...change,
});

/** One speaker for each organisation, and an analyst. */
const people = [
  member('association', 'Association', ['operator']),
  member('banks', 'Banks', ['keyholder']),
  member('carriers', 'Carriers', ['keyholder']),
  member('regulator', 'Regulator', ['regulator']),
  member('shop', 'Shops', ['merchant']),
  member('analyst', 'Shops', ['analyst']),
];

type Write = readonly [type: string, key: string, value: unknown];

function transactionOf(
  writes: readonly Write[],
  [call = 'proposal:approve', signer = 'regulator'] = [] as string[],
): AuditedTransaction {
  return {
    transactionId: 'last',
    blockNumber: 1,
    call,
    timestampMs: 1000,
    fingerprint: `print of ${signer}`,
    mspId: 'Any',
    argument: '{}',
    changes: writes.map(([type, key, value]) => ({ type, parts: [key], value })),
  };
}

function stateOf(writes: readonly Write[]): LedgerState {
  const state = new LedgerState();
  const known = people.flatMap((one): Write[] => [
    ['member', one.memberId, one],
    ['certificate', `print of ${one.memberId}`, { memberId: one.memberId, status: 'active' }],
  ]);
  state.apply(transactionOf([['consortium', '', { mspRoles }], ...known, ...writes]));
  return state;
}

const observe = (before: readonly Write[], now: readonly Write[], how: string[] = []) =>
  (approvals.observe?.(transactionOf(now, how), stateOf(before)) ?? []).join(' ');

/** What is found where a change is adopted that these organisations approved. */
function adopting(
  kind: string,
  content: object,
  approvers: readonly string[],
  { before = [], now = [] }: { before?: readonly Write[]; now?: readonly Write[] } = {},
): string {
  const votes = approvers.map((mspId) => ({ mspId, memberId: mspId.toLowerCase() }));
  const proposal = { proposalId: 'p', kind, approvals: votes, rejections: [] };
  return observe(
    [
      ['proposal', 'p', { ...proposal, status: 'open' }],
      ['proposedChange', 'p', { kind, content }],
      ...before,
    ],
    [['proposal', 'p', { ...proposal, status: 'adopted' }], ...now],
  );
}

describe('the audit of approvals', () => {
  const everyone = ['Association', 'Banks', 'Regulator'];

  it.each<[string, object, string[], RegExp | '']>([
    ['standard', { classification: 'general' }, ['Association', 'Banks'], ''],
    ['standard', { classification: 'general' }, ['Banks', 'Carriers'], /without Association/],
    ['standard', { classification: 'general' }, ['Association'], /by one organisation/],
    ['standard', { classification: 'general' }, ['Association', 'Shops'], /by one organisation/],
    ['standard', { classification: 'important' }, ['Association', 'Banks'], /without Regulator/],
    ['standard', { classification: 'important' }, ['Association', 'Regulator'], ''],
    ['rulebook', {}, everyone, ''],
    ['rulebook', {}, ['Association', 'Regulator'], /without a majority/],
    ['rewardScheme', {}, ['Association', 'Banks', 'Carriers'], /without Regulator/],
    ['organisation', { roles: ['merchant'] }, ['Association', 'Regulator'], /majority/],
    ['member', { registrations: [{ roles: ['merchant'] }] }, ['Association', 'Carriers'], ''],
    ['member', { registrations: [{ roles: ['auditor'] }] }, ['Association', 'Banks'], /Regulator/],
    ['memberRoles', { memberId: 'shop', roles: ['keyholder'] }, ['Association', 'Banks'], /Regul/],
    ['memberRoles', { memberId: 'banks', roles: ['finance'] }, ['Association', 'Banks'], /Regula/],
    ['memberStatus', { memberId: 'regulator' }, ['Association', 'Banks'], /without Regulator/],
    ['memberStatus', { memberId: 'regulator' }, everyone, ''],
    ['memberCertificate', { memberId: 'shop' }, ['Association', 'Banks'], ''],
  ])('%s %j by %j', (kind, content, approvers, problem) => {
    const found = adopting(kind, content, approvers);
    if (problem === '') expect(found).toBe('');
    else expect(found).toMatch(problem);
  });

  it('counts the organisations that hold the shares of a key', () => {
    const content = { keyholders: ['banks', 'carriers', 'association'] };
    expect(adopting('committeeKey', content, ['Association', 'Banks'])).toBe('');
    expect(adopting('committeeKey', content, ['Association', 'Regulator'])).toMatch(/majority/);
    const key: Write = ['committeeKey', 'k', content];
    const retiring = (approvers: string[]) =>
      adopting('committeeKeyRetirement', { keyId: 'k' }, approvers, { before: [key] });
    expect(retiring(['Association', 'Carriers'])).toBe('');
    expect(retiring(['Association', 'Regulator'])).toMatch(/majority/);
  });

  it('asks no regulator to certify who has no certificate left itself', () => {
    const lost = { before: [written(member('regulator', 'Regulator', ['regulator'], NONE))] };
    const content = { memberId: 'regulator' };
    const others = ['Association', 'Banks'];
    expect(adopting('memberCertificate', content, others, lost)).toBe('');
    expect(adopting('memberStatus', content, others, lost)).toMatch(/without Regulator/);
  });

  it.each<[string, string]>([
    ['analyst', 'Shops'],
    ['shop', 'Shops'],
    ['banks', 'Carriers'],
    ['nobody', 'Banks'],
  ])('lets %s not speak for %s', (memberId, mspId) => {
    const votes = [{ memberId, mspId, transactionId: 'last' }];
    const proposal = { proposalId: 'p', approvals: votes, rejections: [], status: 'open' };
    expect(observe([], [['proposal', 'p', proposal]])).toMatch(/may not/);
  });
});

const NONE = { certificateFingerprints: [] };
const written = (one: ReturnType<typeof member>): Write => ['member', one.memberId, one];

describe('the audit of what came without a proposal', () => {
  it('finds standards, keys and organisations', () => {
    for (const type of ['product', 'committeeKey', 'consortium']) {
      expect(observe([], [[type, 'x', {}]], ['query:request'])).toMatch(/without a proposal/);
    }
    const now: Write[] = [['product', 'x', {}]];
    expect(adopting('standard', {}, ['Association', 'Banks'], { now })).toBe('');
    expect(
      adopting('memberStatus', { memberId: 'shop' }, ['Association', 'Banks'], { now }),
    ).toMatch(/without a proposal/);
  });

  it('finds members, but lets analysts and gateways be', () => {
    const register = (roles: string[]) =>
      observe([], [written(member('new', 'Shops', roles))], ['member:register', 'association']);
    expect(register(['analyst', 'gateway'])).toBe('');
    expect(register(['analyst', 'merchant'])).toMatch(/became analyst, merchant/);
  });

  it('finds roles, statuses and certificates that somebody else gave', () => {
    const regulator = (change: object) =>
      written(member('regulator', 'Regulator', ['regulator'], change));
    const by = (signer: string, change: object, call = 'member:setStatus') =>
      observe([], [regulator(change)], [call, signer]);
    expect(by('association', { status: 'suspended' })).toMatch(/another status/);
    expect(by('regulator', { status: 'left' })).toBe('');
    expect(by('association', { status: 'suspended' }, 'incident:escalate')).toBe('');
    expect(by('association', { roles: ['analyst'] })).toMatch(/other roles/);
    const more = { certificateFingerprints: ['print of regulator', 'another'] };
    expect(by('association', more, 'member:addCertificate')).toMatch(/a certificate/);
    expect(by('regulator', more, 'member:addCertificate')).toBe('');
    expect(by('association', NONE, 'member:revokeCertificate')).toBe('');
    const suspended = written(member('shop', 'Shops', ['merchant'], { status: 'suspended' }));
    expect(observe([], [suspended], ['member:setStatus', 'association'])).toBe('');
  });

  it('finds a founding by one organisation', () => {
    const found = (...names: string[]) =>
      observe([], people.filter(({ memberId }) => names.includes(memberId)).map(written), [
        'consortium:initialize',
      ]);
    expect(found('association', 'banks')).toBe('');
    expect(found('association', 'shop')).toMatch(/one organisation/);
  });
});
