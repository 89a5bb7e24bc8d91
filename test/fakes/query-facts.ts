import {
  generateSealingKeyPair,
  bytesToHex,
  hashLayout,
  sha256Hex,
  encodeText,
} from '@veilsum/crypto';
import {
  boxPublicKeySchema,
  budgetGroupSchema,
  committeeKeySchema,
  consentSchema,
  contributionSchema,
  memberSchema,
  productSchema,
  queryRequestSchema,
  type CommitteeKey,
  type Consent,
  type Contribution,
  type Member,
  type Product,
  type QueryRequest,
} from '@veilsum/protocol';
import { layoutForProduct, type CohortCandidate, type QueryFacts } from '@veilsum/rules';

/** Ledger time of the sample facts: 2017-05-01 UTC. */
export const SAMPLE_NOW = 1_493_596_800_000;

/** 32 hex digits that follow from a number; higher numbers sort later. */
export const sampleId = (number: number) => number.toString(16).padStart(32, '0');

/** 64 hex digits that follow from a text. */
export const sampleHash = (text: string) => sha256Hex(encodeText(text));

/** 2 departments × 2 regions, 4 lanes; every kind of plane; noise protects units in cohorts of 3. */
export function sampleProduct(change: Partial<Record<keyof Product, unknown>> = {}): Product {
  return productSchema.parse({
    format: 'veilsum-product/1',
    productId: 'weekly-sales',
    version: 1,
    title: 'Weekly sales',
    description: 'Sales by department, region and week.',
    contributorRoles: ['merchant'],
    dimensions: [
      { name: 'department', values: ['books', 'food', 'toys'] },
      { name: 'region', values: ['north', 'south'] },
    ],
    lanes: { name: 'week', count: 4, unit: 'week', first: 1 },
    measures: [
      { name: 'sales', unit: 'cent', lower: '-500', upper: '2000' },
      { name: 'visits', unit: 'visit', lower: '0', upper: '50' },
      { name: 'weight', unit: 'gram' },
    ],
    planes: [
      { name: 'count', statistic: 'count', span: 'lane', valueBits: 24 },
      { name: 'sum(sales)', measure: 'sales', statistic: 'sum', span: 'lane', valueBits: 40 },
      { name: 'total(sales)', measure: 'sales', statistic: 'total', span: 'lane', valueBits: 48 },
      {
        name: 'sumSquares(sales)',
        measure: 'sales',
        statistic: 'sumSquares',
        span: 'lane',
        valueBits: 60,
      },
      { name: 'sum(visits)', measure: 'visits', statistic: 'sum', span: 'lane', valueBits: 32 },
      { name: 'sum(weight)', measure: 'weight', statistic: 'sum', span: 'lane', valueBits: 48 },
      {
        name: 'sum(sales) of the epoch',
        measure: 'sales',
        statistic: 'sum',
        span: 'epoch',
        valueBits: 40,
      },
    ],
    privacyUnit: { name: 'household-week', maxCellsPerUnit: 2 },
    maxContributors: 8,
    maskBits: 40,
    functions: ['count', 'sum', 'mean', 'variance', 'standardDeviation', 'ratio', 'share'],
    purposes: ['CommercialResearch', 'Marketing'],
    classification: 'general',
    tags: [],
    minCohort: 3,
    differencing: 'cohort',
    price: '1000',
    epochs: { calendar: 'quarter', graceDays: 30 },
    budgetGroup: budgetGroupSchema.parse('retail-sales'),
    epsilonPerEpochMicro: 5_000_000,
    mappingHints: {},
    publishedAt: 1,
    ...change,
  });
}

export function sampleMember(
  memberId: string,
  change: Partial<Record<keyof Member, unknown>> = {},
) {
  return memberSchema.parse({
    memberId,
    mspId: 'MerchantsMSP',
    legalEntityId: `entity-${memberId}`,
    name: memberId,
    roles: ['merchant'],
    size: 'small',
    boxPublicKey: sampleHash(`box ${memberId}`),
    certificateFingerprints: [sampleHash(`certificate ${memberId}`)],
    status: 'active',
    registeredAt: 1,
    ...change,
  });
}

