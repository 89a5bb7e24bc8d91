import { VeilsumError, type Consortium } from '@veilsum/protocol';
import { ruleChangeEndorsement, type EndorsementPolicy } from '@veilsum/rules';
import { consortia, ruleRevisions } from './ledger-objects.js';
import { isSameContent } from './same-content.js';
import type { UnregisteredCall } from './transaction-call.js';

type RuleCall = Pick<UnregisteredCall, 'state' | 'transactionId'>;

/**
 * Makes the transaction a change of the rules: it takes the next revision, whose key only the endorsers
 * of rule changes may write. Transactions that change no rules never touch that key, so they do not
 * conflict with each other.
 * @returns the policy that new keys with rules get too; a key that has one keeps it
 * @throws {@link VeilsumError} MIGRATION_PENDING while the consortium has no revision to continue
 */
export async function recordRuleChange(call: RuleCall): Promise<EndorsementPolicy> {
  await takeNextRevision(call);
  return ruleChangeEndorsement(await call.state.require(consortia)).policy;
}

/**
 * Changes the consortium itself, which may change who endorses what comes after. Keys that were written
 * before keep their own policies, but no change of the rules goes past the revision's.
 * @throws {@link VeilsumError} MIGRATION_PENDING while the consortium has no revision to continue
 */
export async function changeConsortium(
  call: RuleCall,
  { from, to }: { readonly from: Consortium; readonly to: Consortium },
): Promise<void> {
  const { policy } = ruleChangeEndorsement(to);
  // A peer refuses what touches a key after its policy was written in the same block, even with the
  // same policy, as not endorsed. Without that, it is an ordinary conflict, which is tried again.
  const renewed = isSameContent(ruleChangeEndorsement(from).policy, policy) ? undefined : policy;
  await takeNextRevision(call, renewed);
  await call.state.put(consortia, [], to, renewed);
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

async function takeNextRevision(
  { state, transactionId }: RuleCall,
  policy?: EndorsementPolicy,
): Promise<void> {
  const last = await state.get(ruleRevisions);
  if (last === undefined) {
    throw new VeilsumError(
      'MIGRATION_PENDING',
      'The rules cannot change before the operator has run consortium:migrate.',
    );
  }
  await state.put(ruleRevisions, [], { revision: last.revision + 1, transactionId }, policy);
}
