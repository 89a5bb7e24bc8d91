import {
  committeeKeySchema,
  consentSchema,
  contributionSchema,
  memberIdSchema,
  productSchema,
  type Contribution,
} from '@veilsum/protocol';
import {
  contributionOf,
  dealSampleKey,
  keyRegistration,
} from '../../../contracts/src/testing/sample-network.js';
import {
  sampleConsent,
  sampleHash,
  sampleId,
  sampleProduct,
} from '../../../contracts/src/testing/sample-objects.js';
import {
  checkRegistration,
  checkStorage,
  checkWithdrawal,
  isLive,
  type RegistrationFacts,
} from './contribution-rules.js';

const NOW = 1_767_225_600_000;
const merchant = memberIdSchema.parse('merchant-1');
const dealt = await dealSampleKey();
const product = productSchema.parse({ ...sampleProduct(), publishedAt: 0 });
const key = committeeKeySchema.parse({
  ...keyRegistration(dealt),
  keyId: dealt.record.keyId,
  status: 'active',
  proposedBy: 'operator',
  registeredAt: 0,
});
const consent = consentSchema.parse({
  ...sampleConsent(sampleId('consent of merchant-1'), NOW),
  contributorId: merchant,
  revision: 1,
  status: 'active',
  givenAt: 0,
  changedAt: 0,
});

type Changes = Parameters<typeof contributionOf>[2];

function facts(change: Partial<RegistrationFacts> = {}, registration: Changes = {}) {
  return {
    registration: contributionOf('merchant-1', dealt, registration),
    product,
    contributor: { memberId: merchant, roles: ['merchant' as const] },
    consent,
    key,
    expectedKeyId: key.keyId,
    epochContributions: [],
    epochReleased: false,
    now: NOW,
    ...change,
  };
}

function check(change: Partial<RegistrationFacts> = {}, registration: Changes = {}) {
  return checkRegistration(facts(change, registration))
    .trace.filter(({ passed }) => !passed)
    .map(({ rule, code }) => [rule, code]);
}

function earlier(status: Contribution['status'], contributor = 'merchant-1', id = 'earlier') {
  return contributionSchema.parse({
    ...contributionOf(contributor, dealt, { contributionId: sampleId(id) }),
    contributorId: contributor,
    status,
    registeredAt: 0,
  });
}

