import { hashLayout } from '@veilsum/crypto';
import type { Consent, Contribution, Product } from '@veilsum/protocol';
import { layoutForProduct, productCellCount } from '@veilsum/rules';
import {
  sampleConsent,
  sampleHash,
  sampleId,
} from '../../chaincode/contracts/src/testing/index.js';
import { DAY_MS, HOUR_MS } from './durations.js';
import {
  chance,
  weekOf,
  pickAny,
  someOf,
  type Operation,
  type WeightedOperations,
  type World,
} from './world.js';

const grantConsent: Operation = (world) => {
  // Most of them for one product, so that cohorts come about.
  const products = world.state.list('product');
  const drawn = pickAny(world.random, products);
  const product = chance(world.random, 0.65) ? products[0] : drawn;
  const merchant = product && pickGrantor(world, product);
  if (product === undefined || merchant === undefined) return undefined;
  const terms = drawTerms(world, product, sampleId(world.fresh('consent')));
  return { as: merchant, contract: 'consent', transaction: 'grant', argument: terms };
};

const amendConsent: Operation = (world) => {
  const consent = pickConsent(world);
  const product = consent && productOf(world, consent);
  if (consent === undefined || product === undefined) return undefined;
  const terms = drawTerms(world, product, consent.consentId);
  return { as: consent.contributorId, contract: 'consent', transaction: 'amend', argument: terms };
};

const withdrawConsent: Operation = (world) => {
  const consent = pickConsent(world);
  return (
    consent && {
      as: consent.contributorId,
      contract: 'consent',
      transaction: 'withdraw',
      argument: { consentId: consent.consentId },
    }
  );
};

/** A contributor changes its mind while its contribution is being opened. */
const withdrawUnderQuery: Operation = ({ random, state }) => {
  const open = state.list('query').filter(({ status }) => status === 'blinded');
  const query = pickAny(random, open.slice(-5));
  const row = query && pickAny(random, state.list('queryCohort', query.queryId));
  return (
    row && {
      as: row.contributorId,
      contract: 'consent',
      transaction: 'withdraw',
      argument: { consentId: row.consentId },
    }
  );
};

const register: Operation = (world) => {
  const epoch = weekOf(world.ledger.now(), world.random.pick([0, 0, 1, 1, 2, 5]));
  const consent = pickAny(world.random, unusedConsents(world, epoch)) ?? pickConsent(world);
  return consent && registration(world, consent, epoch);
};

const supersede: Operation = (world) => {
  const standing = pickLive(world);
  const consent = standing && consentOf(world, standing);
  if (standing === undefined || consent === undefined) return undefined;
  return registration(world, consent, standing.epoch, standing.contributionId);
};

const store: Operation = ({ random, state }) => {
  const waiting = state.list('contribution').filter(({ status }) => status === 'registered');
  const found = pickAny(random, waiting);
  if (found === undefined) return undefined;
  const { contributionId } = found;
  const contentHash = chance(random, 0.97) ? found.contentHash : sampleHash('other bytes');
  return {
    as: 'gateway',
    contract: 'contribution',
    transaction: 'markStored',
    argument: { contributionId, contentHash },
  };
};

const withdrawContribution: Operation = (world) => {
  const found = pickLive(world);
  return (
    found && {
      as: found.contributorId,
      contract: 'contribution',
      transaction: 'withdraw',
      argument: { contributionId: found.contributionId },
    }
  );
};

/** Consents given, changed and taken back; contributions registered, stored, replaced and withdrawn. */
export const contributionOperations: WeightedOperations = [
  [5, grantConsent],
  [1, amendConsent],
  [0.06, withdrawConsent],
  [0.3, withdrawUnderQuery],
  [10, register],
  [11, store],
  [1.5, supersede],
  [0.2, withdrawContribution],
];

