import { sha256Hex } from '@veilsum/crypto';
import {
  consentTermsSchema,
  consortiumSchema,
  memberRegistrationSchema,
  productDefinitionSchema,
  type ConsentTerms,
  type Consortium,
  type MemberRegistration,
  type ProductDefinition,
  type Role,
} from '@veilsum/protocol';
import type { TestIdentity } from './test-ledger.js';

/** 64 hex digits that stand for something. */
export function sampleHash(text: string): string {
  return sha256Hex(new TextEncoder().encode(text));
}

/** 32 hex digits that stand for something. */
export function sampleId(text: string): string {
  return sampleHash(text).slice(0, 32);
}

/** A consortium of an association, two trading companies and a committee. */
export function sampleConsortium(changes: Partial<Consortium> = {}): Consortium {
  return consortiumSchema.parse({
    format: 'veilsum-consortium/1',
    name: 'Sample consortium',
    currency: 'EUR',
    testNetwork: true,
    mspRoles: {
      AssociationMSP: ['operator', 'gateway', 'auditor'],
      MerchantsMSP: ['merchant', 'platform', 'analyst', 'logistics'],
      RegulatorMSP: ['keyholder', 'regulator', 'analyst'],
    },
    deadlines: { blindingMs: 60_000, releaseMs: 60_000, disputeMs: 60_000 },
    maxAttempts: 3,
    split: { contributorsBps: 7000, keyholdersBps: 1500, operatorBps: 1000, subsidyFundBps: 500 },
    ...changes,
  });
}

/** The registration of a member whose legal entity is its own. */
export function sampleRegistration(
  memberId: string,
  roles: readonly Role[],
  { mspId, fingerprint }: TestIdentity,
): MemberRegistration {
  return memberRegistrationSchema.parse({
    memberId,
    mspId,
    legalEntityId: `entity-${memberId}`,
    name: `Member ${memberId}`,
    roles,
    size: 'small',
    boxPublicKey: sampleHash(`box ${memberId}`),
    certificateFingerprints: [fingerprint],
  });
}

/** Weekly sales by region: 2 cells, 4 lanes, planes for every function; one block under a small key. */
export function sampleProduct(changes: Partial<ProductDefinition> = {}): ProductDefinition {
  return productDefinitionSchema.parse({
    format: 'veilsum-product/1',
    productId: 'weekly-sales',
    version: 1,
    title: 'Weekly sales',
    description: 'Sales by region and week.',
    contributorRoles: ['merchant'],
    dimensions: [{ name: 'region', values: ['north', 'other'], other: 'other' }],
    lanes: { name: 'week', count: 4, unit: 'ISO week', first: 1 },
    measures: [
      { name: 'sales', unit: 'cent', lower: '0', upper: '1000' },
      { name: 'items', unit: 'piece', lower: '0', upper: '10' },
    ],
    planes: [
      { name: 'visits', statistic: 'count', span: 'epoch', valueBits: 24 },
      { name: 'sales', measure: 'sales', statistic: 'sum', span: 'epoch', valueBits: 32 },
      { name: 'items', measure: 'items', statistic: 'sum', span: 'epoch', valueBits: 24 },
      { name: 'squares', measure: 'sales', statistic: 'sumSquares', span: 'epoch', valueBits: 44 },
    ],
    privacyUnit: { name: 'household', maxCellsPerUnit: 2 },
    maxContributors: 4,
    maskBits: 40,
    functions: ['count', 'sum', 'mean', 'variance', 'standardDeviation', 'ratio', 'share'],
    purposes: ['ServiceOptimisation', 'CommercialResearch'],
    classification: 'general',
    tags: [],
    minCohort: 2,
    differencing: 'unit',
    price: '1000',
    epochs: { calendar: 'quarter', graceDays: 14 },
    budgetGroup: 'sales',
    epsilonPerEpochMicro: 10_000_000,
    mappingHints: { region: 'Where the shop is.' },
    ...changes,
  });
}

/** The terms of a consent to the sample product, valid for a year. */
export function sampleConsent(
  consentId: string,
  now: number,
  changes: Partial<Record<keyof ConsentTerms, unknown>> = {},
): ConsentTerms {
  return consentTermsSchema.parse({
    format: 'veilsum-consent/1',
    consentId,
    productId: 'weekly-sales',
    productVersion: 1,
    purposes: ['ServiceOptimisation'],
    functions: ['count', 'sum', 'mean'],
    recipients: ['role:analyst'],
    notBefore: now - 86_400_000,
    notAfter: now + 365 * 86_400_000,
    maxUses: 10,
    minCohort: 2,
    release: 'exact',
    epsilonPerEpochMicro: 5_000_000,
    minimumPricePerUse: '100',
    receiptHash: sampleHash(`receipt ${consentId}`),
    ...changes,
  });
}
