import { roleSchema } from '@veilsum/protocol';
import { refusalLines } from '../../../../test/fakes/refusal-lines.js';
import { checkOrganisationAdmission, isAdmitted } from './organisation-admission.js';

const consortium = {
  mspRoles: {
    AssociationMSP: ['operator' as const],
    MerchantsMSP: ['merchant', 'analyst'] as const,
  },
} as unknown as Parameters<typeof isAdmitted>[1];

const failures = (mspId: string, roles: readonly string[]) =>
  checkOrganisationAdmission({ mspId, roles }, consortium)
    .trace.filter(({ passed }) => !passed)
    .map(({ rule, code }) => [rule, code]);

describe('the admission of an organisation', () => {
  it('takes a new one with any role but those that decide on the rules', () => {
    const roles = roleSchema.options.filter((role) => role !== 'operator' && role !== 'regulator');
    expect(failures('LogisticsMSP', roles)).toEqual([]);
    for (const role of ['operator', 'regulator']) {
      expect(failures('LogisticsMSP', ['logistics', role])).toEqual([
        ['organisation-decisive-roles', 'FORBIDDEN'],
      ]);
    }
  });

  it.each<[string, string[]]>([
    ['no role', []],
    ['an unknown role', ['logistics', 'emperor']],
    ['a role that every object has', ['constructor']],
    ['a role twice', ['logistics', 'logistics']],
  ])('refuses one with %s', (_what, roles) => {
    expect(failures('LogisticsMSP', roles)).toEqual([['organisation-roles', 'INVALID_ARGUMENT']]);
  });

  it('refuses one that is there', () => {
    expect(failures('MerchantsMSP', ['merchant'])).toEqual([
      ['organisation-new', 'ALREADY_EXISTS_WITH_DIFFERENT_CONTENT'],
    ]);
    expect(failures('constructor', ['merchant'])).toEqual([]);
  });

  it('knows one that was admitted so before', () => {
    const isThere = (mspId: string, roles: string[]) => isAdmitted({ mspId, roles }, consortium);
    expect(isThere('MerchantsMSP', ['analyst', 'merchant'])).toBe(true);
    expect(isThere('MerchantsMSP', ['merchant'])).toBe(false);
    expect(isThere('LogisticsMSP', ['merchant'])).toBe(false);
    expect(isThere('constructor', [])).toBe(false);
  });
});

describe('what a refused organisation is told', () => {
  const lines = (mspId: string, roles: readonly string[]) =>
    refusalLines(checkOrganisationAdmission({ mspId, roles }, consortium));

  it.each<[string, string, string[]]>([
    ['MerchantsMSP already, with the roles merchant, analyst;', 'MerchantsMSP', ['merchant']],
    ['roles must name a role', 'LogisticsMSP', []],
    ['roles has logistics twice', 'LogisticsMSP', ['logistics', 'logistics']],
    ['There is no role emperor; known: operator, ', 'LogisticsMSP', ['emperor']],
    ['LogisticsMSP cannot be given the role regulator', 'LogisticsMSP', ['regulator']],
  ])('%s', (words, mspId, roles) => {
    expect(lines(mspId, roles)).toEqual([expect.stringContaining(words)]);
  });

  it('is held against its name and its roles in order', () => {
    const { trace } = checkOrganisationAdmission(
      { mspId: 'LogisticsMSP', roles: ['merchant', 'analyst'] },
      consortium,
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
