import { rulebookSchema, type AdoptedRulebook, type Rulebook } from '@veilsum/protocol';
import { checkRulebook, checkRulebookAmong, requireAllowed, versionInForce } from '@veilsum/rules';
import { z } from 'zod';
import { LedgerContract, type ContractOptions } from './ledger-contract.js';
import { recordRuleChange } from './rule-change.js';
import { rulebookPart, rulebookTimes, rulebooks } from './rulebook-objects.js';
import { isSameContent, takenId } from './same-content.js';
import { nothingSchema } from './transaction-argument.js';
import type { TransactionCall } from './transaction-call.js';
import type { TransactionContext } from './transaction-stub.js';

const versionReference = z.strictObject({ version: z.number().int().min(1).optional() });

/** `rulebook`: what is forbidden, who reviews, how one may share (docs/ledger.md, Rulebook). */
export class RulebookContract extends LedgerContract {
  constructor(options: ContractOptions = {}) {
    super('rulebook', options);
  }

  /** Takes a rulebook over, for as long as the operator alone decides on it. */
  adopt(context: TransactionContext, argument: string): Promise<string> {
    const rule = { access: ['operator'] as const, schema: rulebookSchema };
    return this.transact(context, argument, rule, async (call, rulebook) => {
      await requireProposable(call, rulebook);
      const adopted = await adoptRulebook(call, rulebook);
      call.emit('consortiumChanged', { rulebook: rulebook.version });
      return adopted;
    });
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

/** No rulebook has this version. */
const NOT_IN_FORCE = 0;

/**
 * Whether a rulebook can be proposed now.
 * @throws {@link VeilsumError} RULEBOOK_INVALID
 */
export async function requireProposable(
  { state, now }: Pick<TransactionCall, 'state' | 'now'>,
  rulebook: Rulebook,
): Promise<void> {
  const versions = (await state.list(rulebookTimes)).map(({ version }) => version);
  requireAllowed(checkRulebook(rulebook));
  requireAllowed(checkRulebookAmong(rulebook, { versions, now }));
}

/**
 * Takes a rulebook over. It is in force from its own date on, or from now if that has passed meanwhile, so
 * that no query of the past falls under it.
 * @throws {@link VeilsumError} ALREADY_EXISTS_WITH_DIFFERENT_CONTENT when the version is taken
 */
export async function adoptRulebook(
  call: TransactionCall,
  rulebook: Rulebook,
): Promise<AdoptedRulebook> {
  const { state, now } = call;
  const { version, effectiveFrom } = rulebook;
  const key = [rulebookPart(version)];
  const existing = await state.get(rulebooks, ...key);
  if (existing !== undefined) {
    if (isSameContent(existing.rulebook, rulebook)) return existing;
    throw takenId('rulebook', String(version));
  }
  const inForceFrom = Math.max(effectiveFrom, now);
  const adopted: AdoptedRulebook = { rulebook, adoptedAt: now, inForceFrom };
  const policy = await recordRuleChange(call);
  await state.put(rulebooks, key, adopted, policy);
  await state.put(rulebookTimes, key, { version, inForceFrom }, policy);
  return adopted;
}
