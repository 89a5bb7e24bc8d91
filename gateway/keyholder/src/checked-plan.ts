import type { BlindingPlan, Layout } from '@veilsum/crypto';
import type { Contribution, Product } from '@veilsum/protocol';
import type { AttemptSeat } from './gateway.js';
import type { KeyShare } from './key-ring.js';
import type { PlanAttempt } from './keyholder-store.js';
import type { OpenAttempt } from './query-progress.js';

/** An open attempt whose plan passed every check against the keyholder's own ledger (plan-check.ts). */
export interface CheckedPlan extends OpenAttempt {
  readonly product: Product;
  readonly layout: Layout;
  readonly keyShare: KeyShare;
  /** The contributions of the plan, in its order. */
  readonly cohort: readonly Contribution[];
  /** Number of cell keys of the product. */
  readonly cells: number;
  /** Blocks that hold a requested unit, ascending (docs/protocol.md §6.2). */
  readonly blocks: readonly number[];
}

/** J: blocks of the aggregate, of each blinding and of the final; groups in plan order, then blocks. */
export function blockCountOf({ plan, blocks }: Pick<CheckedPlan, 'plan' | 'blocks'>): number {
  return plan.groups.length * blocks.length;
}

/** The attempt as the store names it. */
export function planAttemptOf({ planHash, attempt }: OpenAttempt): PlanAttempt {
  return { planHash, attempt: attempt.attempt.attempt };
}

/** A keyholder's place in the attempt as the gateway names it. */
export function seatOf({ plan, attempt }: OpenAttempt, index: number): AttemptSeat {
  return { queryId: plan.queryId, attempt: attempt.attempt.attempt, index };
}

/** What the plan asks of a blinding. */
export function blindingPlanOf({ plan, layout }: CheckedPlan): BlindingPlan {
  const planes = plan.planes.map(({ plane, sensitivity, epsilonMicro }) => ({
    plane,
    sensitivity: BigInt(sensitivity),
    epsilonMicro: BigInt(epsilonMicro),
  }));
  return { layout, groups: plan.groups.length, planes, release: plan.release };
}

/** The most bytes that J blocks take as canonical JSON with all that stands around them. */
export function objectBytesMax(checked: CheckedPlan): number {
  const { elementBytes2 } = checked.keyShare.key;
  const surroundings = 4096;
  // Two hex digits a byte, two quotes and a comma; a proof is shorter than four blocks.
  return (blockCountOf(checked) + 4) * (2 * elementBytes2 + 3) + surroundings;
}
