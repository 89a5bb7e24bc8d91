import { hashCanonicalJson, type JsonValue } from '@veilsum/crypto';
import { consentSchema, purposeSchema, purposeTerms, type Consent } from '@veilsum/protocol';
import jsonld from 'jsonld';
import { consentReceipt, receiptDocument } from './receipt.js';
import { consentOfReceipt, verifyReceipt } from './verify-receipt.js';

const CONSENT_ID = '0123456789abcdef0123456789abcdef';
const CONSENT = `urn:veilsum:consent:${CONSENT_ID}`;
const DPV = 'https://w3id.org/dpv#';

/** Purposes as DPV 2.3 publishes them (dpv/modules/purposes.csv, sector/finance/modules/purposes.csv). */
const PUBLISHED_PURPOSES = [
  'AcademicResearch',
  'Advertising',
  'CommercialResearch',
  'FraudPreventionAndDetection',
  'LegalCompliance',
  'Marketing',
  'OptimisationForController',
  'OrganisationGovernance',
  'Personalisation',
  'ResearchAndDevelopment',
  'ServiceOptimisation',
  'VendorManagement',
]
  .map((term) => DPV + term)
  .concat('https://w3id.org/dpv/sector/finance#CreditChecking');

/** Other terms of DPV 2.3 that a receipt may use. */
const PUBLISHED_TERMS = [
  ...['ConsentReceipt', 'ConsentRecord', 'ConsentNotice', 'Process', 'ExplicitlyExpressedConsent'],
  ...['Store', 'Combine', 'Aggregate', 'Derive', 'Data', 'CommerciallyConfidentialData'],
  ...['HomomorphicEncryption', 'SecretSharingSchemes', 'DifferentialPrivacy', 'StorageCondition'],
  ...['UntilTimeDuration', 'WithdrawConsent', 'ConsentGiven', 'RenewedConsentGiven'],
  ...['ConsentWithdrawn', 'hasDataController', 'isIndicatedBy', 'isIndicatedAtTime', 'hasNotice'],
  ...['hasProcess', 'hasPurpose', 'hasProcessing', 'hasData', 'hasRecipient', 'hasLegalBasis'],
  ...['hasTechnicalMeasure', 'hasStorageCondition', 'hasDuration', 'hasConsentControl'],
  ...['hasConsentStatus'],
].map((term) => DPV + term);

/** A consent as the ledger has it, with the hash that the client makes of its terms. */
function consentOf(change: Partial<Record<keyof Consent, unknown>> = {}): Consent {
  const draft = consentSchema.parse({
    format: 'veilsum-consent/1',
    consentId: CONSENT_ID,
    productId: 'weekly-sales',
    productVersion: 2,
    purposes: ['CommercialResearch', 'CreditChecking'],
    functions: ['count', 'sum'],
    recipients: ['role:analyst', 'member:acme'],
    notBefore: Date.UTC(2027, 0, 1),
    notAfter: Date.UTC(2027, 11, 31),
    maxUses: 7,
    minCohort: 4,
    release: 'noisy',
    epsilonPerEpochMicro: 3_000_000,
    minimumPricePerUse: '200',
    receiptHash: '0'.repeat(64),
    contributorId: 'corner-shop',
    revision: 1,
    status: 'active',
    givenAt: Date.UTC(2027, 0, 2),
    changedAt: Date.UTC(2027, 0, 2),
    ...change,
  });
  return consentSchema.parse({ ...draft, ...consentReceiptHash(draft) });
}

const consentReceiptHash = (terms: Consent) => ({
  receiptHash: consentReceipt(terms, terms.contributorId).receiptHash,
});

const given = consentOf();
const amended = consentOf({ revision: 2, maxUses: 3, changedAt: Date.UTC(2027, 1, 1) });
const withdrawn = consentOf({
  ...amended,
  status: 'withdrawn',
  changedAt: Date.UTC(2027, 2, 1),
});
const history = [given, amended, withdrawn];

