import type {
  AdoptedRulebook,
  Member,
  NegativeEntry,
  NegativeMatch,
  Product,
  QueryRecord,
  Review,
  ReviewDecision,
  Rulebook,
} from '@veilsum/protocol';
import type { AuditRule } from './audit-rule.js';
import { authorisedBy } from './consent-rules.js';
import type { AuditedTransaction } from './ledger-history.js';
import type { LedgerState } from './ledger-state.js';

/** An authorised query with all that the rulebook judges it by, as it stood then. */
interface JudgedQuery {
  readonly record: QueryRecord;
  readonly plan: NonNullable<QueryRecord['plan']>;
  readonly product: Product | undefined;
  /** The analyst, and the principal of an agent. */
  readonly askers: readonly (Member | undefined)[];
  readonly rulebook: Rulebook | undefined;
  readonly state: LedgerState;
}

/** What is wrong with an authorised query, a sentence each. */
type Judge = (query: JudgedQuery) => readonly string[];

const judging =
  (judge: Judge) =>
  (transaction: AuditedTransaction, before: LedgerState): string[] =>
    authorisedBy(transaction, before).flatMap((record) => {
      const { plan } = record;
      if (plan === undefined) return [];
      return judge({
        record,
        plan,
        product: before.product(plan.productId, plan.productVersion),
        askers: askersOf(record, before),
        rulebook: rulebookAt(before, plan.authorisedAt),
        state: before,
      });
    });

function memberOf(state: LedgerState, memberId: string | undefined): Member | undefined {
  return state.all<Member>('member').find((member) => member.memberId === memberId);
}

/** An agent asks for a principal, who pays; what is said of askers holds for both. */
function askersOf(
  { analystId, payerId = analystId }: QueryRecord,
  state: LedgerState,
): (Member | undefined)[] {
  return [...new Set([analystId, payerId])].map((memberId) => memberOf(state, memberId));
}

/** The adopted rulebook of the highest version whose time had come. */
function rulebookAt(state: LedgerState, at: number): Rulebook | undefined {
  return state
    .all<AdoptedRulebook>('rulebook')
    .filter(({ inForceFrom }) => inForceFrom <= at)
    .map(({ rulebook }) => rulebook)
    .sort((left, right) => left.version - right.version)
    .at(-1);
}

/** No authorised use was on the negative list that was in force. */
export const rulebookRules: AuditRule = {
  check: 'rulebook',
  claim:
    'Every query was authorised under the rulebook in force, and no entry of it denied the use.',
  observe: judging((query) => {
    const { plan, rulebook, record } = query;
    const inForce = rulebook?.version ?? 0;
    if (plan.rulebookVersion !== inForce) {
      return [
        `Query ${record.queryId} names rulebook ${plan.rulebookVersion}, and ${inForce} was in force.`,
      ];
    }
    return entriesAbout(query, 'deny').map(
      ({ entryId }) =>
        `Query ${record.queryId} was allowed although the entry ${entryId} denies it.`,
    );
  }),
};

/** Core data was never shared, and every result has the level that follows. */
export const levels: AuditRule = {
  check: 'levels',
  claim: 'No core data was shared, and every result has the level that follows from the rulebook.',
  observe: judging((query) => {
    const { record, rulebook, product } = query;
    const { queryId, resultLevel } = record;
    const level = product === undefined ? 'core' : levelOf(product, rulebook);
    if (level === 'core') return [`Query ${queryId} was allowed on core data.`];
    if (level === 'important' && rulebook === undefined) {
      return [`Query ${queryId} was allowed on important data without a rulebook.`];
    }
    const expected = rulebook === undefined ? undefined : expectedLevel(query, level, rulebook);
    return resultLevel === expected
      ? []
      : [`Query ${queryId} has the level ${String(resultLevel)}, not ${String(expected)}.`];
  }),
};

/** Whatever takes a review had it, by somebody entitled to, in time. */
export const reviews: AuditRule = {
  check: 'reviews',
  claim:
    'Every query that takes a review was approved in time, by the named role and no own member.',
  observe(transaction, before) {
    return [...decisionProblems(transaction, before), ...missingReviews(transaction, before)];
  },
};

const missingReviews = judging((query) => {
  const { record, rulebook } = query;
  return neededPoints(query)
    .filter((pointId) => !isApproved(record.review, pointId, rulebook))
    .map((pointId) => `Query ${record.queryId} was allowed without a review by ${pointId}.`);
});

/** What is wrong with the decisions that a transaction recorded. */
function decisionProblems({ changes }: AuditedTransaction, before: LedgerState): string[] {
  return changes
    .filter(({ type, value }) => type === 'query' && value !== null)
    .map(({ value }) => value as QueryRecord)
    .flatMap((record) => {
      const earlier = before.query(record.queryId)?.review;
      const askers = askersOf(record, before);
      return (record.review?.points ?? [])
        .filter(
          ({ status }, index) => isDecided(status) && !isDecided(earlier?.points[index]?.status),
        )
        .filter((point) => !isValidDecision(point, memberOf(before, point.reviewerId), askers))
        .map(({ reviewerId }) => {
          return `Query ${record.queryId} was reviewed by ${String(reviewerId)}, who may not, or too late.`;
        });
    });
}