/** Most members allow all that the product offers; the others draw a limit for each term. */
function drawTerms({ random, ledger }: World, product: Product, consentId: string) {
  const now = ledger.now();
  const picky = chance(random, 0.18);
  const narrowed = <Choice>(choices: readonly Choice[]): readonly Choice[] =>
    picky && chance(random, 0.4) ? someOf(random, choices) : choices;
  const limit = <Choice>(usual: Choice, ...others: readonly Choice[]): Choice =>
    picky ? random.pick([usual, ...others]) : usual;
  return sampleConsent(consentId, now, {
    productId: product.productId,
    productVersion: product.version,
    purposes: narrowed(product.purposes),
    functions: narrowed(product.functions),
    recipients: [limit('role:analyst', 'role:analyst', 'member:analyst-1')],
    notBefore: now + limit(-DAY_MS, -DAY_MS, -DAY_MS, 2 * HOUR_MS),
    notAfter: now + limit(365 * DAY_MS, 365 * DAY_MS, 40 * DAY_MS, 9 * HOUR_MS),
    maxUses: limit(200, 1, 1, 3),
    minCohort: limit(2, 2, 3, 4),
    release: limit('exact', 'noisy'),
    epsilonPerEpochMicro: limit(10_000_000, 1_000_000, 3_000_000),
    minimumPricePerUse: random.pick(['0', '100', '433']),
  });
}

function registration(
  world: World,
  consent: Consent,
  epoch: string,
  supersedes?: Contribution['contributionId'],
) {
  const { random } = world;
  const product = productOf(world, consent);
  const key = epochKey(world, consent.productId, epoch);
  if (product === undefined || key === undefined) return undefined;
  const layout = layoutForProduct(product, key.record);
  const rowCount = productCellCount(product) * layout.blocks;
  const name = world.fresh('contribution');
  const argument = {
    format: 'veilsum-contribution-registration/1',
    contributionId: sampleId(name),
    consentId: consent.consentId,
    productId: product.productId,
    productVersion: product.version,
    epoch,
    keyId: key.keyId,
    layoutHash: hashLayout(layout),
    contentHash: sampleHash(name),
    byteLength: rowCount * (key.record.modulusBits / 4) + 1000,
    rowCount,
    coverage: random.pick([[0, 1], [0, 1], [0, 1], [0], [1]]),
    ...(supersedes === undefined ? {} : { supersedes }),
  };
  return { as: consent.contributorId, contract: 'contribution', transaction: 'register', argument };
}

/** The key that the epoch's contributions are under, else the current one. */
function epochKey({ state }: World, productId: string, epoch: string) {
  const live = state
    .list('contribution', productId, epoch)
    .find(({ status }) => status === 'registered' || status === 'stored');
  const keyId = live?.keyId ?? state.list('currentKey')[0]?.keyId;
  return keyId === undefined ? undefined : state.get('committeeKey', keyId);
}

/** Mostly a merchant who has allowed nothing of the product yet. */
function pickGrantor({ random, state }: World, { productId }: Product): string | undefined {
  const merchants = state.list('member').filter(({ roles }) => roles.includes('merchant'));
  const without = merchants.filter(({ memberId }) =>
    state.list('consent', productId, memberId).every(({ status }) => status !== 'active'),
  );
  return pickAny(random, chance(random, 0.8) ? without : merchants)?.memberId;
}

/** In force, of members who have nothing standing for the product in this epoch. */
function unusedConsents({ state, ledger }: World, epoch: string): Consent[] {
  const now = ledger.now();
  return state.list('consent').filter(({ status, notAfter, productId, contributorId }) => {
    if (status !== 'active' || notAfter < now) return false;
    return !state
      .list('contribution', productId, epoch, contributorId)
      .some((other) => other.status === 'registered' || other.status === 'stored');
  });
}

/** Mostly one that is in force. */
function pickConsent({ random, state, ledger }: World): Consent | undefined {
  const inForce = state
    .list('consent')
    .filter(({ status, notAfter }) => status === 'active' && notAfter > ledger.now());
  return pickAny(random, chance(random, 0.95) ? inForce : state.list('consent'));
}

function pickLive({ random, state }: World): Contribution | undefined {
  const live = state
    .list('contribution')
    .filter(({ status }) => status === 'registered' || status === 'stored');
  return pickAny(random, live.slice(-30));
}

function consentOf({ state }: World, { productId, contributorId, consentId }: Contribution) {
  return state.get('consent', productId, contributorId, consentId);
}

function productOf({ state }: World, { productId, productVersion }: Consent): Product | undefined {
  return state
    .list('product')
    .find((product) => product.productId === productId && product.version === productVersion);
}
