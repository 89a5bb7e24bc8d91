import { generateBlinding } from '@veilsum/crypto';
import { encodeBlinding, ownBlindingHash } from './blinding-object.js';
import { blindingPlanOf, planAttemptOf, type CheckedPlan } from './checked-plan.js';
import type { CommitteeLedger } from './committee-ledger.js';
import type { KeyholderStore } from './keyholder-store.js';

export interface CommitmentPorts {
  readonly store: KeyholderStore;
  readonly ledger: CommitteeLedger;
}

/**
 * Makes the keyholder's blinding of an attempt and records its hash (docs/protocol.md §6.4). It is on
 * disk before the ledger hears of it, so that a repeat after any crash records the same one: no
 * attempt ever has two. The plaintexts in it are forgotten as soon as it is made.
 *
 * @throws {@link VeilsumError} what the ledger answers
 */
export async function commitBlinding(
  checked: CheckedPlan,
  { store, ledger }: CommitmentPorts,
): Promise<void> {
  const of = planAttemptOf(checked);
  const kept = (await store.blinding(of)) ?? (await store.keepBlinding(of, freshBlinding(checked)));
  await ledger.commitBlinding({
    queryId: checked.plan.queryId,
    ...of,
    blindingHash: ownBlindingHash(checked, kept),
  });
}

function freshBlinding(checked: CheckedPlan): Uint8Array {
  const { key, index } = checked.keyShare;
  return encodeBlinding(
    generateBlinding({ ...blindingPlanOf(checked), ...planAttemptOf(checked), key, index }),
  );
}
