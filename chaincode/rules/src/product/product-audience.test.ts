import { consortiumSchema, memberIdSchema, type Member, type Role } from '@veilsum/protocol';
import { checkProductAudience, describeAudience } from './product-audience.js';

const mspRoles = consortiumSchema.shape.mspRoles.parse({
  RegulatorMSP: ['regulator', 'analyst'],
  OfficeMSP: ['regulator', 'auditor'],
  TradeMSP: ['merchant', 'analyst'],
});

const member = (memberId: string, mspId: string, status: Member['status'] = 'active') => ({
  memberId: memberIdSchema.parse(memberId),
  mspId: mspId as Member['mspId'],
  roles: ['merchant'] as Role[],
  status,
});

const members = [
  member('inspector', 'RegulatorMSP'),
  member('clerk', 'OfficeMSP'),
  member('pending', 'TradeMSP', 'pending'),
  member('suspended', 'TradeMSP', 'suspended'),
  member('gone', 'TradeMSP', 'left'),
  member('stranger', 'constructor'),
];

const audience = (roles: Role[], ids: string[] = []) => ({
  audience: { roles, members: ids.map((id) => memberIdSchema.parse(id)) },
});
const check = (roles: Role[], ids: string[] = []) =>
  checkProductAudience(audience(roles, ids), { members, consortium: { mspRoles } });

describe('checkProductAudience', () => {
  it.each<[string, Role[], string[]]>([
    ['a role that some organisation may hold with analyst', ['regulator'], []],
    ['several such roles', ['regulator', 'merchant', 'analyst'], []],
    ['a member whose organisation may hold analyst', [], ['inspector']],
    ['members who may still become active', ['merchant'], ['pending', 'suspended']],
  ])('accepts %s', (_name, roles, ids) => {
    expect(check(roles, ids)).toMatchObject({
      allowed: true,
      trace: [
        { rule: 'product-audience', inputs: { audience: describeAudience(audience(roles, ids)) } },
      ],
    });
  });

  it('accepts a product for everyone', () => {
    expect(checkProductAudience({}, { members: [], consortium: { mspRoles: {} } }).allowed).toBe(
      true,
    );
  });

  it.each<[string, Role[], string[], RegExp]>([
    ['a role that nobody may hold', ['finance'], [], /role finance, which no organisation/],
    [
      'a role that nobody may hold with analyst',
      ['regulator', 'auditor'],
      [],
      /role auditor, which/,
    ],
    [
      'an unknown member',
      [],
      ['inspector', 'nobody'],
      /member nobody, who does not exist or has left/,
    ],
    ['a member that left', [], ['gone'], /member gone, who does not exist or has left/],
    [
      'a member who could not ask',
      ['regulator'],
      ['clerk'],
      /member clerk, whose organisation may not hold/,
    ],
    [
      'a member of an unknown organisation',
      [],
      ['stranger'],
      /member stranger, whose organisation/,
    ],
  ])('refuses %s', (_name, roles, ids, sentence) => {
    const [outcome] = check(roles, ids).trace;
    expect(outcome).toMatchObject({ passed: false, code: 'PRODUCT_INVALID' });
    expect(outcome?.sentence).toMatch(sentence);
  });
});

describe('describeAudience', () => {
  it.each<[Parameters<typeof describeAudience>[0], string]>([
    [{}, 'everyone'],
    [audience(['regulator']), 'the regulator only'],
    [audience(['merchant']), 'the role merchant only'],
    [audience(['regulator', 'merchant']), 'the role regulator, the role merchant only'],
    [audience(['regulator'], ['clerk']), 'the role regulator, clerk only'],
    [audience([], ['clerk', 'gone']), 'clerk, gone only'],
  ])('says who', (product, words) => {
    expect(describeAudience(product)).toBe(words);
  });
});
