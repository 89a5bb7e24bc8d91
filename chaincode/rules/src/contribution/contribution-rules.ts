import { ParameterError, hashLayout, type Layout } from '@veilsum/crypto';
import {
  VeilsumError,
  type CommitteeKey,
  type Consent,
  type Contribution,
  type ContributionRegistration,
  type Member,
  type Product,
  type Verdict,
} from '@veilsum/protocol';
import { epochPeriod } from '../product/epoch-period.js';
import { productCellCount } from '../product/product-cells.js';
import { layoutForProduct } from '../product/product-layout.js';
import { outcomeOf, verdictOf, type RuleFailure } from '../verdict.js';

/** What a registration is held against. */
export interface RegistrationFacts {
  readonly registration: ContributionRegistration;
  readonly product: Product;
  readonly contributor: Pick<Member, 'memberId' | 'roles'>;
  readonly consent: Consent | undefined;
  /** The key that the registration names, if it exists. */
  readonly key: CommitteeKey | undefined;
  /** The key that the epoch's contributions are under; before the first of them, the active key. */
  readonly expectedKeyId: string | undefined;
  /** Every contribution to the product id and epoch, of all members, versions and statuses. */
  readonly epochContributions: readonly Contribution[];
  /** Whether a share of the product id and epoch was recorded. */
  readonly epochReleased: boolean;
  /** Ledger time in milliseconds. */
  readonly now: number;
}

/** Whether a contribution may be registered (docs/protocol.md §5, docs/ledger.md, Contributions). */
export function checkRegistration(facts: RegistrationFacts): Verdict {
  const { registration } = facts;
  const about = {
    contributionId: registration.contributionId,
    productId: registration.productId,
    epoch: registration.epoch,
  };
  return verdictOf([
    outcomeOf('contribution-role', roleFault(facts), about),
    outcomeOf('contribution-epoch', epochFault(facts), about),
    outcomeOf('contribution-consent', consentFault(facts), { ...about, now: facts.now }),
    outcomeOf('contribution-key', keyFault(facts), about),
    outcomeOf('contribution-shape', shapeFault(facts), about),
    outcomeOf('contribution-coverage', coverageFault(facts), about),
    outcomeOf('contribution-single', singleFault(facts), about),
    outcomeOf('contribution-collect-once', collectOnceFault(facts), about),
    outcomeOf('contribution-limit', limitFault(facts), about),
  ]);
}

/** Registered or stored, or frozen by an incident: the one contribution that counts. */
export function isLive({ status }: Pick<Contribution, 'status'>): boolean {
  return status === 'registered' || status === 'stored' || status === 'frozen';
}

/** Whether the gateway may record that it holds the registered bytes and has checked them. */
export function checkStorage(
  { status, contentHash }: Pick<Contribution, 'status' | 'contentHash'>,
  storedHash: string,
): Verdict {
  return verdictOf([
    outcomeOf(
      'contribution-content',
      contentHash === storedHash
        ? undefined
        : {
            code: 'CONTAINER_HASH',
            sentence: 'The stored bytes are not those registered on the ledger.',
          },
    ),
    outcomeOf(
      'contribution-status',
      status === 'registered' || status === 'stored'
        ? undefined
        : { code: 'INVALID_STATE', sentence: `The contribution is ${status}.` },
      { status },
    ),
  ]);
}

/** Whether a contribution may be withdrawn: by its contributor, while it is live and not frozen. */
export function checkWithdrawal(
  { status, contributorId }: Pick<Contribution, 'status' | 'contributorId'>,
  callerId: string,
): Verdict {
  return verdictOf([
    outcomeOf(
      'contribution-owner',
      contributorId === callerId
        ? undefined
        : {
            code: 'FORBIDDEN',
            sentence: 'A contribution belongs to the contributor who registered it.',
          },
    ),
    outcomeOf(
      'contribution-status',
      status === 'registered' || status === 'stored'
        ? undefined
        : { code: 'INVALID_STATE', sentence: `The contribution is ${status}.` },
      { status },
    ),
  ]);
}

function roleFault({ product, contributor }: RegistrationFacts): RuleFailure | undefined {
  if (product.contributorRoles.some((role) => contributor.roles.includes(role))) return undefined;
  return {
    code: 'FORBIDDEN',
    sentence: `The product takes contributions of these roles only: ${product.contributorRoles.join(', ')}.`,
  };
}

function epochFault({ product, registration }: RegistrationFacts): RuleFailure | undefined {
  try {
    epochPeriod(product.epochs.calendar, registration.epoch);
    return undefined;
  } catch (error) {
    if (error instanceof VeilsumError) return { code: error.code, sentence: error.message };
    throw error;
  }
}

