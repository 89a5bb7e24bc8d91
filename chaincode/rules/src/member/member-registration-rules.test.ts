import type { Consortium, Role } from '@veilsum/protocol';
import { refusalLines } from '../../../../test/fakes/refusal-lines.js';
import {
  sampleConsortium,
  sampleHash,
  sampleRegistration,
} from '../../../contracts/src/testing/sample-objects.js';
import {
  checkConsortium,
  checkFounders,
  checkMemberRegistration,
} from './member-registration-rules.js';

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

describe('the founders of a consortium', () => {
  const founder = (memberId: string, role: Role, mspId: string) => ({
    ...sampleRegistration(memberId, [role], { mspId, fingerprint: sampleHash(memberId) }),
  });
  const operator = founder('operator', 'operator', 'AssociationMSP');
  const check = (...others: ReturnType<typeof founder>[]) =>
    failures(checkFounders([operator, ...others], sampleConsortium()));

  it('come from two organisations with power over the rules', () => {
    expect(check(founder('holder', 'keyholder', 'RegulatorMSP'))).toEqual([]);
    const refused = [['founders-organisations', 'APPROVERS_MISSING']];
    expect(check()).toEqual(refused);
    expect(check(founder('auditor', 'auditor', 'AssociationMSP'))).toEqual(refused);
    expect(check(founder('shop', 'merchant', 'MerchantsMSP'))).toEqual(refused);
  });

  it('are each in order, and no two of them one', () => {
    const holder = founder('holder', 'keyholder', 'RegulatorMSP');
    expect(check(holder, holder)).toEqual([['members-distinct', 'INVALID_ARGUMENT']]);
    expect(check(holder, { ...holder, memberId: 'second' as never })).toEqual([
      ['members-distinct', 'INVALID_ARGUMENT'],
    ]);
    expect(check(holder, founder('shop', 'merchant', 'RegulatorMSP'))).toEqual([
      ['member-roles', 'FORBIDDEN'],
    ]);
  });
});

describe('what founders and new members are told', () => {
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
});
