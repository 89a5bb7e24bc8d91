import { blocksForPlanes, hashLayout } from '@veilsum/crypto';
import {
  hashPlan,
  layoutForProduct,
  productCellCount,
  recheckPlan,
  type PlanFacts,
} from '@veilsum/rules';
import { errorCodes, VeilsumError, type Contribution, type ErrorCode } from '@veilsum/protocol';
import type { CheckedPlan } from './checked-plan.js';
import type { Clock } from './clock.js';
import type { CommitteeLedger } from './committee-ledger.js';
import type { KeyShare, KeyShares } from './key-ring.js';
import { readPlanFacts } from './plan-facts-reading.js';
import type { OpenAttempt } from './query-progress.js';
import { Refusal } from './refusal.js';

/** How far the ledger's time of a plan may be ahead of the own clock. */
const CLOCK_TOLERANCE_MS = 300_000;

export interface PlanCheckPorts {
  readonly ledger: CommitteeLedger;
  readonly keyRing: KeyShares;
  readonly clock: Clock;
}

/**
 * Checks a plan as a keyholder must on its own, before it blinds and again before it opens
 * (docs/protocol.md §6.3): that it is the plan which the ledger charged, that the own key share is the
 * one it needs, and that everything that must hold still holds, with dates by the own clock.
 *
 * @throws {@link Refusal} with the code of the first rule that does not hold
 * @throws {@link VeilsumError} when the ledger cannot be read; then nothing is done
 */
export async function checkPlan(
  open: OpenAttempt,
  index: number,
  { ledger, keyRing, clock }: PlanCheckPorts,
): Promise<CheckedPlan> {
  requireCharged(open, clock.now());
  const keyShare = await requireKeyShare(open, index, keyRing);
  const facts = await readPlanFacts(open, ledger, clock.now());
  requireStanding(facts);
  const layout = layoutForProduct(facts.product, keyShare.key.record);
  if (hashLayout(layout) !== open.plan.layoutHash) {
    throw new Refusal('PLAN_MISMATCH', 'The plan was made for another layout of its product.');
  }
  return {
    ...open,
    product: facts.product,
    layout,
    keyShare,
    cohort: cohortInOrder(facts),
    cells: productCellCount(facts.product),
    blocks: blocksForPlanes(
      layout,
      open.plan.planes.map(({ plane }) => plane),
    ),
  };
}

/** Every attempt after a recorded share is charged anew (docs/protocol.md §6.8). */
function requireCharged(open: OpenAttempt, now: number): void {
  const { record, plan, planHash, attempt } = open;
  if (hashPlan(plan) !== planHash || plan.queryId !== record.queryId) {
    throw new Refusal('PLAN_MISMATCH', 'The plan does not have the hash that the ledger charged.');
  }
  if (record.chargedEpsilonMicro < open.chargesDue * plan.epsilonMicro) {
    throw new Refusal('PLAN_MISMATCH', 'The ledger has not charged the ε of this attempt.');
  }
  const openedAt = Math.max(plan.authorisedAt, attempt.attempt.openedAt);
  if (openedAt > now + CLOCK_TOLERANCE_MS) {
    throw new Refusal('CLOCK_SKEW', "The plan's time lies ahead of this keyholder's clock.");
  }
}

async function requireKeyShare(
  { plan }: OpenAttempt,
  index: number,
  keyRing: KeyShares,
): Promise<KeyShare> {
  const keyShare = await keyRing.shareOf(plan.keyId);
  if (keyShare?.index === index) return keyShare;
  const reason = 'This keyholder has no share of the committee key that the plan names.';
  throw new Refusal('KEY_SHARE_INVALID', reason);
}

function requireStanding(facts: PlanFacts): void {
  const { allowed, trace } = recheckPlan(facts);
  if (allowed) return;
  const failure = trace.find(({ passed }) => !passed);
  const code = failure?.code;
  if (failure === undefined || code === undefined || !(code in errorCodes)) {
    throw new Refusal('FORBIDDEN', 'The rules do not allow this plan to be opened.');
  }
  throw new Refusal(code as ErrorCode, failure.sentence);
}

function cohortInOrder({ plan, cohort }: PlanFacts): Contribution[] {
  const byId = new Map(
    cohort.map(({ contribution }) => [contribution.contributionId, contribution]),
  );
  return plan.cohort.map((contributionId) => {
    const contribution = byId.get(contributionId);
    if (contribution !== undefined) return contribution;
    throw new VeilsumError('LEDGER_INTEGRITY', 'A plan names a contribution that is not there.');
  });
}
