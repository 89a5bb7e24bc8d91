import type {
  Goal,
  GoalOutcome,
  GoalTerms,
  Product,
  QueryId,
  QueryRequest,
  RuleOutcome,
  Verdict,
} from '@veilsum/protocol';
import type { Fraction } from '../settlement/fraction.js';
import { outcomeOf, verdictOf, type RuleFailure } from '../verdict.js';
import { floorDivision, readFraction, subtractFractions, writeFraction } from './exact-fraction.js';
import { asksFor, statisticFault } from './statistic-rules.js';

/** Whether a goal can be set: a statistic that can be answered, a way to go, and time for it. */
export function checkGoal(
  goal: GoalTerms,
  { product, now }: { product: Product; now: number },
): Verdict {
  const about = { goalId: goal.goalId };
  return verdictOf([
    outcomeOf('goal-statistic', statisticFault(goal.statistic, product), about),
    outcomeOf('goal-target', distance(goal).numerator === 0n ? noDistance() : undefined, about),
    outcomeOf(
      'goal-deadline',
      goal.deadline > now ? undefined : invalid('The field deadline is in the past.'),
      about,
    ),
  ]);
}

/** A request that names a goal must ask for its statistic. */
export function goalAskedFor(
  request: QueryRequest,
  goal: Pick<Goal, 'goalId' | 'statistic'> | undefined,
): RuleOutcome {
  const goalId = request.goalId ?? '';
  if (goal === undefined) {
    const sentence = `There is no goal ${goalId}; set it first, or leave it out.`;
    return outcomeOf('goal-asked-for', { code: 'NOT_FOUND', sentence }, { goalId });
  }
  const { productId, productVersion, epoch } = goal.statistic;
  const sentence = `The goal ${goalId} is about the ${goal.statistic.function} of ${productId}@${productVersion} in ${epoch}, not about this request.`;
  const failure = asksFor(goal.statistic, request)
    ? undefined
    : { code: 'GOAL_MISMATCH' as const, sentence };
  return outcomeOf('goal-asked-for', failure, { goalId });
}

/** What a published value comes to for a goal. */
export function goalOutcome(
  goal: Goal,
  { queryId, value, at }: { queryId: QueryId; value: Fraction; at: number },
): GoalOutcome {
  const way = distance(goal);
  const gone = subtractFractions(value, readFraction(goal.baseline));
  const sign = way.numerator < 0n ? -1n : 1n;
  const attained = floorDivision(
    sign * gone.numerator * way.denominator * 10_000n,
    sign * way.numerator * gone.denominator,
  );
  return {
    goalId: goal.goalId,
    queryId,
    value: writeFraction(value),
    attainmentBps: String(attained),
    met: attained >= 10_000n,
    inTime: at <= goal.deadline,
    at,
  };
}

function distance({ baseline, target }: Pick<GoalTerms, 'baseline' | 'target'>): Fraction {
  return subtractFractions(readFraction(target), readFraction(baseline));
}

const noDistance = () => invalid('The field target must differ from the baseline.');

function invalid(sentence: string): RuleFailure {
  return { code: 'INVALID_ARGUMENT', sentence };
}
