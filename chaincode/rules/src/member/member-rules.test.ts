import { fingerprintSchema, memberIdSchema, type Consortium, type Member } from '@veilsum/protocol';
import { refusalLines } from '../../../../test/fakes/refusal-lines.js';
import {
  sampleConsortium,
  sampleHash,
  sampleRegistration,
} from '../../../contracts/src/testing/sample-objects.js';
import {
  checkCertificateRevocation,
  checkConsortium,
  checkMemberRegistration,
  checkStatusChange,
  hasRulePower,
} from './member-rules.js';

const identity = { mspId: 'MerchantsMSP', fingerprint: sampleHash('certificate') };
const failures = (verdict: {
  trace: readonly { passed: boolean; rule: string; code?: string | undefined }[];
}) => verdict.trace.filter(({ passed }) => !passed).map(({ rule, code }) => [rule, code]);

describe('checkConsortium', () => {
  const check = (change: Partial<Consortium>) =>
    failures(checkConsortium(sampleConsortium(change)));

  it('wants a split of exactly the whole', () => {
    const split = sampleConsortium().split;
    expect(check({})).toEqual([]);
    for (const subsidyFundBps of [499, 501]) {
      expect(check({ split: { ...split, subsidyFundBps } })).toEqual([
        ['consortium-split', 'INVALID_ARGUMENT'],
      ]);
    }
  });

  it('wants an MSP for the operator and no role twice', () => {
    expect(check({ mspRoles: { MerchantsMSP: ['merchant'] } })).toEqual([
      ['consortium-roles', 'INVALID_ARGUMENT'],
    ]);
    expect(check({ mspRoles: { MerchantsMSP: ['operator', 'operator'] } })).toEqual([
      ['consortium-roles', 'INVALID_ARGUMENT'],
    ]);
  });
});

describe('checkMemberRegistration', () => {
  const registration = sampleRegistration('acme', ['merchant', 'analyst'], identity);
  const check = (change: Partial<typeof registration>) =>
    failures(checkMemberRegistration({ ...registration, ...change }, sampleConsortium()));

  it('accepts the roles that the MSP may hold', () => {
    expect(check({})).toEqual([]);
  });

  it('refuses a role or an MSP that the consortium does not list', () => {
    expect(check({ roles: ['merchant', 'operator'] })).toEqual([['member-roles', 'FORBIDDEN']]);
    expect(check({ mspId: 'PlatformMSP' as never })).toEqual([['member-roles', 'FORBIDDEN']]);
    expect(check({ mspId: 'toString' as never })).toEqual([['member-roles', 'FORBIDDEN']]);
    expect(check({ roles: ['merchant', 'merchant'] })).toEqual([
      ['member-roles', 'INVALID_ARGUMENT'],
    ]);
  });

  it('wants certificates, each once', () => {
    const [one] = registration.certificateFingerprints;
    expect(check({ certificateFingerprints: [] })).toEqual([
      ['member-certificates', 'INVALID_ARGUMENT'],
    ]);
    expect(check({ certificateFingerprints: [one, one] as never })).toEqual([
      ['member-certificates', 'INVALID_ARGUMENT'],
    ]);
  });

  it.each(['00'.repeat(32), '01'.padEnd(64, '0')])('refuses the weak box key %s', (key) => {
    expect(check({ boxPublicKey: key as never })).toEqual([['member-box-key', 'INVALID_ARGUMENT']]);
  });
});

describe('checkStatusChange', () => {
  const operator = { memberId: memberIdSchema.parse('operator'), roles: ['operator'] } as const;
  const member = (status: Member['status'], roles: Member['roles'] = ['merchant']) => ({
    memberId: memberIdSchema.parse('acme'),
    roles,
    status,
  });
  const allowed = (
    from: Member['status'],
    to: Member['status'],
    caller: Pick<Member, 'memberId' | 'roles'> = { ...operator, roles: [...operator.roles] },
  ) => checkStatusChange({ member: member(from), status: to, caller, activeOperators: 1 }).allowed;

  it('takes the steps of the operator and no others', () => {
    const statuses = ['pending', 'active', 'suspended', 'left'] as const;
    const steps = statuses.flatMap((from) =>
      statuses.filter((to) => allowed(from, to)).map((to) => `${from} ${to}`),
    );
    expect(steps).toEqual([
      'pending active',
      'pending left',
      'active suspended',
      'active left',
      'suspended active',
      'suspended left',
    ]);
  });

  it('lets a member do nothing but leave', () => {
    const self = { memberId: member('active').memberId, roles: ['merchant'] as Member['roles'] };
    const other = { ...self, memberId: memberIdSchema.parse('other') };
    expect(allowed('active', 'left', self)).toBe(true);
    expect(allowed('active', 'suspended', self)).toBe(false);
    expect(allowed('suspended', 'active', self)).toBe(false);
    expect(allowed('active', 'left', other)).toBe(false);
  });

  it('keeps the last active operator', () => {
    const change = (activeOperators: number, status: Member['status']) =>
      checkStatusChange({
        member: member(status, ['operator']),
        status: 'left',
        caller: { ...operator, roles: ['operator'] },
        activeOperators,
      }).allowed;
    expect(change(1, 'active')).toBe(false);
    expect(change(2, 'active')).toBe(true);
    expect(change(1, 'suspended')).toBe(true);
  });
});