/** Without any network; in safe mode the processor throws at a field or value that has no meaning. */
const offline = {
  safe: true,
  documentLoader: (url: string) => Promise.reject(new Error(`A receipt asks for ${url}.`)),
};

/** The triples of a receipt, read by another implementation of JSON-LD without any network. */
async function triplesOf(receipt: JsonValue): Promise<string[]> {
  const text = await jsonld.toRDF(receipt as object, {
    ...offline,
    format: 'application/n-quads',
  });
  return (text as unknown as string).trim().split('\n');
}

describe('the DPV terms of purposes', () => {
  it('are published ones, for every purpose', () => {
    expect(Object.keys(purposeTerms).sort()).toEqual([...purposeSchema.options].sort());
    for (const term of Object.values(purposeTerms)) expect(PUBLISHED_PURPOSES).toContain(term);
  });
});

describe('a consent receipt', () => {
  it('is JSON-LD that says by itself what each field means', async () => {
    const triples = await triplesOf(receiptDocument([given]));
    const receipt = `<${CONSENT}:receipt:1:active>`;
    const is = '<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>';
    expect(triples).toContain(`${receipt} ${is} <${DPV}ConsentReceipt> .`);
    expect(triples).toContain(`${receipt} <http://purl.org/dc/terms/source> <${CONSENT}> .`);
    expect(triples).toContain(`<${CONSENT}> ${is} <${DPV}ConsentRecord> .`);
    expect(triples).toContain(
      `<${CONSENT}> <http://purl.org/dc/terms/identifier> "${CONSENT_ID}" .`,
    );
    expect(triples).toContain(
      `<${CONSENT}> <${DPV}hasDataController> <urn:veilsum:member:corner-shop> .`,
    );
    expect(triples).toContain(
      `<${CONSENT}> <${DPV}hasNotice> <urn:veilsum:product:weekly-sales:2> .`,
    );
    const objects = (property: string) =>
      triples.filter((triple) => triple.includes(` <${property}> `)).map((t) => t.split(' ')[2]);
    expect(objects(`${DPV}hasPurpose`).sort()).toEqual([
      `<${DPV}CommercialResearch>`,
      '<https://w3id.org/dpv/sector/finance#CreditChecking>',
    ]);
    expect(objects(`${DPV}hasRecipient`).sort()).toEqual([
      '<urn:veilsum:member:acme>',
      '<urn:veilsum:role:analyst>',
    ]);
    expect(objects('urn:veilsum:vocabulary:notAfter')).toEqual([
      '"2027-12-31T00:00:00.000Z"^^<http://www.w3.org/2001/XMLSchema#dateTime>',
    ]);
    expect(objects('urn:veilsum:vocabulary:maxUses')).toEqual([
      '"7"^^<http://www.w3.org/2001/XMLSchema#integer>',
    ]);
  });

  it('uses published DPV terms only', async () => {
    const text = (await triplesOf(receiptDocument(history))).join('\n');
    const used = new Set(
      [...text.matchAll(/<(https:\/\/w3id\.org\/dpv[^>]*)>/g)].map(([, t]) => t),
    );
    expect(used.size).toBeGreaterThan(25);
    for (const term of used) expect([...PUBLISHED_TERMS, ...PUBLISHED_PURPOSES]).toContain(term);
  });

  it('loses no field when it is expanded', async () => {
    const receipt = receiptDocument([
      consentOf({
        publication: true,
        questionIds: ['1'.repeat(32)],
        requestId: '2'.repeat(32),
        release: 'exact',
      }),
    ]);
    await expect(jsonld.expand(receipt as object, offline)).resolves.toHaveLength(1);
    const stray = { ...(receipt as object), stray: 1 };
    await expect(jsonld.expand(stray, offline)).rejects.toThrow();
  });

  it('tells every event with its time and the hash that was signed', () => {
    const { events, status } = receiptDocument(history) as Record<string, JsonValue>;
    expect(status).toBe('dpv:ConsentWithdrawn');
    const givenBy = 'urn:veilsum:member:corner-shop';
    expect(events).toEqual([
      {
        status: 'dpv:ConsentGiven',
        at: '2027-01-02T00:00:00.000Z',
        revision: 1,
        recordHash: given.receiptHash,
        givenBy,
      },
      {
        status: 'dpv:RenewedConsentGiven',
        at: '2027-02-01T00:00:00.000Z',
        revision: 2,
        recordHash: amended.receiptHash,
        givenBy,
      },
      {
        status: 'dpv:ConsentWithdrawn',
        at: '2027-03-01T00:00:00.000Z',
        revision: 2,
        recordHash: amended.receiptHash,
        givenBy,
      },
    ]);
    expect(given.receiptHash).not.toBe(amended.receiptHash);
  });

  it('has a record whose hash is the one on the ledger', () => {
    const { record, recordHash } = receiptDocument([given]) as Record<string, JsonValue>;
    expect(hashCanonicalJson(record ?? null)).toBe(given.receiptHash);
    expect(recordHash).toBe(given.receiptHash);
  });
});

