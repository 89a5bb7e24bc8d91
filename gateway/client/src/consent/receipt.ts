import { hashCanonicalJson, type JsonValue } from '@veilsum/crypto';
import type { ConsentTerms } from '@veilsum/protocol';

/**
 * The consent receipt that the contributor keeps, structured after ISO/IEC TS 27560 with W3C DPV terms.
 * Only its hash goes on the ledger.
 */
export interface ConsentReceipt {
  readonly receipt: JsonValue;
  /** SHA-256 of its canonical JSON, hex. */
  readonly receiptHash: string;
}

/** @param contributor - public name of who gives the consent */
export function consentReceipt(
  terms: Omit<ConsentTerms, 'receiptHash' | 'format'>,
  contributor: string,
): ConsentReceipt {
  const receipt: JsonValue = {
    '@context': 'https://w3id.org/dpv',
    schema_version: 'veilsum-consent-receipt/1',
    record_id: terms.consentId,
    pii_principal_id: contributor,
    processing: {
      purposes: terms.purposes.map((purpose) => `dpv:${purpose}`),
      product: `${terms.productId}@${terms.productVersion}`,
      functions: [...terms.functions],
      recipients: [...terms.recipients],
      release: terms.release,
      minCohort: terms.minCohort,
      maxUses: terms.maxUses,
      epsilonPerEpochMicro: terms.epsilonPerEpochMicro,
      minimumPricePerUse: terms.minimumPricePerUse,
    },
    validity: { notBefore: terms.notBefore, notAfter: terms.notAfter },
  };
  return { receipt, receiptHash: hashCanonicalJson(receipt) };
}
