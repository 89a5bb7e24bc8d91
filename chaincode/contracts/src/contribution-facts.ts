import type { Contribution, ContributionRegistration, KeyId } from '@veilsum/protocol';
import { isLive, type RegistrationFacts } from '@veilsum/rules';
import { findConsent } from './consent-contract.js';
import {
  committeeKeys,
  contributions,
  currentKeys,
  epochReleases,
  productKey,
  products,
} from './ledger-objects.js';
import type { TransactionCall } from './transaction-call.js';
import type { WorldState } from './world-state.js';

/** Everything on the ledger that decides about a registration; read by range, so that a concurrent one is noticed. */
export async function readRegistrationFacts(
  { state, caller, now }: TransactionCall,
  registration: ContributionRegistration,
): Promise<RegistrationFacts> {
  const { productId, productVersion, epoch, consentId, keyId } = registration;
  const epochContributions = await state.list(contributions, productId, epoch);
  return {
    registration,
    product: await state.require(products, ...productKey(productId, productVersion)),
    contributor: caller,
    consent: await findConsent(state, consentId),
    key: await state.get(committeeKeys, keyId),
    expectedKeyId: await readEpochKeyId(state, epochContributions),
    epochContributions,
    epochReleased: (await state.get(epochReleases, productId, epoch)) !== undefined,
    now,
  };
}

/**
 * The key that contributions to an epoch are encrypted under: that of the live ones, which can only be
 * added under one key, or the active key when there are none.
 */
export async function readEpochKeyId(
  state: WorldState,
  epochContributions: readonly Contribution[],
): Promise<KeyId | undefined> {
  const live = epochContributions.find(isLive);
  return live?.keyId ?? (await state.get(currentKeys))?.keyId;
}
