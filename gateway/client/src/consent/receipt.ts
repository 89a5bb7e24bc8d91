import { hashCanonicalJson, type JsonValue } from '@veilsum/crypto';
import { purposeTerms, type Consent, type ConsentTerms } from '@veilsum/protocol';
import { receiptContext } from './receipt-context.js';

/** Version of the structure below; a changed one takes a new name. */
export const RECEIPT_SCHEMA = 'veilsum-receipt/2';

/** Terms before they have a receipt. */
export type UnsignedTerms = Omit<ConsentTerms, 'receiptHash' | 'format'>;

/**
 * The part of a receipt that follows from the terms alone, structured after ISO/IEC TS 27560 with W3C DPV
 * terms. It names members and no person, and has no time of its own: the ledger's is in the events.
 */
export interface ConsentReceipt {
  readonly receipt: JsonValue;
  /** SHA-256 of its canonical JSON, hex; `receiptHash` of the terms. */
  readonly receiptHash: string;
}

/** @param contributor - public name of who gives the consent */
export function consentReceipt(terms: UnsignedTerms, contributor: string): ConsentReceipt {
  const receipt = recordOf(terms, contributor);
  return { receipt, receiptHash: hashCanonicalJson(receipt) };
}

/**
 * The whole receipt of a consent as it stands: the record of its present terms, and what happened to it.
 * @param history - every version on the ledger, the first one first (`consent:history`)
 */
export function receiptDocument(history: readonly Consent[]): JsonValue {
  const present = history.at(-1);
  if (present === undefined) throw new Error('A consent has at least one version.');
  const { receipt, receiptHash } = consentReceipt(present, present.contributorId);
  return {
    '@context': receiptContext,
    id: `${recordName(present.consentId)}:receipt:${present.revision}:${present.status}`,
    type: 'dpv:ConsentReceipt',
    schemaVersion: RECEIPT_SCHEMA,
    recordId: present.consentId,
    revision: present.revision,
    recordHash: receiptHash,
    status: statusTerm(present),
    record: receipt,
    events: history.map((version) => ({
      status: statusTerm(version),
      at: timeText(version.changedAt),
      revision: version.revision,
      recordHash: version.receiptHash,
      givenBy: memberName(version.contributorId),
    })),
  };
}

function recordOf(terms: UnsignedTerms, contributor: string): JsonValue {
  const { consentId, questionIds, publication, requestId } = terms;
  return {
    id: recordName(consentId),
    type: 'dpv:ConsentRecord',
    schemaVersion: RECEIPT_SCHEMA,
    recordId: consentId,
    controller: memberName(contributor),
    givenBy: memberName(contributor),
    notice: {
      id: productName(terms),
      type: 'dpv:ConsentNotice',
      language: 'en',
      title: `Standard ${terms.productId}, version ${terms.productVersion}, and veilsum-consent/1`,
    },
    legalBasis: 'dpv:ExplicitlyExpressedConsent',
    process: processOf(terms),
    duration: {
      type: 'dpv:UntilTimeDuration',
      notBefore: timeText(terms.notBefore),
      notAfter: timeText(terms.notAfter),
    },
    control: {
      type: 'dpv:WithdrawConsent',
      description: `At any time: veilsum consent withdraw ${consentId}`,
    },
    ...(publication === undefined ? {} : { publication }),
    ...(questionIds === undefined ? {} : { questions: [...questionIds] }),
    ...(requestId === undefined ? {} : { request: `urn:veilsum:consent-request:${requestId}` }),
  };
}

function processOf(terms: UnsignedTerms): JsonValue {
  const noise = terms.release === 'noisy' ? ['dpv:DifferentialPrivacy'] : [];
  return {
    type: 'dpv:Process',
    purposes: terms.purposes.map((purpose) => purposeTerms[purpose]),
    processing: ['dpv:Store', 'dpv:Combine', 'dpv:Aggregate', 'dpv:Derive'],
    data: {
      id: `${productName(terms)}:contribution`,
      type: ['dpv:Data', 'dpv:CommerciallyConfidentialData'],
    },
    recipients: terms.recipients.map((recipient) => `urn:veilsum:${recipient}`),
    measures: ['dpv:HomomorphicEncryption', 'dpv:SecretSharingSchemes', ...noise],
    storage: {
      type: 'dpv:StorageCondition',
      description:
        'Ciphertexts stay with the gateway; only enough keyholders together can open sums of them.',
    },
    functions: [...terms.functions],
    release: terms.release,
    minCohort: terms.minCohort,
    maxUses: terms.maxUses,
    epsilonPerEpochMicro: terms.epsilonPerEpochMicro,
    minimumPricePerUse: terms.minimumPricePerUse,
  };
}

/** DPV's word for where a consent stands; terms that replaced others are consent that was given anew. */
function statusTerm({ status, revision }: Pick<Consent, 'status' | 'revision'>): string {
  if (status === 'withdrawn') return 'dpv:ConsentWithdrawn';
  return revision === 1 ? 'dpv:ConsentGiven' : 'dpv:RenewedConsentGiven';
}

const recordName = (consentId: string) => `urn:veilsum:consent:${consentId}`;
const memberName = (memberId: string) => `urn:veilsum:member:${memberId}`;
const productName = ({
  productId,
  productVersion,
}: Pick<UnsignedTerms, 'productId' | 'productVersion'>) =>
  `urn:veilsum:product:${productId}:${productVersion}`;
const timeText = (ms: number) => new Date(ms).toISOString();
