import { askLedger, type Ledger } from '@veilsum/ledger';
import { consentSchema, type Consent } from '@veilsum/protocol';
import { z } from 'zod';

/** @throws {@link VeilsumError} NOT_FOUND */
export function readConsent(ledger: Ledger, consentId: string): Promise<Consent> {
  return askLedger(ledger, 'consent:read', { consentId }, consentSchema);
}

/** Every version of a consent, the first one first. @throws {@link VeilsumError} NOT_FOUND */
export function readConsentHistory(ledger: Ledger, consentId: string): Promise<Consent[]> {
  return askLedger(ledger, 'consent:history', { consentId }, z.array(consentSchema));
}

/** Consents, all or those that match. */
export function listConsents(
  ledger: Ledger,
  filter: { readonly contributorId?: string; readonly productId?: string },
): Promise<Consent[]> {
  return askLedger(ledger, 'consent:list', filter, z.array(consentSchema));
}
