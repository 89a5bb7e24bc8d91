import type { JsonValue } from '@veilsum/crypto';
import { DPV } from '@veilsum/protocol';

/** What has no term in DPV or Dublin Core; a name, not an address. */
export const RECEIPT_VOCABULARY = 'urn:veilsum:vocabulary:';

const iri = (term: string): JsonValue => ({ '@id': term, '@type': '@id' });
const time = (term: string): JsonValue => ({ '@id': term, '@type': 'xsd:dateTime' });

/**
 * The JSON-LD context of a receipt. It stands in every receipt, so that reading one asks nothing of the
 * network; fields that it does not name have no meaning and expand to nothing.
 */
export const receiptContext: JsonValue = {
  dpv: DPV,
  dct: 'http://purl.org/dc/terms/',
  xsd: 'http://www.w3.org/2001/XMLSchema#',
  veilsum: RECEIPT_VOCABULARY,
  id: '@id',
  type: '@type',
  record: { '@id': 'dct:source', '@type': '@id' },
  recordHash: 'veilsum:recordHash',
  revision: { '@id': 'veilsum:revision', '@type': 'xsd:integer' },
  schemaVersion: 'veilsum:schemaVersion',
  recordId: 'dct:identifier',
  controller: iri('dpv:hasDataController'),
  givenBy: iri('dpv:isIndicatedBy'),
  notice: iri('dpv:hasNotice'),
  language: 'dct:language',
  title: 'dct:title',
  description: 'dct:description',
  process: iri('dpv:hasProcess'),
  purposes: iri('dpv:hasPurpose'),
  processing: iri('dpv:hasProcessing'),
  data: iri('dpv:hasData'),
  recipients: iri('dpv:hasRecipient'),
  measures: iri('dpv:hasTechnicalMeasure'),
  storage: iri('dpv:hasStorageCondition'),
  duration: iri('dpv:hasDuration'),
  legalBasis: iri('dpv:hasLegalBasis'),
  control: iri('dpv:hasConsentControl'),
  notBefore: time('veilsum:notBefore'),
  notAfter: time('veilsum:notAfter'),
  functions: 'veilsum:function',
  release: 'veilsum:release',
  minCohort: { '@id': 'veilsum:minCohort', '@type': 'xsd:integer' },
  maxUses: { '@id': 'veilsum:maxUses', '@type': 'xsd:integer' },
  epsilonPerEpochMicro: { '@id': 'veilsum:epsilonPerEpochMicro', '@type': 'xsd:integer' },
  minimumPricePerUse: { '@id': 'veilsum:minimumPricePerUse', '@type': 'xsd:integer' },
  publication: { '@id': 'veilsum:publication', '@type': 'xsd:boolean' },
  questions: 'veilsum:question',
  request: iri('veilsum:request'),
  events: { '@id': 'veilsum:event', '@container': '@list' },
  status: iri('dpv:hasConsentStatus'),
  at: time('dpv:isIndicatedAtTime'),
};
