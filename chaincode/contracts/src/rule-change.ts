import { VeilsumError, type Consortium } from '@veilsum/protocol';
import { ruleChangeEndorsement, type EndorsementPolicy } from '@veilsum/rules';
import { consortia, ruleRevisions } from './ledger-objects.js';
import type { UnregisteredCall } from './transaction-call.js';

type RuleCall = Pick<UnregisteredCall, 'state' | 'transactionId'>;

/**
 * Makes the transaction a change of the rules: it takes the next revision, whose key only the endorsers
 * of rule changes may write. Transactions that change no rules never touch that key, so they do not
 * conflict with each other.
 * @returns the policy that keys with rules get too
 * @throws {@link VeilsumError} MIGRATION_PENDING while the consortium has no revision to continue
 */
export async function recordRuleChange({
  state,
  transactionId,
}: RuleCall): Promise<EndorsementPolicy> {
  const last = await state.get(ruleRevisions);
  if (last === undefined) {
    throw new VeilsumError(
      'MIGRATION_PENDING',
      'The rules cannot change before the operator has run consortium:migrate.',
    );
  }
  await state.put(ruleRevisions, [], { revision: last.revision + 1, transactionId });
  return ruleChangeEndorsement(await state.require(consortia)).policy;
}

/**
 * Writes the first revision of a consortium's rules and sets who endorses the changes that follow.
 * @returns the policy that keys with rules get too
 */
export async function startRuleRevisions(
  { state, transactionId }: RuleCall,
  consortium: Consortium,
): Promise<EndorsementPolicy> {
  const { policy } = ruleChangeEndorsement(consortium);
  await state.put(ruleRevisions, [], { revision: 1, transactionId }, policy);
  return policy;
}
