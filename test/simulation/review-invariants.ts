import type { QueryRecord, Rulebook } from '@veilsum/protocol';
import type { Commit } from './commit.js';
import type { CommittedState } from './committed-state.js';

/** No plan is made of what the rulebook in force denies, or wants reviewed and nobody fit approved. */
export function plansAllowedByRulebook(state: CommittedState, commit: Commit): string[] {
  return commit.changes
    .of('query')
    .filter(({ before, after }) => before?.plan === undefined && after?.plan !== undefined)
    .flatMap(({ after }) => (after === undefined ? [] : planFaults(state, after, commit.at)));
}

function planFaults(state: CommittedState, query: QueryRecord, at: number): string[] {
  const rulebook = inForce(state, at);
  return matching(rulebook, query).flatMap(({ effect, entryId, reviewPointId }) => {
    if (effect === 'deny') return [`query ${query.queryId} was authorised against ${entryId}`];
    const asked = rulebook?.reviewPoints.find((it) => it.reviewPointId === reviewPointId);
    return asked !== undefined && isApproved(state, query, asked)
      ? []
      : [`query ${query.queryId} was authorised without the review of ${entryId}`];
  });
}

/** In time, by a member with the role of the point, who is not of the analyst's own legal entity. */
function isApproved(
  state: CommittedState,
  { review, analystId }: QueryRecord,
  { reviewPointId, role }: Rulebook['reviewPoints'][number],
): boolean {
  const point = review?.points.find((it) => it.reviewPointId === reviewPointId);
  if (point?.status !== 'approved' || point.decidedAt === undefined) return false;
  const reviewer = state.get('member', point.reviewerId ?? '');
  const analyst = state.get('member', analystId);
  return (
    point.decidedAt <= point.deadline &&
    reviewer !== undefined &&
    reviewer.roles.includes(role) &&
    reviewer.legalEntityId !== analyst?.legalEntityId
  );
}

function inForce(state: CommittedState, at: number): Rulebook | undefined {
  return state
    .list('rulebook')
    .filter(({ inForceFrom }) => inForceFrom <= at)
    .map(({ rulebook }) => rulebook)
    .sort((left, right) => right.version - left.version)[0];
}

/** The simulation's rulebooks match on functions and releases alone. */
function matching(rulebook: Rulebook | undefined, { request }: QueryRecord) {
  return (rulebook?.negativeList ?? []).filter(
    ({ match }) =>
      (match.functions?.includes(request.function) ?? true) &&
      (match.releases?.includes(request.release) ?? true),
  );
}
