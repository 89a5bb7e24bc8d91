import { versionInForce } from '@veilsum/rules';
import { z } from 'zod';
import { LedgerContract, type ContractOptions } from './ledger-contract.js';
import { rulebookPart, rulebookTimes, rulebooks } from './rulebook-objects.js';
import { nothingSchema } from './transaction-argument.js';
import type { TransactionContext } from './transaction-stub.js';

const versionReference = z.strictObject({ version: z.number().int().min(1).optional() });

/** No rulebook has this version. */
const NOT_IN_FORCE = 0;

/** `rulebook`: what is forbidden, who reviews, how one may share (docs/ledger.md, Rulebook). */
export class RulebookContract extends LedgerContract {
  constructor(options: ContractOptions = {}) {
    super('rulebook', options);
  }

  /** One version, or the one in force. */
  read(context: TransactionContext, argument: string): Promise<string> {
    const rule = { access: 'member' as const, schema: versionReference };
    return this.transact(context, argument, rule, async ({ state, now }, { version }) => {
      const asked =
        version ?? versionInForce(await state.list(rulebookTimes), now)?.version ?? NOT_IN_FORCE;
      return state.require(rulebooks, rulebookPart(asked));
    });
  }

  /** Every version that was adopted, in their order. */
  list(context: TransactionContext, argument: string): Promise<string> {
    const rule = { access: 'member' as const, schema: nothingSchema };
    return this.transact(context, argument, rule, ({ state }) => state.list(rulebooks));
  }
}
