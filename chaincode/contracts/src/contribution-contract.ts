import {
  contributionIdSchema,
  contributionRegistrationSchema,
  epochSchema,
  hashSchema,
  memberIdSchema,
  productIdSchema,
  type Contribution,
  type ContributionId,
} from '@veilsum/protocol';
import { checkRegistration, checkStorage, checkWithdrawal, requireAllowed } from '@veilsum/rules';
import { z } from 'zod';
import { meetCommitment, reopenCommitment } from './commitment-progress.js';
import { readRegistrationFacts } from './contribution-facts.js';
import { mendByContribution } from './incident-mending.js';
import { LedgerContract, type ContractOptions } from './ledger-contract.js';
import { contributionPlaces, contributions } from './ledger-objects.js';
import { isSentAgain, takenId } from './same-content.js';
import type { TransactionCall } from './transaction-call.js';
import type { TransactionContext } from './transaction-stub.js';
import type { WorldState } from './world-state.js';

const contributionReference = z.strictObject({ contributionId: contributionIdSchema });
const storageRecord = z.strictObject({
  contributionId: contributionIdSchema,
  contentHash: hashSchema,
});
const contributionFilter = z.strictObject({
  productId: productIdSchema.optional(),
  epoch: epochSchema.optional(),
  contributorId: memberIdSchema.optional(),
});

/** `contribution`: which containers count (docs/ledger.md, Contributions). */
export class ContributionContract extends LedgerContract {
  constructor(options: ContractOptions = {}) {
    super('contribution', options);
  }

  /** A contributor names the container that it will upload, and what it supersedes. */
  register(context: TransactionContext, argument: string): Promise<string> {
    const rule = { access: 'member' as const, schema: contributionRegistrationSchema };
    return this.transact(context, argument, rule, async (call, registration) => {
      const { state, caller, now } = call;
      const { contributionId, productId, epoch } = registration;
      const existing = await findContribution(state, contributionId);
      if (existing !== undefined) {
        const sent = { ...registration, contributorId: caller.memberId };
        if (isSentAgain(existing, sent, ['status', 'registeredAt'])) return existing;
        throw takenId('contribution', contributionId);
      }
      const facts = await readRegistrationFacts(call, registration);
      requireAllowed(checkRegistration(facts));
      await supersede(call, facts.epochContributions, registration.supersedes);
      const contributorId = caller.memberId;
      await state.put(contributionPlaces, [contributionId], { productId, epoch, contributorId });
      return writeContribution(call, {
        ...registration,
        contributorId,
        status: 'registered',
        registeredAt: now,
      });
    });
  }

  /** The gateway records that it holds the container and that every check of it passed. */
  markStored(context: TransactionContext, argument: string): Promise<string> {
    const rule = { access: ['gateway'] as const, schema: storageRecord };
    return this.transact(context, argument, rule, async (call, { contributionId, contentHash }) => {
      const contribution = await requireContribution(call.state, contributionId);
      requireAllowed(checkStorage(contribution, contentHash));
      if (contribution.status === 'stored') return contribution;
      const met = await meetCommitment(call, contribution);
      const rectified = await mendByContribution(call, contribution, met?.commitmentId);
      return writeContribution(call, { ...contribution, status: 'stored' }, rectified);
    });
  }

  /** A contributor takes a contribution out of every later query. */
  withdraw(context: TransactionContext, argument: string): Promise<string> {
    const rule = { access: 'member' as const, schema: contributionReference };
    return this.transact(context, argument, rule, async (call, { contributionId }) => {
      const contribution = await requireContribution(call.state, contributionId);
      const { memberId } = call.caller;
      if (contribution.status === 'withdrawn' && contribution.contributorId === memberId) {
        return contribution;
      }
      requireAllowed(checkWithdrawal(contribution, memberId));
      await reopenCommitment(call, contribution);
      return writeContribution(call, { ...contribution, status: 'withdrawn' });
    });
  }

  read(context: TransactionContext, argument: string): Promise<string> {
    const rule = { access: 'member' as const, schema: contributionReference };
    return this.transact(context, argument, rule, ({ state }, { contributionId }) =>
      requireContribution(state, contributionId),
    );
  }

  list(context: TransactionContext, argument: string): Promise<string> {
    const rule = { access: 'member' as const, schema: contributionFilter };
    return this.transact(context, argument, rule, async ({ state }, filter) => {
      const found = await state.list(contributions, ...prefixOf(filter));
      return found.filter(
        ({ epoch, contributorId }) =>
          (filter.epoch ?? epoch) === epoch &&
          (filter.contributorId ?? contributorId) === contributorId,
      );
    });
  }
}

/** @returns the contribution, or undefined when the id is not taken */
export async function findContribution(
  state: WorldState,
  contributionId: ContributionId,
): Promise<Contribution | undefined> {
  const place = await state.get(contributionPlaces, contributionId);
  if (place === undefined) return undefined;
  const { productId, epoch, contributorId } = place;
  return state.require(contributions, productId, epoch, contributorId, contributionId);
}

async function requireContribution(
  state: WorldState,
  contributionId: ContributionId,
): Promise<Contribution> {
  const { productId, epoch, contributorId } = await state.require(
    contributionPlaces,
    contributionId,
  );
  return state.require(contributions, productId, epoch, contributorId, contributionId);
}

/** The rules have made sure that the superseded one is the caller's live one of this epoch. */
async function supersede(
  call: TransactionCall,
  epochContributions: readonly Contribution[],
  supersedes: ContributionId | undefined,
): Promise<void> {
  const superseded = epochContributions.find(({ contributionId }) => contributionId === supersedes);
  if (superseded === undefined) return;
  await call.state.put(contributions, placeOf(superseded), { ...superseded, status: 'superseded' });
  await reopenCommitment(call, superseded);
}

async function writeContribution(
  { state, emit }: TransactionCall,
  contribution: Contribution,
  rectified: readonly string[] = [],
): Promise<Contribution> {
  const { contributionId, status } = contribution;
  await state.put(contributions, placeOf(contribution), contribution);
  // A transaction has one event, so incidents that it closes are told of in the same.
  const closed = rectified.length === 0 ? {} : { rectified: [...rectified] };
  emit('contributionChanged', { contributionId, status, ...closed });
  return contribution;
}

function placeOf({ productId, epoch, contributorId, contributionId }: Contribution): string[] {
  return [productId, epoch, contributorId, contributionId];
}

/** A prefix ends at the first part that is not given. */
function prefixOf(filter: z.infer<typeof contributionFilter>): string[] {
  const parts = [filter.productId, filter.epoch, filter.contributorId];
  const end = parts.indexOf(undefined);
  return parts.slice(0, end < 0 ? parts.length : end).filter((part) => part !== undefined);
}
