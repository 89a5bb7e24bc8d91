import type { Cost, Member, MemberId, Verdict } from '@veilsum/protocol';
import { fraction } from '../settlement/fraction.js';
import { divideByLargestRemainder } from '../settlement/largest-remainder.js';
import { outcomeOf, verdictOf, type RuleFailure } from '../verdict.js';

/** A contributor's registered cost that is not repaid yet. */
export interface OutstandingCost {
  readonly memberId: MemberId;
  /** Minor units. */
  readonly outstanding: bigint;
}

/**
 * What of a price repays registered costs, before the rest is divided by coverage: everyone's whole cost
 * while it fits, else in proportion by the largest remainder, ties by id.
 * @param most minor units that may be used for it
 * @param costs none twice
 * @returns minor units by member; nobody gets more than his cost
 */
export function repayCosts(most: bigint, costs: readonly OutstandingCost[]): Map<MemberId, bigint> {
  const total = costs.reduce((sum, { outstanding }) => sum + outstanding, 0n);
  if (total <= most) {
    return new Map(costs.map(({ memberId, outstanding }) => [memberId, outstanding]));
  }
  // Below the total, an exact share is below its cost, and so is that share rounded up.
  return divideByLargestRemainder(
    most,
    costs.map(({ memberId, outstanding }) => ({
      id: memberId,
      part: fraction(outstanding, total),
    })),
  ) as Map<MemberId, bigint>;
}

/** What of a cost counts for a query: nothing unless it was confirmed when the query was authorised. */
export function outstandingCost(
  cost: Pick<Cost, 'status' | 'confirmedAt' | 'amount' | 'repaid'> | undefined,
  authorisedAt: number,
): bigint {
  if (cost?.status !== 'confirmed') return 0n;
  if (cost.confirmedAt === undefined || cost.confirmedAt > authorisedAt) return 0n;
  return BigInt(cost.amount) - BigInt(cost.repaid);
}

/** Whether a cost may be proposed: more than nothing, and not in place of a confirmed one. */
export function checkCostProposal(
  { amount }: Pick<Cost, 'amount'>,
  existing: Pick<Cost, 'status'> | undefined,
): Verdict {
  return verdictOf([
    outcomeOf(
      'cost-amount',
      amount === '0'
        ? { code: 'INVALID_ARGUMENT', sentence: 'The field amount must be more than 0.' }
        : undefined,
      { amount },
    ),
    outcomeOf(
      'cost-open',
      existing?.status === 'confirmed'
        ? {
            code: 'INVALID_STATE',
            sentence: 'The cost of this product and epoch is confirmed; it no longer changes.',
          }
        : undefined,
    ),
  ]);
}

type Signer = Pick<Member, 'memberId' | 'legalEntityId'>;

/** Whether a second signature confirms exactly what the contributor proposed, and is really a second one. */
export function checkCostConfirmation(
  cost: Pick<Cost, 'amount' | 'productId' | 'epoch'>,
  { proposer, confirmer, amount }: { proposer: Signer; confirmer: Signer; amount: string },
): Verdict {
  return verdictOf([
    outcomeOf('two-signatures', signerFault(proposer, confirmer), {
      proposer: proposer.memberId,
      confirmer: confirmer.memberId,
    }),
    outcomeOf(
      'cost-content',
      cost.amount === amount
        ? undefined
        : {
            code: 'COST_MISMATCH',
            sentence: `The cost of ${proposer.memberId} for ${cost.productId} ${cost.epoch} is proposed as ${cost.amount} minor units, not as ${amount}.`,
          },
    ),
  ]);
}

function signerFault(proposer: Signer, confirmer: Signer): RuleFailure | undefined {
  return proposer.legalEntityId === confirmer.legalEntityId
    ? {
        code: 'TRANSFER_SAME_SIGNER',
        sentence:
          'A cost is confirmed by an operator of another legal entity than its contributor.',
      }
    : undefined;
}