describe('verifyReceipt', () => {
  const receipt = receiptDocument([given]) as Record<string, JsonValue>;
  const refusal = (sentence: RegExp): unknown =>
    expect.objectContaining({
      code: 'RECEIPT_INVALID',
      message: expect.stringMatching(sentence) as unknown,
    });

  it('accepts what the ledger says, and tells what came later', () => {
    expect(consentOfReceipt(receipt)).toBe(CONSENT_ID);
    expect(verifyReceipt(receipt, [given])).toEqual({
      consentId: CONSENT_ID,
      revision: 1,
      since: [],
    });
    expect(verifyReceipt(receipt, history).since).toEqual([
      { revision: 2, status: 'active', at: amended.changedAt },
      { revision: 2, status: 'withdrawn', at: withdrawn.changedAt },
    ]);
    expect(verifyReceipt(receiptDocument(history), history).since).toEqual([]);
  });

  it('refuses a changed record, even with a hash to match', () => {
    const record = { ...(receipt['record'] as object), recordId: CONSENT_ID, publication: true };
    const recordHash = hashCanonicalJson(record);
    for (const forged of [
      { ...receipt, record },
      { ...receipt, record, recordHash },
    ]) {
      expect(() => verifyReceipt(forged, history)).toThrow(
        refusal(/hash that corner-shop put/) as Error,
      );
    }
  });

  it.each([
    '@context',
    'id',
    'type',
    'schemaVersion',
    'revision',
    'recordHash',
    'status',
    'events',
  ])('refuses a receipt with another %s', (field) => {
    const forged = { ...receipt, [field]: field === 'events' ? [{ at: 'today' }] : 'forged' };
    expect(() => verifyReceipt(forged, history)).toThrow(
      refusal(new RegExp(`not what the ledger says, in: ${field}\\.`)) as Error,
    );
  });

  it('refuses fields that no receipt has, events that did not happen, and other files', () => {
    expect(() => verifyReceipt({ ...receipt, stray: 1 }, history)).toThrow(
      refusal(/in: stray/) as Error,
    );
    expect(() => verifyReceipt(receiptDocument(history), [given])).toThrow(
      refusal(/event that the ledger does not have/) as Error,
    );
    expect(() => verifyReceipt({ ...receipt, events: [] }, history)).toThrow(
      refusal(/no consent receipt/) as Error,
    );
    expect(() => consentOfReceipt({ record: {} })).toThrow(refusal(/no consent receipt/) as Error);
  });

  it('refuses a hash that the contributor signed for other terms', () => {
    const elsewhere = consentSchema.parse({ ...given, receiptHash: amended.receiptHash });
    expect(() => verifyReceipt(receiptDocument([elsewhere]), [elsewhere])).toThrow(
      refusal(/does not have the hash/) as Error,
    );
  });
});
