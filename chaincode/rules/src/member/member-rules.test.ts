import {
  fingerprintSchema,
  memberIdSchema,
  roleSchema,
  type Member,
  type Role,
} from '@veilsum/protocol';
import { refusalLines } from '../../../../test/fakes/refusal-lines.js';
import { sampleConsortium, sampleHash } from '../../../contracts/src/testing/sample-objects.js';
import {
  checkCertificateAddition,
  checkCertificateRevocation,
  checkLoneGrant,
  checkProposedStatus,
  checkRoleChange,
  checkStatusChange,
} from './member-rules.js';
import { hasRulePower } from './rule-power.js';

const acme = memberIdSchema.parse('acme');
const failures = (verdict: {
  trace: readonly { passed: boolean; rule: string; code?: string | undefined }[];
}) => verdict.trace.filter(({ passed }) => !passed).map(({ rule, code }) => [rule, code]);

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

  it('asks others where the member has power over the rules, unless it leaves by itself', () => {
    for (const role of ['operator', 'keyholder', 'regulator', 'auditor'] as const) {
      const change = (status: Member['status'], caller: string) =>
        failures(
          checkStatusChange({
            member: member('active', ['merchant', role]),
            status,
            caller: { memberId: memberIdSchema.parse(caller), roles: ['operator'] },
            activeOperators: 2,
          }),
        );
      const refused = [['member-status-caller', 'PROPOSAL_REQUIRED']];
      expect(change('suspended', 'operator')).toEqual(refused);
      expect(change('left', 'operator')).toEqual(refused);
      expect(change('suspended', 'acme')).toEqual(refused);
      expect(change('left', 'acme')).toEqual([]);
    }
  });

  it('is proposed by anyone, within the same steps', () => {
    const proposed = (from: Member['status'], status: Member['status'], activeOperators = 2) =>
      failures(
        checkProposedStatus({ member: member(from, ['operator']), status, activeOperators }),
      );
    expect(proposed('active', 'suspended')).toEqual([]);
    expect(proposed('active', 'suspended', 1)).toEqual([['last-operator', 'INVALID_STATE']]);
    expect(proposed('left', 'active')).toEqual([['member-status-step', 'INVALID_STATE']]);
  });

  it('keeps the last active operator', () => {
    const change = (activeOperators: number, status: Member['status']) =>
      checkStatusChange({
        member: member(status, ['operator']),
        status: 'left',
        caller: { memberId: memberIdSchema.parse('acme'), roles: ['operator'] },
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

describe('what the operator does alone', () => {
  const alone = ['analyst', 'gateway'] as const;

  it('is letting in those who only ask or serve', () => {
    for (const role of roleSchema.options) {
      const expected = alone.some((other) => other === role)
        ? []
        : [['lone-grant', 'PROPOSAL_REQUIRED']];
      expect(failures(checkLoneGrant({ memberId: acme, roles: [role] }))).toEqual(expected);
    }
    expect(failures(checkLoneGrant({ memberId: acme, roles: [...alone] }))).toEqual([]);
    expect(checkLoneGrant({ memberId: acme, roles: ['analyst', 'finance'] })).toMatchObject({
      allowed: false,
      trace: [
        {
          sentence: expect.stringMatching(
            /acme.*finance.*proposal.*analyst and gateway/,
          ) as unknown,
        },
      ],
    });
  });

  it('is certifying them, while everyone certifies itself', () => {
    const check = (
      roles: Member['roles'],
      caller: { memberId: string; roles: Member['roles'] },
      status: Member['status'] = 'active',
    ) => failures(checkCertificateAddition({ memberId: acme, roles, status }, caller as never));
    const operator = { memberId: 'operator', roles: ['operator'] as Member['roles'] };
    expect(check(['analyst', 'gateway'], operator)).toEqual([]);
    for (const role of ['merchant', 'keyholder', 'regulator'] as const) {
      expect(check([role], operator)).toEqual([['certificate-lone', 'PROPOSAL_REQUIRED']]);
      expect(check([role], { memberId: 'acme', roles: [role] })).toEqual([]);
    }
    expect(check(['analyst'], { memberId: 'other', roles: ['regulator'] })).toEqual([
      ['certificate-caller', 'FORBIDDEN'],
    ]);
    expect(check(['analyst'], operator, 'left')).toEqual([['certificate-member', 'INVALID_STATE']]);
    expect(check(['analyst'], operator, 'suspended')).toEqual([]);
  });
});

describe('checkRoleChange', () => {
  const check = (
    from: { roles: Role[]; status?: Member['status'] },
    roles: Role[],
    activeOperators = 2,
  ) =>
    failures(
      checkRoleChange({
        member: {
          memberId: acme,
          mspId: 'AssociationMSP' as never,
          roles: from.roles,
          status: from.status ?? 'active',
        },
        roles,
        consortium: sampleConsortium(),
        activeOperators,
      }),
    );

  it('takes other roles that the organisation may hold', () => {
    expect(check({ roles: ['auditor'] }, ['gateway', 'auditor'])).toEqual([]);
    expect(check({ roles: ['auditor'] }, ['merchant'])).toEqual([['member-roles', 'FORBIDDEN']]);
    expect(check({ roles: ['auditor'] }, ['gateway', 'gateway'])).toEqual([
      ['member-roles', 'INVALID_ARGUMENT'],
    ]);
  });

  it('wants a change, of somebody who is there', () => {
    expect(check({ roles: ['auditor', 'gateway'] }, ['gateway', 'auditor'])).toEqual([
      ['member-roles-new', 'INVALID_STATE'],
    ]);
    expect(check({ roles: ['auditor'], status: 'left' }, ['gateway'])).toEqual([
      ['member-roles-new', 'INVALID_STATE'],
    ]);
  });

  it('keeps the last active operator', () => {
    expect(check({ roles: ['operator'] }, ['gateway'], 1)).toEqual([
      ['last-operator', 'INVALID_STATE'],
    ]);
    expect(check({ roles: ['operator'] }, ['gateway', 'operator'], 1)).toEqual([]);
    expect(check({ roles: ['operator'] }, ['gateway'], 2)).toEqual([]);
    expect(check({ roles: ['operator'], status: 'suspended' }, ['gateway'], 1)).toEqual([]);
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
