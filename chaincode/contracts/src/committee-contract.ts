import { keyIdSchema } from '@veilsum/protocol';
import { z } from 'zod';
import { LedgerContract, type ContractOptions } from './ledger-contract.js';
import { committeeKeys, currentKeys } from './ledger-objects.js';
import { nothingSchema } from './transaction-argument.js';
import type { TransactionContext } from './transaction-stub.js';

const keyReference = z.strictObject({ keyId: keyIdSchema });

/** `committee`: the public keys of the keyholders, which come and go by proposal (docs/ledger.md, Committee). */
export class CommitteeContract extends LedgerContract {
  constructor(options: ContractOptions = {}) {
    super('committee', options);
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
