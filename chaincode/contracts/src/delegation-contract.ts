import {
  delegationIdSchema,
  delegationTermsSchema,
  memberIdSchema,
  type Delegation,
} from '@veilsum/protocol';
import { checkDelegationRevocation, checkDelegationTerms, requireAllowed } from '@veilsum/rules';
import { z } from 'zod';
import { delegations } from './delegation-objects.js';
import { readDelegationUse } from './delegation-use.js';
import { LedgerContract, type ContractOptions } from './ledger-contract.js';
import { members } from './ledger-objects.js';
import { isSentAgain, takenId } from './same-content.js';
import type { TransactionCall } from './transaction-call.js';
import type { TransactionContext } from './transaction-stub.js';

const delegationReference = z.strictObject({ delegationId: delegationIdSchema });
const delegationFilter = z.strictObject({
  principalId: memberIdSchema.optional(),
  agentId: memberIdSchema.optional(),
});

/** `delegation`: who may ask at whose expense, and within which limits (docs/ledger.md, Delegation). */
export class DelegationContract extends LedgerContract {
  constructor(options: ContractOptions = {}) {
    super('delegation', options);
  }

  /** A member lets an agent ask on its account. Terms do not change; another delegation can be given. */
  grant(context: TransactionContext, argument: string): Promise<string> {
    const rule = { access: 'member' as const, schema: delegationTermsSchema };
    return this.transact(context, argument, rule, async (call, terms) => {
      const { state, caller, now } = call;
      const principalId = caller.memberId;
      const existing = await state.get(delegations, terms.delegationId);
      if (existing !== undefined) {
        const added = ['status', 'givenAt', 'changedAt'] as const;
        if (isSentAgain(existing, { ...terms, principalId }, added)) return existing;
        throw takenId('delegation', terms.delegationId);
      }
      const agent = await state.get(members, terms.agentId);
      requireAllowed(checkDelegationTerms({ terms, principalId, agent, now }));
      const times = { givenAt: now, changedAt: now };
      return writeDelegation(call, { ...terms, principalId, status: 'active', ...times });
    });
  }

  /** The principal ends a delegation, for every query that has not been released yet. */
  revoke(context: TransactionContext, argument: string): Promise<string> {
    const rule = { access: 'member' as const, schema: delegationReference };
    return this.transact(context, argument, rule, async (call, { delegationId }) => {
      const current = await call.state.require(delegations, delegationId);
      requireAllowed(checkDelegationRevocation(current, call.caller.memberId));
      if (current.status === 'revoked') return current;
      return writeDelegation(call, { ...current, status: 'revoked', changedAt: call.now });
    });
  }

  /** A delegation with what was used of its limits. */
  read(context: TransactionContext, argument: string): Promise<string> {
    const rule = { access: 'member' as const, schema: delegationReference };
    return this.transact(context, argument, rule, async ({ state }, { delegationId }) => ({
      delegation: await state.require(delegations, delegationId),
      use: await readDelegationUse(state, delegationId),
    }));
  }

  list(context: TransactionContext, argument: string): Promise<string> {
    const rule = { access: 'member' as const, schema: delegationFilter };
    return this.transact(context, argument, rule, async ({ state }, filter) =>
      (await state.list(delegations)).filter(
        ({ principalId, agentId }) =>
          (filter.principalId === undefined || principalId === filter.principalId) &&
          (filter.agentId === undefined || agentId === filter.agentId),
      ),
    );
  }
}

async function writeDelegation(
  { state, emit }: TransactionCall,
  delegation: Delegation,
): Promise<Delegation> {
  const { delegationId, status } = delegation;
  await state.put(delegations, [delegationId], delegation);
  emit('delegationChanged', { delegationId, status });
  return delegation;
}
