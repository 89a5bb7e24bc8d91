import type { DelegatedPart, DelegationUse } from '@veilsum/protocol';

/** What a query takes of the limits of its delegation. */
export type DelegationTake = Pick<DelegatedPart, 'queries' | 'money' | 'epsilonMicro'>;

/** The counters of a delegation when the part of one query goes from one value to another. */
export function changedUse(
  use: DelegationUse,
  from: DelegationTake,
  to: DelegationTake,
): DelegationUse {
  return {
    delegationId: use.delegationId,
    queries: use.queries - from.queries + to.queries,
    money: String(BigInt(use.money) - BigInt(from.money) + BigInt(to.money)),
    epsilonMicro: use.epsilonMicro - from.epsilonMicro + to.epsilonMicro,
  };
}

/** The counters without what one query took of them. */
export function useWithout(use: DelegationUse, part: DelegationTake): DelegationUse {
  return changedUse(use, part, NOTHING_TAKEN);
}

/** The part of a query that took nothing, or whose everything was given back. */
export const NOTHING_TAKEN: DelegationTake = { queries: 0, money: '0', epsilonMicro: 0 };