const isDecided = (status: ReviewDecision['status'] | undefined): boolean =>
  status === 'approved' || status === 'stopped';

function isValidDecision(
  { role, decidedAt = Infinity, deadline }: ReviewDecision,
  reviewer: Member | undefined,
  askers: readonly (Member | undefined)[],
): boolean {
  if (reviewer === undefined || decidedAt > deadline) return false;
  return (
    reviewer.status === 'active' &&
    reviewer.roles.includes(role) &&
    askers.every((asker) => asker?.legalEntityId !== reviewer.legalEntityId)
  );
}

/** A directed channel gave nothing to anyone else. */
export const audiences: AuditRule = {
  check: 'audiences',
  claim: 'Every product with an audience answered its members and roles only.',
  observe: judging(({ record, product, askers }) => {
    const audience = product?.audience;
    if (audience === undefined) return [];
    const included = askers.every(
      (asker) =>
        asker !== undefined &&
        (audience.members.includes(asker.memberId) ||
          audience.roles.some((role) => asker.roles.includes(role))),
    );
    return included
      ? []
      : [`Query ${record.queryId} of ${record.analystId} is outside its audience.`];
  }),
};

const RANK = { general: 0, important: 1, core: 2 } as const;
type Level = keyof typeof RANK;

function levelOf(product: Product, rulebook: Rulebook | undefined): Level {
  const given = (rulebook?.levels.byTag ?? []).flatMap(({ tag, level }) =>
    product.tags.includes(tag) ? [level] : [],
  );
  return (
    [product.classification, ...given].sort((left, right) => RANK[right] - RANK[left])[0] ?? 'core'
  );
}

function expectedLevel({ plan, state }: JudgedQuery, level: Level, rulebook: Rulebook): Level {
  if (level !== 'important' || plan.release === 'exact') return level;
  const { minCohort, minGroupCells } = rulebook.levels.aggregated;
  const entities = new Set(
    plan.cohort.map((id) => memberOf(state, state.contribution(id)?.contributorId)?.legalEntityId),
  );
  const finest = Math.min(...plan.groups.map(({ cells }) => cells.length));
  return entities.size >= minCohort && finest >= minGroupCells ? 'general' : 'important';
}

function neededPoints(query: JudgedQuery): string[] {
  const { rulebook, product } = query;
  if (rulebook === undefined || product === undefined) return [];
  const asked = entriesAbout(query, 'review').map(({ reviewPointId }) => String(reviewPointId));
  const important = levelOf(product, rulebook) === 'important';
  return [...new Set([...asked, ...(important ? [rulebook.importantReviewPointId] : [])])];
}

function isApproved(
  review: Review | undefined,
  pointId: string,
  rulebook: Rulebook | undefined,
): boolean {
  const point = review?.points.find(({ reviewPointId }) => reviewPointId === pointId);
  const asked = rulebook?.reviewPoints.find(({ reviewPointId }) => reviewPointId === pointId);
  return point?.status === 'approved' && point.role === asked?.role;
}

function entriesAbout(query: JudgedQuery, effect: NegativeEntry['effect']): NegativeEntry[] {
  return (query.rulebook?.negativeList ?? [])
    .filter((entry) => entry.effect === effect)
    .filter(({ match }) => query.askers.some((asker) => isAbout(match, { ...query, asker })));
}

/** An authorised query, as one of its askers asks it. */
interface AskedQuery extends JudgedQuery {
  readonly asker: Member | undefined;
}

/** Every field of a match against what it is about; a field that is not known here matches, and so is seen. */
function isAbout(match: NegativeMatch, query: AskedQuery): boolean {
  return (Object.keys(match) as (keyof NegativeMatch)[]).every((field) =>
    holds[field](match, query),
  );
}

const includesAny = (list: readonly string[] | undefined, values: readonly string[]) =>
  list?.some((value) => values.includes(value)) ?? true;

const holds: Readonly<
  Record<keyof NegativeMatch, (match: NegativeMatch, query: AskedQuery) => boolean>
> = {
  classifications: ({ classifications }, { product, rulebook }) =>
    product === undefined || includesAny(classifications, [levelOf(product, rulebook)]),
  tags: ({ tags }, { product }) => includesAny(tags, product?.tags ?? []),
  withoutTags: ({ withoutTags = [] }, { product }) =>
    withoutTags.every((tag) => product?.tags.includes(tag) !== true),
  productIds: ({ productIds }, { plan }) => includesAny(productIds, [plan.productId]),
  purposes: ({ purposes }, { plan }) => includesAny(purposes, [plan.purpose]),
  functions: ({ functions }, { plan }) => includesAny(functions, [plan.function]),
  releases: ({ releases }, { plan }) => includesAny(releases, [plan.release]),
  recipientRoles: ({ recipientRoles }, { asker }) =>
    includesAny(recipientRoles, asker?.roles ?? []),
  crossBorder: ({ crossBorder }, { asker, rulebook }) =>
    crossBorder === rulebook?.crossBorderMspIds.some((mspId) => mspId === asker?.mspId),
  groupCellsBelow: ({ groupCellsBelow = 0 }, { plan }) =>
    plan.groups.some(({ cells }) => cells.length < groupCellsBelow),
};
