import { askLedger } from '@veilsum/ledger';
import {
  goalOutcomeSchema,
  goalSchema,
  queryRecordSchema,
  type Goal,
  type GoalOutcome,
} from '@veilsum/protocol';
import { z } from 'zod';
import type { Session } from '../session/session.js';

/** What was promised, what was asked about it, and what came. */
export interface GoalReport {
  readonly goal: Goal;
  /** Queries that name the goal and were not refused. */
  readonly asked: number;
  /** From published statistics only, in the order of their time. */
  readonly outcomes: readonly GoalOutcome[];
  readonly state: 'open' | 'met' | 'missed' | 'not reported';
}

/** Goals of everyone, or of one member. */
export async function readGoals(
  { ledger }: Pick<Session, 'ledger'>,
  ownerId?: string,
): Promise<Goal[]> {
  const goals = await askLedger(ledger, 'goal:list', {}, z.array(goalSchema));
  return goals.filter((goal) => ownerId === undefined || goal.ownerId === ownerId);
}

/**
 * One report for each goal.
 * @param now milliseconds; decides whether an open goal still has time
 */
export async function readGoalReports(
  session: Pick<Session, 'ledger'>,
  goals: readonly Goal[],
  now: number,
): Promise<GoalReport[]> {
  const { ledger } = session;
  const queries = await askLedger(ledger, 'query:list', {}, z.array(queryRecordSchema));
  const reports: GoalReport[] = [];
  for (const goal of goals) {
    const { goalId } = goal;
    const outcomes = (
      await askLedger(ledger, 'goal:outcomes', { goalId }, z.array(goalOutcomeSchema))
    ).sort((one, other) => one.at - other.at);
    const asked = queries.filter(
      ({ request, status }) => request.goalId === goalId && status !== 'refused',
    ).length;
    reports.push({ goal, asked, outcomes, state: stateOf(goal, outcomes, now) });
  }
  return reports;
}

/** The first figure in time decides, so that nobody asks again until he likes the answer. */
function stateOf(
  { deadline }: Goal,
  outcomes: readonly GoalOutcome[],
  now: number,
): GoalReport['state'] {
  const first = outcomes.find(({ inTime }) => inTime);
  if (first !== undefined) return first.met ? 'met' : 'missed';
  return now <= deadline ? 'open' : 'not reported';
}
