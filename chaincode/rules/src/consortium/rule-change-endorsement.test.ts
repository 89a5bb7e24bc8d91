import type { Role } from '@veilsum/protocol';
import fc from 'fast-check';
import { ruleChangeEndorsement, type EndorsementPolicy } from './rule-change-endorsement.js';

/** Whether peers of these organisations satisfy a policy: the meaning, apart from any encoding. */
function isSatisfied(policy: EndorsementPolicy, signers: ReadonlySet<string>): boolean {
  if (policy.kind === 'signedBy') return signers.has(policy.mspId);
  return policy.of.filter((rule) => isSatisfied(rule, signers)).length >= policy.n;
}

function leaves(policy: EndorsementPolicy): string[] {
  return policy.kind === 'signedBy' ? [policy.mspId] : policy.of.flatMap(leaves);
}

const four: Record<string, Role[]> = {
  AssociationMSP: ['operator', 'gateway'],
  PlatformMSP: ['platform'],
  MerchantsMSP: ['merchant', 'analyst'],
  RegulatorMSP: ['regulator', 'keyholder'],
};

describe('who must endorse a change of the rules', () => {
  const { policy, trace } = ruleChangeEndorsement({ mspRoles: four });

  it.each([
    [['AssociationMSP', 'RegulatorMSP', 'PlatformMSP'], true],
    [['AssociationMSP', 'RegulatorMSP', 'MerchantsMSP'], true],
    [['AssociationMSP', 'RegulatorMSP'], false],
    [['AssociationMSP', 'PlatformMSP', 'MerchantsMSP'], false],
    [['RegulatorMSP', 'PlatformMSP', 'MerchantsMSP'], false],
  ])('%s: %s', (signers, satisfied) => {
    expect(isSatisfied(policy, new Set(signers))).toBe(satisfied);
  });

  it('says why', () => {
    expect(trace).toHaveLength(1);
    expect(trace[0]).toMatchObject({
      rule: 'rule-change-endorsement',
      version: 1,
      sentence: expect.stringContaining('others up to a majority') as string,
    });
    expect(trace[0]?.inputs).toEqual({
      organisations: 'AssociationMSP MerchantsMSP PlatformMSP RegulatorMSP',
      always: 'AssociationMSP RegulatorMSP',
      majority: '3',
      further: '1',
    });
  });

  it('asks for some of the others where that makes the majority', () => {
    expect(policy).toMatchObject({ of: [{}, {}, { kind: 'outOf', n: 1 }] });
  });

  it('needs nobody further when those who must are a majority already', () => {
    const made = ruleChangeEndorsement({
      mspRoles: { AMSP: ['operator'], BMSP: ['regulator'], CMSP: [] },
    });
    expect(made.policy).toEqual({
      kind: 'outOf',
      n: 2,
      of: [
        { kind: 'signedBy', mspId: 'AMSP' },
        { kind: 'signedBy', mspId: 'BMSP' },
      ],
    });
  });

  it('is a majority with all operators and regulators, for any consortium and any signers', () => {
    const roles = fc.subarray<Role>(['operator', 'regulator', 'merchant', 'keyholder']);
    const consortia = fc.dictionary(fc.stringMatching(/^[A-Z]{1,3}MSP$/), roles, {
      minKeys: 1,
      maxKeys: 7,
    });
    const cases = consortia.chain((mspRoles) =>
      fc.record({
        mspRoles: fc.constant(mspRoles),
        signers: fc.subarray(Object.keys(mspRoles)),
      }),
    );
    fc.assert(
      fc.property(cases, ({ mspRoles, signers }) => {
        const made = ruleChangeEndorsement({ mspRoles }).policy;
        const organisations = Object.keys(mspRoles);
        const needed = organisations.filter((mspId) =>
          (mspRoles[mspId] ?? []).some((role) => ['operator', 'regulator'].includes(role)),
        );
        const expected =
          signers.length * 2 > organisations.length &&
          needed.every((mspId) => signers.includes(mspId));
        expect(isSatisfied(made, new Set(signers))).toBe(expected);
        expect(new Set(leaves(made)).size).toBe(leaves(made).length);
      }),
    );
  });
});
