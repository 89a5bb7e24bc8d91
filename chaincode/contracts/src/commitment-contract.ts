import {
  commitmentIdSchema,
  commitmentMakingSchema,
  epochSchema,
  memberIdSchema,
  productIdSchema,
  type Commitment,
} from '@veilsum/protocol';
import { checkCommitment, checkCommitmentWithdrawal, requireAllowed } from '@veilsum/rules';
import { z } from 'zod';
import { findCommitment, placeOfCommitment, requireCommitment } from './commitment-progress.js';
import { LedgerContract, type ContractOptions } from './ledger-contract.js';
import { productKey, products } from './ledger-objects.js';
import { commitmentPlaces, commitments } from './oversight-objects.js';
import { isSentAgain, takenId } from './same-content.js';
import type { TransactionCall } from './transaction-call.js';
import type { TransactionContext } from './transaction-stub.js';

const commitmentReference = z.strictObject({ commitmentId: commitmentIdSchema });
const commitmentFilter = z.strictObject({
  productId: productIdSchema.optional(),
  epoch: epochSchema.optional(),
  contributorId: memberIdSchema.optional(),
});

/** `commitment`: what contributors said they will contribute, and by when (docs/ledger.md, Commitments). */
export class CommitmentContract extends LedgerContract {
  constructor(options: ContractOptions = {}) {
    super('commitment', options);
  }

  /** A contributor commits itself; from then on being late is a fact of the ledger. */
  make(context: TransactionContext, argument: string): Promise<string> {
    const rule = { access: 'member' as const, schema: commitmentMakingSchema };
    return this.transact(context, argument, rule, async (call, making) => {
      const { state, caller, now } = call;
      const { commitmentId, productId, productVersion, epoch } = making;
      const contributorId = caller.memberId;
      const existing = await findCommitment(state, commitmentId);
      if (existing !== undefined) {
        if (isSentAgain(existing, { ...making, contributorId }, addedFields)) return existing;
        throw takenId('commitment', commitmentId);
      }
      const product = await state.require(products, ...productKey(productId, productVersion));
      const standing = await state.get(commitments, productId, epoch, contributorId);
      requireAllowed(checkCommitment({ making, product, contributor: caller, standing, now }));
      const place = { productId, epoch, contributorId };
      await state.put(commitmentPlaces, [commitmentId], place);
      return writeCommitment(call, { ...making, contributorId, madeAt: now, status: 'open' });
    });
  }

  /** A contributor takes a commitment back before it is due. */
  withdraw(context: TransactionContext, argument: string): Promise<string> {
    const rule = { access: 'member' as const, schema: commitmentReference };
    return this.transact(context, argument, rule, async (call, { commitmentId }) => {
      const commitment = await requireCommitment(call.state, commitmentId);
      const callerId = call.caller.memberId;
      const { status, contributorId } = commitment;
      if (status === 'withdrawn' && contributorId === callerId) return commitment;
      requireAllowed(checkCommitmentWithdrawal(commitment, { callerId, now: call.now }));
      return writeCommitment(call, { ...commitment, status: 'withdrawn' });
    });
  }

  read(context: TransactionContext, argument: string): Promise<string> {
    const rule = { access: 'member' as const, schema: commitmentReference };
    return this.transact(context, argument, rule, ({ state }, { commitmentId }) =>
      requireCommitment(state, commitmentId),
    );
  }

  list(context: TransactionContext, argument: string): Promise<string> {
    const rule = { access: 'member' as const, schema: commitmentFilter };
    return this.transact(context, argument, rule, async ({ state }, filter) =>
      (await state.list(commitments)).filter(
        ({ productId, epoch, contributorId }) =>
          (filter.productId ?? productId) === productId &&
          (filter.epoch ?? epoch) === epoch &&
          (filter.contributorId ?? contributorId) === contributorId,
      ),
    );
  }
}

const addedFields = ['madeAt', 'status', 'contributionId', 'metAt'] as const;

async function writeCommitment(
  { state, emit }: TransactionCall,
  commitment: Commitment,
): Promise<Commitment> {
  const { commitmentId, status } = commitment;
  await state.put(commitments, placeOfCommitment(commitment), commitment);
  emit('commitmentChanged', { commitmentId, status });
  return commitment;
}
