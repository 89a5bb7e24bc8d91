import {
  committeeKeyRegistrationSchema,
  keyIdSchema,
  type CommitteeKey,
  type CommitteeKeyRegistration,
  type Member,
} from '@veilsum/protocol';
import { checkCommitteeKey, requireAllowed } from '@veilsum/rules';
import { z } from 'zod';
import { LedgerContract, type ContractOptions } from './ledger-contract.js';
import { committeeKeys, consortia, currentKeys, members } from './ledger-objects.js';
import { recordRuleChange } from './rule-change.js';
import { isSentAgain, takenId } from './same-content.js';
import { nothingSchema } from './transaction-argument.js';
import type { TransactionContext } from './transaction-stub.js';
import type { WorldState } from './world-state.js';

const keyReference = z.strictObject({ keyId: keyIdSchema });

/** `committee`: the public keys of the keyholders (docs/ledger.md, Committee). */
export class CommitteeContract extends LedgerContract {
  constructor(options: ContractOptions = {}) {
    super('committee', options);
  }

  /** The operator registers a checked key, which takes new epochs; earlier keys stay until retired. */
  registerKey(context: TransactionContext, argument: string): Promise<string> {
    const rule = { access: ['operator'] as const, schema: committeeKeyRegistrationSchema };
    return this.transact(context, argument, rule, async (call, registration) => {
      const { state } = call;
      const { keyId } = registration.record;
      const existing = await state.get(committeeKeys, keyId);
      if (existing !== undefined) {
        if (isSentAgain(existing, registration, addedFields)) return existing;
        throw takenId('committee key', keyId);
      }
      const consortium = await state.require(consortia);
      const keyholders = await existingKeyholders(state, registration);
      requireAllowed(checkCommitteeKey({ registration, consortium, keyholders }));
      const key: CommitteeKey = {
        ...registration,
        keyId,
        status: 'active',
        proposedBy: call.caller.memberId,
        registeredAt: call.now,
      };
      const policy = await recordRuleChange(call);
      const hadCurrent = (await state.get(currentKeys)) !== undefined;
      await state.put(committeeKeys, [keyId], key, policy);
      await state.put(currentKeys, [], { keyId }, hadCurrent ? undefined : policy);
      call.emit('keyRegistered', { keyId });
      return key;
    });
  }

  /** The operator ends a key for ever: nothing encrypted under it can be queried any more. */
  retire(context: TransactionContext, argument: string): Promise<string> {
    const rule = { access: ['operator'] as const, schema: keyReference };
    return this.transact(context, argument, rule, async (call, { keyId }) => {
      const { state } = call;
      const key = await state.require(committeeKeys, keyId);
      if (key.status === 'retired') return key;
      const retired: CommitteeKey = { ...key, status: 'retired' };
      await recordRuleChange(call);
      await state.put(committeeKeys, [keyId], retired);
      const current = await state.get(currentKeys);
      if (current?.keyId === keyId) await state.delete(currentKeys);
      call.emit('keyRetired', { keyId });
      return retired;
    });
  }

  read(context: TransactionContext, argument: string): Promise<string> {
    const rule = { access: 'member' as const, schema: keyReference };
    return this.transact(context, argument, rule, ({ state }, { keyId }) =>
      state.require(committeeKeys, keyId),
    );
  }

  /** The key that new epochs take. */
  active(context: TransactionContext, argument: string): Promise<string> {
    const rule = { access: 'member' as const, schema: nothingSchema };
    return this.transact(context, argument, rule, async ({ state }) => {
      const { keyId } = await state.require(currentKeys);
      return state.require(committeeKeys, keyId);
    });
  }

  list(context: TransactionContext, argument: string): Promise<string> {
    const rule = { access: 'member' as const, schema: nothingSchema };
    return this.transact(context, argument, rule, ({ state }) => state.list(committeeKeys));
  }
}

const addedFields = ['keyId', 'status', 'proposedBy', 'registeredAt'] as const;

async function existingKeyholders(
  state: WorldState,
  { keyholders }: CommitteeKeyRegistration,
): Promise<Member[]> {
  const found: Member[] = [];
  for (const memberId of keyholders) {
    const member = await state.get(members, memberId);
    if (member !== undefined) found.push(member);
  }
  return found;
}
