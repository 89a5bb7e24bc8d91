import {
  VeilsumError,
  type Commitment,
  type CommitmentMaking,
  type Contribution,
  type Member,
  type Product,
  type Verdict,
} from '@veilsum/protocol';
import { epochPeriod } from '../product/epoch-period.js';
import { outcomeOf, verdictOf, type RuleFailure } from '../verdict.js';

/** What a new commitment is held against. */
export interface CommitmentFacts {
  readonly making: CommitmentMaking;
  readonly product: Product;
  readonly contributor: Pick<Member, 'memberId' | 'roles'>;
  /** The contributor's commitment to the same product id and epoch, if there is one. */
  readonly standing: Commitment | undefined;
  /** Ledger time in milliseconds. */
  readonly now: number;
}

/** Whether a contributor may commit itself (docs/ledger.md, Commitments). */
export function checkCommitment(facts: CommitmentFacts): Verdict {
  const { making } = facts;
  const about = { productId: making.productId, epoch: making.epoch, dueAt: making.dueAt };
  return verdictOf([
    outcomeOf('commitment-role', roleFault(facts), about),
    outcomeOf('commitment-epoch', epochFault(facts), about),
    outcomeOf('commitment-due', dueFault(facts), { ...about, now: facts.now }),
    outcomeOf('commitment-single', singleFault(facts), about),
  ]);
}

/** Whether a commitment may be taken back: by its contributor, before it is due and before it is met. */
export function checkCommitmentWithdrawal(
  commitment: Pick<Commitment, 'contributorId' | 'status' | 'dueAt'>,
  { callerId, now }: { readonly callerId: string; readonly now: number },
): Verdict {
  const { contributorId, status, dueAt } = commitment;
  return verdictOf([
    outcomeOf(
      'commitment-owner',
      contributorId === callerId
        ? undefined
        : { code: 'FORBIDDEN', sentence: 'A commitment belongs to the contributor who made it.' },
    ),
    outcomeOf(
      'commitment-status',
      status === 'open'
        ? undefined
        : { code: 'INVALID_STATE', sentence: `The commitment is ${status}.` },
      { status },
    ),
    outcomeOf(
      'commitment-due',
      now <= dueAt
        ? undefined
        : {
            code: 'INVALID_STATE',
            sentence: 'The commitment was due already; contribute to meet it.',
          },
      { dueAt, now },
    ),
  ]);
}

/** Whether the contribution was due and has not been stored: a fact of the ledger, whoever says it. */
export function isLate({ status, dueAt }: Pick<Commitment, 'status' | 'dueAt'>, now: number) {
  return status === 'open' && now > dueAt;
}

/**
 * The commitment after a contribution of its contributor to its product id and epoch was stored.
 * @returns undefined when that changes nothing: another version, or taken back
 */
export function metBy(
  commitment: Commitment,
  { contributionId, productVersion }: Pick<Contribution, 'contributionId' | 'productVersion'>,
  now: number,
): Commitment | undefined {
  if (commitment.status === 'withdrawn' || commitment.productVersion !== productVersion) {
    return undefined;
  }
  return { ...commitment, status: 'met', contributionId, metAt: commitment.metAt ?? now };
}

/**
 * The commitment after the contribution that met it was withdrawn. Until it is due it is open again; after
 * that the contribution was there in time, and withdrawing is everyone's right.
 * @returns undefined when that changes nothing
 */
export function reopenedBy(
  { contributionId, metAt, ...commitment }: Commitment,
  withdrawn: Pick<Contribution, 'contributionId'>,
  now: number,
): Commitment | undefined {
  const concerned = metAt !== undefined && contributionId === withdrawn.contributionId;
  return concerned && now <= commitment.dueAt ? { ...commitment, status: 'open' } : undefined;
}

function roleFault({ product, contributor }: CommitmentFacts): RuleFailure | undefined {
  if (product.contributorRoles.some((role) => contributor.roles.includes(role))) return undefined;
  return {
    code: 'FORBIDDEN',
    sentence: `The product takes contributions of these roles only: ${product.contributorRoles.join(', ')}.`,
  };
}

function epochFault({ product, making }: CommitmentFacts): RuleFailure | undefined {
  try {
    epochPeriod(product.epochs.calendar, making.epoch);
    return undefined;
  } catch (error) {
    if (error instanceof VeilsumError) return { code: error.code, sentence: error.message };
    throw error;
  }
}

function dueFault({ making, now }: CommitmentFacts): RuleFailure | undefined {
  return making.dueAt > now
    ? undefined
    : { code: 'INVALID_ARGUMENT', sentence: 'The field dueAt must be after the ledger’s time.' };
}

function singleFault({ standing }: CommitmentFacts): RuleFailure | undefined {
  if (standing === undefined) return undefined;
  return {
    code: 'COMMITMENT_STANDS',
    sentence: `The commitment ${standing.commitmentId} of this member to the product and epoch is there already; one is made for each.`,
  };
}
