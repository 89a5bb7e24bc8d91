import { sampleId } from '../../chaincode/contracts/src/testing/index.js';
import { DAY_MS, HOUR_MS } from './durations.js';
import { pickAny, type Operation, type WeightedOperations } from './world.js';

const PRINCIPALS = ['analyst-1', 'analyst-1', 'analyst-2', 'merchant-5'] as const;
/** Has no money of its own. */
export const AGENT = 'agent';

const grant: Operation = (world) => {
  const { random, ledger } = world;
  const now = ledger.now();
  const argument = {
    format: 'veilsum-delegation/1',
    delegationId: sampleId(world.fresh('delegation')),
    agentId: AGENT,
    purposes: random.pick([['ServiceOptimisation'], ['ServiceOptimisation', 'CommercialResearch']]),
    ...random.pick([{}, {}, { productIds: ['weekly-sales'] }]),
    maxPricePerQuery: random.pick(['3500', '3500', '1500']),
    moneyBudget: random.pick(['4000', '9000', '30000']),
    epsilonPerQueryMicro: random.pick([300_000, 2_000_000]),
    epsilonBudgetMicro: random.pick([2_000_000, 6_000_000]),
    maxQueries: random.pick([2, 3, 40]),
    notBefore: now - 1,
    notAfter: now + random.pick([HOUR_MS, 40 * DAY_MS, 90 * DAY_MS]),
  };
  return { as: random.pick(PRINCIPALS), contract: 'delegation', transaction: 'grant', argument };
};

const revoke: Operation = ({ random, state }) => {
  const delegation = pickAny(
    random,
    state.list('delegation').filter(({ status }) => status === 'active'),
  );
  if (delegation === undefined) return undefined;
  const { principalId: as, delegationId } = delegation;
  return { as, contract: 'delegation', transaction: 'revoke', argument: { delegationId } };
};

/** Who may ask at whose expense; the agent's queries are drawn with all others. */
export const delegationOperations: WeightedOperations = [
  [0.8, grant],
  [0.15, revoke],
];
