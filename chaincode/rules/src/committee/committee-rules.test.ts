import { bigintToHex, hashCanonicalJson, hexToBigint, type DealtKey } from '@veilsum/crypto';
import type { CommitteeKeyRegistration, Member } from '@veilsum/protocol';
import { refusalLines } from '../../../../test/fakes/refusal-lines.js';
import { dealSampleKey, keyRegistration } from '../../../contracts/src/testing/sample-network.js';
import { checkCommitteeKey } from './committee-rules.js';

type Keyholder = Pick<Member, 'memberId' | 'legalEntityId' | 'roles' | 'status'>;

const members = (change: Partial<Keyholder> = {}): Keyholder[] =>
  ['keyholder-1', 'keyholder-2', 'keyholder-3'].map((memberId, position) => ({
    memberId: memberId as never,
    legalEntityId: `entity-${position}` as never,
    roles: ['keyholder'],
    status: 'active',
    ...(position === 2 ? change : {}),
  }));

describe('checkCommitteeKey', () => {
  let dealt: DealtKey;
  beforeAll(async () => {
    dealt = await dealSampleKey();
  });

  const verdict = (
    change: Partial<CommitteeKeyRegistration> = {},
    keyholders = members(),
    testNetwork = true,
  ) =>
    checkCommitteeKey({
      registration: { ...keyRegistration(dealt), ...change },
      consortium: { testNetwork },
      keyholders,
    });
  const check = (...given: Parameters<typeof verdict>) =>
    verdict(...given)
      .trace.filter(({ passed }) => !passed)
      .map(({ rule, code }) => [rule, code]);
  const lines = (...given: Parameters<typeof verdict>) => refusalLines(verdict(...given));

  it('accepts a sound record with a keyholder of its own entity behind each index', () => {
    expect(check()).toEqual([]);
  });

  it.each<[string, Partial<Keyholder>, string]>([
    ['is suspended', { status: 'suspended' }, 'key-keyholders'],
    ['is no keyholder', { roles: ['merchant'] }, 'key-keyholders'],
    ['is of another keyholder’s entity', { legalEntityId: 'entity-0' as never }, 'key-entities'],
  ])('refuses a committee one of whom %s', (_name, change, rule) => {
    expect(check({}, members(change))).toEqual([[rule, 'INVALID_ARGUMENT']]);
  });

  it('refuses a committee with somebody unknown, or of another size', () => {
    expect(check({}, members().slice(0, 2))).toEqual([['key-keyholders', 'INVALID_ARGUMENT']]);
    const names = keyRegistration(dealt).keyholders;
    expect(check({ keyholders: names.slice(0, 2) })).toEqual([
      ['key-keyholders', 'INVALID_ARGUMENT'],
    ]);
  });

  it('wants each keyholder once', () => {
    const [one, two] = keyRegistration(dealt).keyholders;
    expect(lines({ keyholders: [one, two, one] as never })).toEqual([
      expect.stringContaining('keyholders has one twice'),
    ]);
  });

  it('says what is wrong with a committee', () => {
    const names = keyRegistration(dealt).keyholders;
    expect(lines({ keyholders: names.slice(0, 2) })).toEqual([
      expect.stringContaining('keyholders names 2 of 3.'),
    ]);
    expect(lines({}, members({ status: 'suspended' }))).toEqual([
      expect.stringContaining('keyholder-3 is not an active member with the role keyholder'),
    ]);
    expect(lines({}, members({ legalEntityId: 'entity-0' as never }))).toEqual([
      expect.stringContaining('one legal entity, which would hold two shares'),
    ]);
    expect(lines({}, members(), false)).toEqual([expect.stringContaining('test networks only')]);
  });

  it('is held against the key and its size', () => {
    const { keyId, modulusBits } = dealt.record;
    const about = { keyId, modulusBits: String(modulusBits), t: '2', l: '3' };
    for (const { inputs } of verdict().trace) expect(inputs).toEqual(about);
  });

  it('takes a real key on any network', () => {
    const { record } = keyRegistration(dealt);
    const real = Object.fromEntries(
      Object.entries(record).filter(([name]) => name !== 'insecureTestKey'),
    );
    const found = lines({ record: real as never }, members(), false);
    // It is another record, so its id no longer fits; nothing else is wrong with it.
    expect(found).toEqual([expect.stringMatching(/^key-record KEY_RECORD_INVALID/)]);
  });

  it('takes a test key only on a test network', () => {
    expect(check({}, members(), false)).toEqual([['key-size', 'KEY_RECORD_INVALID']]);
  });

  it('refuses a record in which anything was changed', () => {
    const { record } = keyRegistration(dealt);
    const [first = '', second = '', third = ''] = record.vi;
    const changes: Partial<typeof record>[] = [
      { vi: [second, first, third] },
      { vi: [first, second] },
      { t: 3 },
      { keyId: '0'.repeat(64) as never },
      { hs: record.v },
      { roots: [...record.roots].reverse() },
      { modulusBits: 520 },
    ];
    for (const change of changes) {
      const altered = { ...record, ...change };
      expect(check({ record: altered })).toContainEqual(['key-record', 'KEY_RECORD_INVALID']);
    }
  });

  it.each(['wrong', 'swapped', 'negated'])(
    'refuses a %s verification key although the keyId fits the record',
    (kind) => {
      const { record: sound } = dealt;
      const body = Object.fromEntries(Object.entries(sound).filter(([name]) => name !== 'keyId'));
      const [first = '', second = '', third = ''] = sound.vi;
      const n = hexToBigint(sound.n);
      const lists: Record<string, string[]> = {
        wrong: [first, bigintToHex((hexToBigint(second) * 4n) % n), third],
        swapped: [second, first, third],
        negated: [first, bigintToHex(n - hexToBigint(second)), third],
      };
      const altered = { ...body, vi: lists[kind] ?? [] };
      const record = { ...altered, keyId: hashCanonicalJson(altered) };
      expect(check({ record: record as never })).toEqual([['key-record', 'KEY_RECORD_INVALID']]);
    },
  );
});
