import {
  committeeKeySchema,
  consentSchema,
  contributionSchema,
  memberIdSchema,
  productSchema,
  type Contribution,
} from '@veilsum/protocol';
import { refusalLines } from '../../../../test/fakes/refusal-lines.js';
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

describe('what a refused contribution is told', () => {
  const lines = (change: Partial<RegistrationFacts> = {}, registration: Changes = {}) =>
    refusalLines(checkRegistration(facts(change, registration)));
  const earlierOne = [earlier('stored')];
  const supersedes = { supersedes: sampleId('earlier') };

  it.each<[string, Partial<RegistrationFacts>, Changes]>([
    [
      'of these roles only: merchant, platform.',
      {
        contributor: { memberId: merchant, roles: ['analyst'] },
        product: { ...product, contributorRoles: ['merchant', 'platform'] },
      },
      {},
    ],
    ['consentId names no consent of this contributor', { consent: undefined }, {}],
    ['consent is for another product', { consent: { ...consent, productVersion: 2 } }, {}],
    ['consent is for another product', { consent: { ...consent, productId: 'b' as never } }, {}],
    ['consent was withdrawn', { consent: { ...consent, status: 'withdrawn' } }, {}],
    ['consent has expired', { consent: { ...consent, notAfter: NOW - 1 } }, {}],
    ['keyId is not the key that contributions', { expectedKeyId: undefined }, {}],
    ['layoutHash is not that of the product and key', {}, { layoutHash: sampleHash('x') }],
    ['rowCount must be 2, a row for every cell', {}, { rowCount: 3 }],
    ['byteLength is less than the ciphertexts', {}, { byteLength: 255 }],
    ['coverage must be strictly ascending', {}, { coverage: [1, 1] }],
    ['coverage has a cell above 1.', {}, { coverage: [0, 2] }],
    [`contribution ${sampleId('earlier')} of this`, { epochContributions: earlierOne }, {}],
    ['supersedes names no live contribution', {}, supersedes],
    ['has had a release', { epochContributions: [earlier('withdrawn')], epochReleased: true }, {}],
    [
      'takes 1 contributors in an epoch',
      {
        product: { ...product, maxContributors: 1 },
        epochContributions: [earlier('stored', 'merchant-2')],
      },
      {},
    ],
  ])('%s', (words, change, registration) => {
    expect(lines(change, registration)).toContainEqual(expect.stringContaining(words));
  });

  it('says that there is no such key, and that a product does not fit it', () => {
    expect(lines({ key: undefined })).toContainEqual(
      'contribution-shape KEY_NOT_ACTIVE: There is no such key.',
    );
    const planes = product.planes.map((plane) => ({ ...plane, valueBits: 500 }));
    expect(lines({ product: { ...product, planes } })).toEqual([
      'contribution-shape PRODUCT_INVALID: The product does not fit the key.',
    ]);
  });

  it('takes any one of the roles of the product', () => {
    expect(lines({ product: { ...product, contributorRoles: ['platform', 'merchant'] } })).toEqual(
      [],
    );
  });

  it('replaces the one that it names, and not another', () => {
    const other = { supersedes: sampleId('other') };
    expect(lines({ epochContributions: earlierOne }, other)).toEqual([
      expect.stringContaining('supersedes names no live contribution'),
    ]);
    const two = [earlier('stored'), earlier('registered', 'merchant-1', 'second')];
    expect(lines({ epochContributions: two }, supersedes)).toEqual([
      expect.stringContaining('stands already'),
    ]);
  });

  it('stays as it was stored, whatever else was only registered', () => {
    const both = [earlier('withdrawn'), earlier('registered', 'merchant-2', 'second')];
    expect(lines({ epochContributions: both, epochReleased: true })).toEqual([
      expect.stringContaining('CONTRIBUTION_FIXED'),
    ]);
  });

  it('is held against itself, its product and epoch, its consent against the time too', () => {
    const { trace } = checkRegistration(facts());
    const { contributionId, productId, epoch } = facts().registration;
    const about = { contributionId, productId, epoch };
    for (const { rule, inputs } of trace) {
      const timed = rule === 'contribution-consent' ? { now: String(NOW) } : {};
      expect(inputs).toEqual({ ...about, ...timed });
    }
  });

  it('says why it is neither stored nor withdrawn', () => {
    const frozen = earlier('frozen');
    const stored = checkStorage(frozen, sampleHash('other'));
    expect(refusalLines(stored)).toEqual([
      expect.stringMatching(/^contribution-content CONTAINER_HASH: .*not those registered/),
      'contribution-status INVALID_STATE: The contribution is frozen.',
    ]);
    const withdrawn = checkWithdrawal(frozen, 'merchant-2');
    expect(refusalLines(withdrawn)).toEqual([
      expect.stringMatching(/^contribution-owner FORBIDDEN: .*contributor who registered it/),
      'contribution-status INVALID_STATE: The contribution is frozen.',
    ]);
    expect(stored.trace[1]?.inputs).toEqual({ status: 'frozen' });
    expect(withdrawn.trace[1]?.inputs).toEqual({ status: 'frozen' });
  });
});
