import {
  accountIdSchema,
  queryIdSchema,
  transferIdSchema,
  transferProposalSchema,
  type Account,
  type JournalEntry,
  type Transfer,
} from '@veilsum/protocol';
import {
  checkTransferConfirmation,
  checkTransferProposal,
  requireAllowed,
  transferPosting,
} from '@veilsum/rules';
import { z } from 'zod';
import { LedgerContract, type ContractOptions } from './ledger-contract.js';
import { balances, credits, journal, members, statements, transfers } from './ledger-objects.js';
import { post, readBalance } from './posting.js';
import { isSentAgain, takenId } from './same-content.js';
import { nothingSchema } from './transaction-argument.js';
import type { TransactionContext } from './transaction-stub.js';
import type { WorldState } from './world-state.js';
import { VeilsumError } from '@veilsum/protocol';

const accountReference = z.strictObject({ accountId: accountIdSchema });
const transferReference = z.strictObject({ transferId: transferIdSchema });
const journalFilter = z.strictObject({
  accountId: accountIdSchema.optional(),
  queryId: queryIdSchema.optional(),
});

/** `account`: money, by double entry (docs/ledger.md, Settlement). */
export class AccountContract extends LedgerContract {
  constructor(options: ContractOptions = {}) {
    super('account', options);
  }

  /** A member claims that money of its own came in or shall go out. */
  proposeTransfer(context: TransactionContext, argument: string): Promise<string> {
    const rule = { access: 'member' as const, schema: transferProposalSchema };
    return this.transact(context, argument, rule, async (call, proposal) => {
      const { state, caller, now } = call;
      const { transferId } = proposal;
      const existing = await state.get(transfers, transferId);
      if (existing !== undefined) {
        const sent = { ...proposal, memberId: caller.memberId };
        if (isSentAgain(existing, sent, ['status', 'proposedAt', 'confirmedBy'])) return existing;
        throw takenId('transfer', transferId);
      }
      requireAllowed(checkTransferProposal(proposal));
      const transfer: Transfer = {
        ...proposal,
        memberId: caller.memberId,
        status: 'proposed',
        proposedAt: now,
      };
      await state.put(transfers, [transferId], transfer);
      call.emit('transferChanged', { transferId, status: transfer.status });
      return transfer;
    });
  }

  /** An operator of another legal entity gives the second signature, and the money moves. */
  confirmTransfer(context: TransactionContext, argument: string): Promise<string> {
    const rule = { access: ['operator'] as const, schema: transferReference };
    return this.transact(context, argument, rule, async (call, { transferId }) => {
      const { state, caller } = call;
      const transfer = await state.require(transfers, transferId);
      const proposer = await state.require(members, transfer.memberId);
      requireAllowed(checkTransferConfirmation(proposer, caller));
      if (transfer.status === 'confirmed') return transfer;
      if (proposer.status !== 'active') {
        throw new VeilsumError(
          'MEMBER_NOT_ACTIVE',
          `The member ${proposer.memberId} is not active.`,
        );
      }
      await post(call, [transferPosting(transfer)]);
      const confirmed: Transfer = {
        ...transfer,
        status: 'confirmed',
        confirmedBy: caller.memberId,
      };
      await state.put(transfers, [transferId], confirmed);
      call.emit('transferChanged', { transferId, status: confirmed.status });
      return confirmed;
    });
  }

  read(context: TransactionContext, argument: string): Promise<string> {
    const rule = { access: 'member' as const, schema: accountReference };
    return this.transact(context, argument, rule, async ({ state }, { accountId }) => {
      await requireOwner(state, accountId);
      const balance = await readBalance(state, accountId);
      return { accountId, balance: String(balance) };
    });
  }

  list(context: TransactionContext, argument: string): Promise<string> {
    const rule = { access: 'member' as const, schema: nothingSchema };
    return this.transact(context, argument, rule, ({ state }) => listAccounts(state));
  }

  /** Entries in the order of their time; of one account, of one query, or all. */
  journal(context: TransactionContext, argument: string): Promise<string> {
    const rule = { access: 'member' as const, schema: journalFilter };
    return this.transact(context, argument, rule, ({ state }, filter) =>
      readJournal(state, filter),
    );
  }

  transfers(context: TransactionContext, argument: string): Promise<string> {
    const rule = { access: 'member' as const, schema: nothingSchema };
    return this.transact(context, argument, rule, ({ state }) => state.list(transfers));
  }
}

/** An account exists with its member, and every other one from the start, empty. */
async function requireOwner(state: WorldState, accountId: string): Promise<void> {
  if (accountId.startsWith('member:')) {
    await state.require(members, accountId.slice('member:'.length));
  }
}

async function listAccounts(state: WorldState): Promise<Account[]> {
  const sums = new Map<string, bigint>();
  const add = (accountId: string, amount: string) =>
    sums.set(accountId, (sums.get(accountId) ?? 0n) + BigInt(amount));
  for (const { accountId, balance } of await state.list(balances)) add(accountId, balance);
  for (const { accountId, amount } of await state.list(credits)) add(accountId, amount);
  return [...sums]
    .map(([accountId, balance]) => ({ accountId, balance: String(balance) }))
    .sort((left, right) => (left.accountId < right.accountId ? -1 : 1));
}

async function readJournal(
  state: WorldState,
  { accountId, queryId }: z.infer<typeof journalFilter>,
): Promise<JournalEntry[]> {
  // All money of a query goes through its escrow account.
  const account = accountId ?? (queryId === undefined ? undefined : `escrow:${queryId}`);
  const entries = await (account === undefined
    ? state.list(journal)
    : state.list(statements, account));
  return entries.filter((entry) => queryId === undefined || entry.queryId === queryId);
}