function consentFault(facts: RegistrationFacts): RuleFailure | undefined {
  const { consent, contributor, registration, now } = facts;
  if (consent?.contributorId !== contributor.memberId) {
    return {
      code: 'CONSENT_MISSING',
      sentence: 'The field consentId names no consent of this contributor.',
    };
  }
  if (
    consent.productId !== registration.productId ||
    consent.productVersion !== registration.productVersion
  ) {
    return { code: 'CONSENT_NOT_COVERING', sentence: 'The consent is for another product.' };
  }
  if (consent.status !== 'active') {
    return { code: 'CONSENT_WITHDRAWN', sentence: 'The consent was withdrawn.' };
  }
  return now > consent.notAfter
    ? { code: 'CONSENT_EXPIRED', sentence: 'The consent has expired.' }
    : undefined;
}

function keyFault({ registration, key, expectedKeyId }: RegistrationFacts) {
  const fits = registration.keyId === expectedKeyId && key?.status === 'active';
  return fits
    ? undefined
    : ({
        code: 'KEY_NOT_ACTIVE',
        sentence:
          'The field keyId is not the key that contributions to this epoch are encrypted under.',
      } satisfies RuleFailure);
}

function shapeFault(facts: RegistrationFacts): RuleFailure | undefined {
  const { registration, product, key } = facts;
  if (key === undefined) return { code: 'KEY_NOT_ACTIVE', sentence: 'There is no such key.' };
  const layout = layoutUnder(product, key);
  if (layout === undefined) {
    return { code: 'PRODUCT_INVALID', sentence: 'The product does not fit the key.' };
  }
  if (registration.layoutHash !== hashLayout(layout)) {
    return {
      code: 'CONTAINER_CONTEXT',
      sentence: 'The field layoutHash is not that of the product and key.',
    };
  }
  return rowFault(facts, layout, key.record.modulusBits / 4);
}

/** A product may have been published before the key that is too small for it. */
function layoutUnder(product: Product, { record }: CommitteeKey): Layout | undefined {
  try {
    return layoutForProduct(product, record);
  } catch (error) {
    if (error instanceof ParameterError) return undefined;
    throw error;
  }
}

/** @param ciphertextBytes length of one ciphertext in bytes */
function rowFault(
  { registration, product }: RegistrationFacts,
  layout: Layout,
  ciphertextBytes: number,
): RuleFailure | undefined {
  const rows = productCellCount(product) * layout.blocks;
  if (registration.rowCount !== rows) {
    return {
      code: 'CONTAINER_ROWS',
      sentence: `The field rowCount must be ${rows}, a row for every cell and block.`,
    };
  }
  return registration.byteLength < rows * ciphertextBytes
    ? {
        code: 'CONTAINER_ROWS',
        sentence: 'The field byteLength is less than the ciphertexts of all rows.',
      }
    : undefined;
}

function coverageFault({ registration, product }: RegistrationFacts): RuleFailure | undefined {
  const { coverage } = registration;
  const cells = productCellCount(product);
  const unordered = coverage.some(
    (cell, position) => position > 0 && cell <= (coverage[position - 1] ?? cell),
  );
  if (unordered) {
    return { code: 'INVALID_ARGUMENT', sentence: 'The field coverage must be strictly ascending.' };
  }
  return (coverage.at(-1) ?? 0) >= cells
    ? { code: 'INVALID_ARGUMENT', sentence: `The field coverage has a cell above ${cells - 1}.` }
    : undefined;
}

function singleFault({ registration, contributor, epochContributions }: RegistrationFacts) {
  const live = epochContributions.filter(
    (other) => other.contributorId === contributor.memberId && isLive(other),
  );
  const { supersedes } = registration;
  if (supersedes === undefined) {
    return live.length === 0 ? undefined : duplicate(live[0]?.contributionId ?? '');
  }
  const superseded = live.find(({ contributionId }) => contributionId === supersedes);
  if (superseded === undefined) {
    return {
      code: 'INVALID_STATE',
      sentence: 'The field supersedes names no live contribution of this member and epoch.',
    } satisfies RuleFailure;
  }
  return superseded.status === 'frozen' || live.length > 1 ? duplicate(supersedes) : undefined;
}

function duplicate(contributionId: string): RuleFailure {
  return {
    code: 'CONTRIBUTION_DUPLICATE',
    sentence: `The contribution ${contributionId} of this member and epoch stands already.`,
  };
}

/** A correction after a release would show the difference, so what was ever stored stays as it is. */
function collectOnceFault(facts: RegistrationFacts): RuleFailure | undefined {
  const { contributor, epochContributions, epochReleased } = facts;
  const collected = epochContributions.some(
    ({ contributorId, status }) =>
      contributorId === contributor.memberId && status !== 'registered',
  );
  return epochReleased && collected
    ? {
        code: 'CONTRIBUTION_FIXED',
        sentence: 'The epoch has had a release, so contributions to it no longer change.',
      }
    : undefined;
}

function limitFault(facts: RegistrationFacts): RuleFailure | undefined {
  const { contributor, epochContributions, product } = facts;
  const others = new Set(
    epochContributions
      .filter((other) => isLive(other) && other.contributorId !== contributor.memberId)
      .map(({ contributorId }) => contributorId),
  );
  return others.size < product.maxContributors
    ? undefined
    : {
        code: 'CONTRIBUTION_LIMIT',
        sentence: `The product takes ${product.maxContributors} contributors in an epoch.`,
      };
}
