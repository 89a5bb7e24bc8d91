import { roleSchema, type Member, type Role } from '@veilsum/protocol';
import { refusalLines } from '../../../../test/fakes/refusal-lines.js';
import { checkOrganisationRoles, isAdmitted } from './organisation-roles.js';

const consortium = {
  mspRoles: {
    AssociationMSP: ['operator'] as Role[],
    MerchantsMSP: ['merchant', 'analyst'] as Role[],
  },
};

const memberOf = (mspId: string, roles: Role[], status: Member['status'] = 'active') =>
  ({ memberId: `member-of-${mspId}`, mspId, roles, status }) as Member;

const failures = (mspId: string, roles: readonly string[], members: Member[] = []) =>
  checkOrganisationRoles({ mspId, roles }, { consortium, members })
    .trace.filter(({ passed }) => !passed)
    .map(({ rule, code }) => [rule, code]);

describe('the roles of an organisation', () => {
  it('may be any, of a new one and of one that is there', () => {
    expect(failures('LogisticsMSP', roleSchema.options)).toEqual([]);
    expect(failures('MerchantsMSP', ['logistics'])).toEqual([]);
    expect(failures('constructor', ['merchant'])).toEqual([]);
  });

  it.each<[string, string[]]>([
    ['none', []],
    ['an unknown one', ['logistics', 'emperor']],
    ['one that every object has', ['constructor']],
    ['one twice', ['logistics', 'logistics']],
  ])('are not %s', (_what, roles) => {
    expect(failures('LogisticsMSP', roles)).toEqual([['organisation-roles', 'INVALID_ARGUMENT']]);
  });

  it('leave somebody who may be operator', () => {
    expect(failures('AssociationMSP', ['gateway'])).toEqual([
      ['organisation-operator', 'INVALID_ARGUMENT'],
    ]);
    expect(failures('AssociationMSP', ['gateway', 'operator'])).toEqual([]);
  });

  it('are not taken away from under a member', () => {
    const merchant = memberOf('MerchantsMSP', ['merchant', 'analyst']);
    const elsewhere = memberOf('AssociationMSP', ['operator']);
    expect(failures('MerchantsMSP', ['analyst'], [elsewhere, merchant])).toEqual([
      ['organisation-members', 'INVALID_STATE'],
    ]);
    expect(failures('MerchantsMSP', ['analyst', 'merchant', 'finance'], [merchant])).toEqual([]);
    const suspended = memberOf('MerchantsMSP', ['merchant'], 'suspended');
    expect(failures('MerchantsMSP', ['analyst'], [suspended])).toHaveLength(1);
    const gone = memberOf('MerchantsMSP', ['merchant'], 'left');
    expect(failures('MerchantsMSP', ['analyst'], [gone])).toEqual([]);
    const verdict = checkOrganisationRoles(
      { mspId: 'MerchantsMSP', roles: ['finance', 'analyst'] },
      { consortium, members: [merchant] },
    );
    expect(verdict.trace.at(-1)?.sentence).toContain(
      'member-of-MerchantsMSP of MerchantsMSP is merchant;',
    );
  });

  it('are known when they were agreed before', () => {
    const isThere = (mspId: string, roles: string[]) => isAdmitted({ mspId, roles }, consortium);
    expect(isThere('MerchantsMSP', ['analyst', 'merchant'])).toBe(true);
    expect(isThere('MerchantsMSP', ['merchant'])).toBe(false);
    expect(isThere('LogisticsMSP', ['merchant'])).toBe(false);
    expect(isThere('constructor', [])).toBe(false);
  });
});

describe('what a refused organisation is told', () => {
  const lines = (mspId: string, roles: readonly string[], members: Member[] = []) =>
    refusalLines(checkOrganisationRoles({ mspId, roles }, { consortium, members }));

  it.each<[string, string, string[]]>([
    ['roles must name a role', 'LogisticsMSP', []],
    ['roles has logistics twice', 'LogisticsMSP', ['logistics', 'logistics']],
    ['There is no role emperor; known: operator, ', 'LogisticsMSP', ['emperor']],
    ['nobody could be operator any more', 'AssociationMSP', ['gateway']],
  ])('%s', (words, mspId, roles) => {
    expect(lines(mspId, roles)).toEqual([expect.stringContaining(words)]);
  });

  it('is held against its name and its roles in order', () => {
    const { trace } = checkOrganisationRoles(
      { mspId: 'LogisticsMSP', roles: ['merchant', 'analyst'] },
      { consortium, members: [] },
    );
    for (const { inputs } of trace) {
      expect(inputs).toEqual({ mspId: 'LogisticsMSP', roles: 'analyst merchant' });
    }
  });

  it('is known in whatever order its roles are given', () => {
    const admitted = (roles: string[]) => isAdmitted({ mspId: 'MerchantsMSP', roles }, consortium);
    expect(admitted(['merchant', 'analyst'])).toBe(true);
    expect(admitted(['analyst', 'merchant', 'merchant'])).toBe(false);
  });
});