describe('checkRegistration', () => {
  it('accepts what product, key and consent give', () => {
    expect(check()).toEqual([]);
  });

  it.each<[string, Changes, string, string]>([
    ['another layout', { layoutHash: sampleHash('x') }, 'contribution-shape', 'CONTAINER_CONTEXT'],
    ['a row too many', { rowCount: 3 }, 'contribution-shape', 'CONTAINER_ROWS'],
    ['a row too few', { rowCount: 1 }, 'contribution-shape', 'CONTAINER_ROWS'],
    ['a byte too few', { byteLength: 255 }, 'contribution-shape', 'CONTAINER_ROWS'],
    ['coverage backwards', { coverage: [1, 0] }, 'contribution-coverage', 'INVALID_ARGUMENT'],
    ['coverage twice', { coverage: [1, 1] }, 'contribution-coverage', 'INVALID_ARGUMENT'],
    ['coverage beyond', { coverage: [0, 2] }, 'contribution-coverage', 'INVALID_ARGUMENT'],
    ['an epoch of another calendar', { epoch: '2026' }, 'contribution-epoch', 'INVALID_ARGUMENT'],
  ])('refuses %s', (_name, registration, rule, code) => {
    expect(check({}, registration)).toEqual([[rule, code]]);
  });

  it('accepts the least bytes, no coverage and the last cell', () => {
    expect(check({}, { byteLength: 256 })).toEqual([]);
    expect(check({}, { coverage: [] })).toEqual([]);
    expect(check({}, { coverage: [1] })).toEqual([]);
  });

  it('wants a live consent of the contributor for this product version', () => {
    const other = memberIdSchema.parse('merchant-2');
    const code = (change: Partial<typeof consent> | undefined) =>
      check({ consent: change === undefined ? undefined : { ...consent, ...change } });
    expect(code(undefined)).toEqual([['contribution-consent', 'CONSENT_MISSING']]);
    expect(code({ contributorId: other })).toEqual([['contribution-consent', 'CONSENT_MISSING']]);
    expect(code({ productVersion: 2 })).toEqual([['contribution-consent', 'CONSENT_NOT_COVERING']]);
    expect(code({ status: 'withdrawn' })).toEqual([['contribution-consent', 'CONSENT_WITHDRAWN']]);
    expect(code({ notAfter: NOW - 1 })).toEqual([['contribution-consent', 'CONSENT_EXPIRED']]);
    expect(code({ notAfter: NOW })).toEqual([]);
    expect(code({ notBefore: NOW + 1 })).toEqual([]);
  });

  it('wants the key of the epoch, and that it is not retired', () => {
    const refused = [['contribution-key', 'KEY_NOT_ACTIVE']];
    expect(check({ expectedKeyId: sampleHash('other') })).toEqual(refused);
    expect(check({ expectedKeyId: undefined })).toEqual(refused);
    expect(check({ key: { ...key, status: 'retired' } })).toEqual(refused);
    expect(check({ key: undefined })).toContainEqual(refused[0]);
  });

  it('names a product that does not fit the key', () => {
    const large = product.planes.map((plane) => ({ ...plane, valueBits: 500 }));
    expect(check({ product: { ...product, planes: large } })).toEqual([
      ['contribution-shape', 'PRODUCT_INVALID'],
    ]);
  });

  it('wants a role that the product takes', () => {
    expect(check({ contributor: { memberId: merchant, roles: ['analyst'] } })).toEqual([
      ['contribution-role', 'FORBIDDEN'],
    ]);
  });

  it.each(['registered', 'stored', 'frozen'] as const)('refuses one beside a %s one', (status) => {
    expect(check({ epochContributions: [earlier(status)] })).toEqual([
      ['contribution-single', 'CONTRIBUTION_DUPLICATE'],
    ]);
  });

  it.each(['superseded', 'withdrawn'] as const)('accepts one after a %s one', (status) => {
    expect(check({ epochContributions: [earlier(status)] })).toEqual([]);
  });

  it('supersedes the live one by name, but none of another, and no frozen one', () => {
    const supersedes = { supersedes: sampleId('earlier') };
    expect(check({ epochContributions: [earlier('stored')] }, supersedes)).toEqual([]);
    expect(check({ epochContributions: [earlier('frozen')] }, supersedes)).toEqual([
      ['contribution-single', 'CONTRIBUTION_DUPLICATE'],
    ]);
    for (const others of [[], [earlier('withdrawn')], [earlier('stored', 'merchant-2')]]) {
      expect(check({ epochContributions: others }, supersedes)).toEqual([
        ['contribution-single', 'INVALID_STATE'],
      ]);
    }
  });

  it('fixes what was ever stored once the epoch has a release', () => {
    const supersedes = { supersedes: sampleId('earlier') };
    const released = (epochContributions: Contribution[], registration: Changes = {}) =>
      check({ epochContributions, epochReleased: true }, registration);
    const fixed = [['contribution-collect-once', 'CONTRIBUTION_FIXED']];
    expect(released([earlier('stored')], supersedes)).toEqual(fixed);
    expect(released([earlier('withdrawn')])).toEqual(fixed);
    expect(released([earlier('superseded')])).toEqual(fixed);
    expect(released([earlier('registered')], supersedes)).toEqual([]);
    expect(released([earlier('stored', 'merchant-2')])).toEqual([]);
  });

  it('takes as many contributors as the product says, each counted once', () => {
    const others = [1, 2, 3, 4].map((number) =>
      earlier('stored', `other-${number}`, `other ${number}`),
    );
    const refused = [['contribution-limit', 'CONTRIBUTION_LIMIT']];
    expect(check({ epochContributions: others.slice(0, 3) })).toEqual([]);
    expect(check({ epochContributions: others })).toEqual(refused);
    const gone = others.map((one, position) =>
      position === 0 ? { ...one, status: 'withdrawn' as const } : one,
    );
    expect(check({ epochContributions: gone })).toEqual([]);
    const supersedes = { supersedes: sampleId('earlier') };
    expect(
      check({ epochContributions: [...others.slice(0, 3), earlier('stored')] }, supersedes),
    ).toEqual([]);
  });
});

describe('checkStorage and checkWithdrawal', () => {
  const statuses = ['registered', 'stored', 'superseded', 'frozen', 'withdrawn'] as const;

  it('store and withdraw what is registered or stored', () => {
    const live = statuses.filter(
      (status) => checkStorage(earlier(status), earlier(status).contentHash).allowed,
    );
    expect(live).toEqual(['registered', 'stored']);
    expect(statuses.filter((status) => checkWithdrawal(earlier(status), merchant).allowed)).toEqual(
      live,
    );
    expect(statuses.filter((status) => isLive({ status }))).toEqual([
      'registered',
      'stored',
      'frozen',
    ]);
  });

  it('refuse other bytes and other members', () => {
    const storage = checkStorage(earlier('registered'), sampleHash('other'));
    expect(storage.trace[0]).toMatchObject({ passed: false, code: 'CONTAINER_HASH' });
    const withdrawal = checkWithdrawal(earlier('stored'), 'merchant-2');
    expect(withdrawal.trace[0]).toMatchObject({ passed: false, code: 'FORBIDDEN' });
  });
});
