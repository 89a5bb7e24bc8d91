import { chance, pickAny, type Operation, type WeightedOperations } from './world.js';

/** Mostly by one who may; now and then by anybody. */
const review: Operation = ({ random, state, ledger }) => {
  const waiting = state.list('query').filter(({ status }) => status === 'reviewing');
  const timely = waiting.filter(({ review: asked }) => (asked?.deadline ?? 0) >= ledger.now());
  const query = pickAny(random, chance(random, 0.9) ? timely : waiting);
  const point = pickAny(
    random,
    query?.review?.points.filter(({ status }) => status === 'open') ?? [],
  );
  if (query === undefined) return undefined;
  const as = chance(random, 0.95)
    ? (point?.role ?? 'regulator')
    : random.pick(['merchant-5', 'operator', query.analystId]);
  const argument = {
    queryId: query.queryId,
    decision: chance(random, 0.8) ? 'approve' : 'stop',
    reason: 'It has been looked at.',
  };
  return { as, contract: 'query', transaction: 'review', argument };
};

const expireReview: Operation = ({ random, state }) => {
  const waiting = state.list('query').filter(({ status }) => status === 'reviewing');
  const query = pickAny(random, waiting);
  return (
    query && {
      as: 'stranger',
      contract: 'query',
      transaction: 'expire',
      argument: { queryId: query.queryId },
    }
  );
};

/** Queries that wait for a person, who looks at them or does not. */
export const reviewOperations: WeightedOperations = [
  [18, review],
  [0.5, expireReview],
];