/** ℓ = 3, t = 2; the numbers of the record are no real key. */
export function sampleKey(change: Partial<Record<keyof CommitteeKey, unknown>> = {}): CommitteeKey {
  const keyId = sampleHash('key');
  return committeeKeySchema.parse({
    format: 'veilsum-committee-key/1',
    record: {
      keyId,
      modulusBits: 3072,
      n: '1',
      hs: '1',
      t: 2,
      l: 3,
      v: '1',
      vi: ['1', '1', '1'],
      roots: [],
      exponentBits: 256,
      shareBits: 3070,
    },
    keyholders: ['keyholder-1', 'keyholder-2', 'keyholder-3'],
    keyId,
    status: 'active',
    proposedBy: 'operator',
    registeredAt: 1,
    ...change,
  });
}

export function sampleRequest(
  change: Partial<Record<keyof QueryRequest, unknown>> = {},
): QueryRequest {
  return queryRequestSchema.parse({
    format: 'veilsum-query/1',
    queryId: sampleId(0xabc),
    productId: 'weekly-sales',
    productVersion: 1,
    epoch: '2017-Q1',
    purpose: 'CommercialResearch',
    function: 'sum',
    measures: ['sales'],
    groupBy: ['department'],
    where: {},
    span: 'lane',
    release: 'noisy',
    epsilonMicro: 1_000_000,
    maximumPrice: '5000',
    resultKey: freshResultKey(),
    ...change,
  });
}

/** A usable X25519 public key in hex. */
export function freshResultKey() {
  return boxPublicKeySchema.parse(bytesToHex(generateSealingKeyPair().publicKey));
}

export interface CandidateChanges {
  readonly contribution?: Partial<Record<keyof Contribution, unknown>>;
  readonly contributor?: Partial<Record<keyof Member, unknown>>;
  readonly consent?: Partial<Record<keyof Consent, unknown>> | null;
  readonly consentUses?: number;
  readonly spentMicro?: number;
}

/** The n-th merchant's contribution, stored and consented to for everything. */
export function sampleCandidate(
  number: number,
  change: CandidateChanges = {},
  product = sampleProduct(),
): CohortCandidate {
  const key = sampleKey();
  const contributorId = `merchant-${number}`;
  const consentId = sampleId(1000 + number);
  return {
    contribution: contributionSchema.parse({
      format: 'veilsum-contribution-registration/1',
      contributionId: sampleId(number),
      consentId,
      productId: product.productId,
      productVersion: product.version,
      epoch: '2017-Q1',
      keyId: key.keyId,
      layoutHash: hashLayout(layoutForProduct(product, key.record)),
      contentHash: sampleHash(`content ${number}`),
      byteLength: 1,
      rowCount: 1,
      coverage: [0, 1, 2, 3, 4, 5],
      contributorId,
      status: 'stored',
      registeredAt: 1,
      ...change.contribution,
    }),
    contributor: sampleMember(contributorId, change.contributor),
    consent: change.consent === null ? undefined : sampleConsent(number, change.consent, product),
    consentUses: change.consentUses ?? 0,
    spentMicro: change.spentMicro ?? 0,
  };
}

function sampleConsent(
  number: number,
  change: Partial<Record<keyof Consent, unknown>> = {},
  product: Product,
): Consent {
  return consentSchema.parse({
    format: 'veilsum-consent/1',
    consentId: sampleId(1000 + number),
    productId: product.productId,
    productVersion: product.version,
    purposes: product.purposes,
    functions: product.functions,
    recipients: ['role:analyst'],
    notBefore: SAMPLE_NOW - 1000,
    notAfter: SAMPLE_NOW + 1_000_000,
    maxUses: 10,
    minCohort: 2,
    release: 'exact',
    epsilonPerEpochMicro: 3_000_000,
    minimumPricePerUse: '10',
    receiptHash: sampleHash('receipt'),
    contributorId: `merchant-${number}`,
    revision: 1,
    status: 'active',
    givenAt: 1,
    changedAt: 1,
    ...change,
  });
}

/** Facts under which every rule passes: five merchants, an analyst with money. */
export function sampleFacts(change: Partial<QueryFacts> = {}): QueryFacts {
  return {
    now: SAMPLE_NOW,
    request: sampleRequest(),
    analyst: sampleMember('analyst-1', { roles: ['analyst'] }),
    delegated: undefined,
    product: sampleProduct(),
    rulebook: undefined,
    approved: [],
    committeeKey: sampleKey(),
    activeKeyholders: 3,
    contributorsBps: 7000,
    candidates: [1, 2, 3, 4, 5].map((number) => sampleCandidate(number)),
    countedPlans: [],
    resultKeyUsed: false,
    spendable: 5000n,
    ...change,
  };
}
