import type { Role } from '@veilsum/protocol';
import {
  committeeKeyApprovals,
  memberApprovals,
  ruleApprovals,
  standardApprovals,
  type ApprovalDecision,
  type ApprovalFacts,
} from './approval-needs.js';

const mspRoles: Readonly<Record<string, Role[]>> = {
  Association: ['operator', 'keyholder'],
  Banks: ['finance', 'keyholder'],
  Carriers: ['logistics', 'keyholder'],
  Regulator: ['regulator', 'auditor'],
  Shops: ['merchant', 'keyholder'],
};

const facts = (...represented: string[]): ApprovalFacts => ({
  consortium: { mspRoles: { ...mspRoles } },
  represented,
});

/** `A B + 1 of C D` */
function shown({ needs, outcome }: ApprovalDecision): string {
  if (needs === undefined) return `${outcome.code}: ${outcome.sentence}`;
  const { all, some } = needs;
  return `${all.join(' ')} + ${some.n} of ${some.of.join(' ')}`.trim();
}

const everyone = facts('Shops', 'Regulator', 'Association', 'Carriers', 'Banks', 'Shops');
const pair = facts('Association', 'Banks');

describe('who approves a standard', () => {
  it.each(['general', 'core'] as const)(
    'the operators and one other, when %s',
    (classification) => {
      expect(shown(standardApprovals(everyone, { classification }))).toBe(
        'Association + 1 of Banks Carriers Regulator Shops',
      );
    },
  );

  it('the regulators too, when important, and then nobody else', () => {
    expect(shown(standardApprovals(everyone, { classification: 'important' }))).toBe(
      'Association Regulator + 0 of',
    );
  });

  it('nobody, when important and no regulator is represented', () => {
    expect(shown(standardApprovals(pair, { classification: 'important' }))).toMatch(
      /^APPROVERS_MISSING: .*important.*regulator/,
    );
    expect(shown(standardApprovals(pair, { classification: 'general' }))).toBe(
      'Association + 1 of Banks',
    );
  });

  it('another organisation, when the operator is the regulator as well', () => {
    const consortium = { mspRoles: { State: ['operator', 'regulator'] as Role[], Shops: [] } };
    const both = { consortium, represented: ['State', 'Shops'] };
    expect(shown(standardApprovals(both, { classification: 'important' }))).toBe(
      'State + 1 of Shops',
    );
  });
});

describe('who approves a change of the rules', () => {
  it('operators, regulators and others up to a majority', () => {
    expect(shown(ruleApprovals(everyone))).toBe(
      'Association Regulator + 1 of Banks Carriers Shops',
    );
    expect(shown(ruleApprovals(facts('Association', 'Regulator', 'Banks')))).toBe(
      'Association Regulator + 0 of',
    );
  });

  it('counts only organisations that are represented and belong to the consortium', () => {
    expect(shown(ruleApprovals(facts('Association', 'Banks', 'Strangers')))).toBe(
      'Association + 1 of Banks',
    );
    expect(shown(ruleApprovals(facts('Association', 'Banks', 'Shops', 'Carriers')))).toBe(
      'Association + 2 of Banks Carriers Shops',
    );
  });

  it('nobody, where one organisation alone is represented, or none', () => {
    expect(shown(ruleApprovals(facts('Association', 'Association')))).toMatch(
      /^APPROVERS_MISSING: .*only Association has/,
    );
    expect(shown(ruleApprovals(facts()))).toMatch(/^APPROVERS_MISSING: .*only no organisation/);
  });

  it('nobody, where no operator is represented', () => {
    expect(shown(ruleApprovals(facts('Banks', 'Shops')))).toMatch(/^APPROVERS_MISSING: .*operator/);
    expect(shown(memberApprovals(facts('Banks', 'Shops')))).toMatch(/operator/);
  });

  it('says which rule it was, with what it looked at', () => {
    const { outcome, changesRules } = ruleApprovals(pair);
    expect(outcome).toMatchObject({
      rule: 'approval-rules',
      version: 1,
      passed: true,
      inputs: { organisations: 'Association Banks', all: 'Association', further: '1' },
    });
    expect(changesRules).toBe(true);
    expect(ruleApprovals(facts('Association')).changesRules).toBe(true);
  });
});

describe('who approves a committee key', () => {
  it('the operators and a majority of the keyholders, the operators counted among them', () => {
    const holders = ['Association', 'Banks', 'Shops'];
    expect(shown(committeeKeyApprovals(everyone, holders))).toBe('Association + 1 of Banks Shops');
    expect(shown(committeeKeyApprovals(everyone, ['Banks', 'Carriers', 'Shops']))).toBe(
      'Association + 2 of Banks Carriers Shops',
    );
    const five = [...holders, 'Carriers', 'Regulator'];
    expect(shown(committeeKeyApprovals(everyone, five))).toBe(
      'Association + 2 of Banks Carriers Regulator Shops',
    );
  });

  it('in any case one other than the operators', () => {
    expect(shown(committeeKeyApprovals(everyone, ['Association', 'Banks']))).toBe(
      'Association + 1 of Banks',
    );
    expect(shown(committeeKeyApprovals(everyone, ['Association']))).toBe(
      'Association + 1 of Banks Carriers Regulator Shops',
    );
  });

  it('counts an organisation of keyholders once, and only while it is represented', () => {
    expect(shown(committeeKeyApprovals(everyone, ['Banks', 'Banks', 'Banks']))).toBe(
      'Association + 1 of Banks',
    );
    expect(shown(committeeKeyApprovals(pair, ['Banks', 'Shops', 'Carriers']))).toBe(
      'Association + 1 of Banks',
    );
    expect(shown(committeeKeyApprovals(pair, ['Shops', 'Carriers']))).toBe(
      'Association + 1 of Banks',
    );
  });
});

describe('who approves members without power over the rules', () => {
  it('the operators and one other; it changes no rules', () => {
    const decision = memberApprovals(everyone);
    expect(shown(decision)).toBe('Association + 1 of Banks Carriers Regulator Shops');
    expect(decision.changesRules).toBe(false);
    expect(memberApprovals(facts('Association')).needs).toBeUndefined();
  });
});
