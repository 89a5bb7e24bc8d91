import { sampleId } from '../../chaincode/contracts/src/testing/index.js';
import { chance, pickAny, type Operation, type WeightedOperations, type World } from './world.js';

const deposit: Operation = (world) => {
  const analyst = world.random.pick(['analyst-1', 'analyst-2', 'analyst-3']);
  return transfer(world, {
    as: analyst,
    kind: 'deposit',
    amount: 20_000 + world.random.below(90_000),
  });
};

/** Anyone may ask for more than it has. */
const withdrawal: Operation = (world) => {
  const owner = pickAny(world.random, world.state.list('member'));
  if (owner === undefined) return undefined;
  const amount = 1 + world.random.below(600);
  return transfer(world, { as: owner.memberId, kind: 'withdrawal', amount });
};

const confirm: Operation = ({ random, state }) => {
  const waiting = state.list('transfer').filter(({ status }) => status === 'proposed');
  const found = pickAny(random, waiting);
  if (found === undefined) return undefined;
  return {
    as: chance(random, 0.8) ? 'operator' : 'treasurer',
    contract: 'account',
    transaction: 'confirmTransfer',
    argument: { transferId: found.transferId },
  };
};

/** Money comes in and goes out, each time by two signatures. */
export const moneyOperations: WeightedOperations = [
  [2.5, deposit],
  [1, withdrawal],
  [4, confirm],
];

function transfer(
  world: World,
  { as, kind, amount }: { readonly as: string; readonly kind: string; readonly amount: number },
) {
  const reference = world.fresh('statement');
  const argument = {
    format: 'veilsum-transfer/1',
    transferId: sampleId(reference),
    kind,
    amount: String(amount),
    reference,
  };
  return { as, contract: 'account', transaction: 'proposeTransfer', argument };
}