describe('checkCertificateRevocation', () => {
  const first = fingerprintSchema.parse(sampleHash('first'));
  const second = fingerprintSchema.parse(sampleHash('second'));
  const check = (change: {
    readonly certificates?: readonly (typeof first)[];
    readonly roles?: Member['roles'];
    readonly caller?: string;
    readonly activeOperators?: number;
  }) =>
    failures(
      checkCertificateRevocation({
        member: {
          memberId: memberIdSchema.parse('acme'),
          roles: change.roles ?? ['merchant'],
          status: 'active',
          certificateFingerprints: [...(change.certificates ?? [first])],
        },
        fingerprint: first,
        caller: { memberId: memberIdSchema.parse(change.caller ?? 'acme'), roles: ['merchant'] },
        activeOperators: change.activeOperators ?? 1,
      }),
    );

  it('is for the member itself, and for certificates it has', () => {
    expect(check({})).toEqual([]);
    expect(check({ caller: 'other' })).toEqual([['certificate-caller', 'FORBIDDEN']]);
    expect(check({ certificates: [second] })).toEqual([['certificate-known', 'NOT_FOUND']]);
  });

  it('leaves the last operator one certificate', () => {
    expect(check({ roles: ['operator'] })).toEqual([['last-operator', 'INVALID_STATE']]);
    expect(check({ roles: ['operator'], certificates: [first, second] })).toEqual([]);
    expect(check({ roles: ['operator'], activeOperators: 2 })).toEqual([]);
  });
});

describe('power over the rules', () => {
  it.each([
    [['operator'], true],
    [['merchant', 'keyholder'], true],
    [['regulator'], true],
    [['auditor'], true],
    [['gateway'], false],
    [['merchant', 'analyst', 'platform', 'logistics', 'finance'], false],
    [[], false],
  ] as const)('of %j: %s', (roles, power) => {
    expect(hasRulePower({ roles: [...roles] })).toBe(power);
  });
});

describe('what members are told', () => {
  const registration = sampleRegistration('acme', ['merchant'], identity);
  const registered = (change: Partial<typeof registration>) =>
    refusalLines(checkMemberRegistration({ ...registration, ...change }, sampleConsortium()));
  const [one] = registration.certificateFingerprints;
  const founded = (change: Partial<Consortium>) =>
    refusalLines(checkConsortium(sampleConsortium(change)));

  it.each<[string, Partial<typeof registration>]>([
    ['roles has merchant twice', { roles: ['merchant', 'merchant'] }],
    ['does not let MerchantsMSP hold the role operator', { roles: ['operator'] }],
    ['does not let NobodyMSP hold the role merchant', { mspId: 'NobodyMSP' as never }],
    ['certificateFingerprints must name a certificate', { certificateFingerprints: [] }],
    ['certificateFingerprints has one twice', { certificateFingerprints: [one, one] as never }],
    ['boxPublicKey is a key that everybody can open', { boxPublicKey: '00'.repeat(32) as never }],
  ])('a registration: %s', (words, change) => {
    expect(registered(change)).toEqual([expect.stringContaining(words)]);
  });

  it('is held against the member and its organisation', () => {
    for (const { inputs } of checkMemberRegistration(registration, sampleConsortium()).trace) {
      expect(inputs).toEqual({ memberId: 'acme', mspId: 'MerchantsMSP' });
    }
  });

  it('a founder: what is wrong with split and roles', () => {
    const split = { ...sampleConsortium().split, subsidyFundBps: 501 };
    expect(founded({ split })).toEqual([expect.stringContaining('add up to 10001, not to 10000')]);
    const twice = { OneMSP: ['operator'], TwoMSP: ['merchant', 'merchant'] } as never;
    expect(founded({ mspRoles: twice })).toEqual([
      expect.stringContaining('mspRoles has a role twice'),
    ]);
    const headless = { OneMSP: ['merchant'] } as never;
    expect(founded({ mspRoles: headless })).toEqual([
      expect.stringContaining('lets nobody hold the role operator'),
    ]);
  });

  it('why a status stays as it is', () => {
    const memberId = memberIdSchema.parse('acme');
    const verdict = checkStatusChange({
      member: { memberId, roles: ['operator'], status: 'active' },
      status: 'pending',
      caller: { memberId, roles: ['merchant'] },
      activeOperators: 1,
    });
    expect(refusalLines(verdict)).toEqual([
      expect.stringMatching(/^member-status-caller FORBIDDEN: Only the operator .*itself leave/),
      'member-status-step INVALID_STATE: A member that is active cannot become pending.',
      expect.stringMatching(/^last-operator INVALID_STATE: .*enrol another operator first/),
    ]);
    for (const { inputs } of verdict.trace) {
      expect(inputs).toEqual({ memberId: 'acme', from: 'active', to: 'pending' });
    }
  });

  it('why a certificate keeps its power', () => {
    const fingerprint = fingerprintSchema.parse(sampleHash('one'));
    const revoked = (
      roles: Member['roles'],
      certificateFingerprints: Member['certificateFingerprints'],
    ) =>
      checkCertificateRevocation({
        member: {
          memberId: memberIdSchema.parse('acme'),
          roles: ['merchant'],
          status: 'active',
          certificateFingerprints,
        },
        fingerprint,
        caller: { memberId: memberIdSchema.parse('other'), roles },
        activeOperators: 1,
      });
    expect(refusalLines(revoked(['merchant'], []))).toEqual([
      expect.stringMatching(/^certificate-caller FORBIDDEN: .*operator and the member itself/),
      'certificate-known NOT_FOUND: The member has no such certificate.',
    ]);
    expect(revoked(['operator'], [fingerprint]).allowed).toBe(true);
    for (const { inputs } of revoked([], []).trace) {
      expect(inputs).toEqual({ memberId: 'acme', fingerprint });
    }
  });
});
