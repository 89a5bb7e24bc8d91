import {
  consentSchema,
  memberIdSchema,
  type Consent,
  type ProductDefinition,
  type QueryRecord,
} from '@veilsum/protocol';
import { sampleCandidate } from '../../../../test/fakes/query-facts.js';
import { checkPublication, type PublicationFacts } from './publication-rules.js';

const id = (name: string) => memberIdSchema.parse(name);
const consent = (change: Partial<Record<keyof Consent, unknown>> = {}): Consent =>
  consentSchema.parse({
    ...sampleCandidate(1).consent,
    publication: true,
    notBefore: 10,
    notAfter: 20,
    ...change,
  });
const facts = (change: Partial<PublicationFacts> = {}): PublicationFacts => ({
  now: 15,
  query: {
    queryId: '1'.repeat(32) as QueryRecord['queryId'],
    status: 'released',
    analystId: id('analyst'),
  },
  level: 'general',
  product: { productId: 'sales' as ProductDefinition['productId'] },
  publisher: { memberId: id('analyst') },
  consents: [consent(), consent()],
  ...change,
});
const codes = (change: Partial<PublicationFacts> = {}) =>
  checkPublication(facts(change)).trace.flatMap(({ code }) => (code === undefined ? [] : [code]));
const sentences = (change: Partial<PublicationFacts>) =>
  checkPublication(facts(change))
    .trace.filter(({ passed }) => !passed)
    .map(({ sentence }) => sentence);

const query = (change: Partial<PublicationFacts['query']>) => ({ ...facts().query, ...change });

test('allows what is released, general, and consented to by everyone', () => {
  expect(codes()).toEqual([]);
  expect(codes({ query: query({ status: 'settled' }) })).toEqual([]);
  expect(checkPublication(facts()).trace.map(({ rule }) => rule)).toEqual([
    'publication-state',
    'publication-publisher',
    'publication-level',
    'publication-audience',
    'publication-consents',
  ]);
});

test.each(['reviewing', 'authorised', 'blinded', 'refused', 'expired', 'failed'] as const)(
  'refuses a query that is %s',
  (status) => {
    expect(codes({ query: query({ status }) })).toEqual(['INVALID_STATE']);
    expect(sentences({ query: query({ status }) })[0]).toContain(`is ${status}; only a released`);
  },
);

test('is for who asked or paid', () => {
  expect(codes({ publisher: { memberId: id('other') } })).toEqual(['FORBIDDEN']);
  const paid = query({ payerId: id('principal') });
  expect(codes({ query: paid, publisher: { memberId: id('principal') } })).toEqual([]);
  expect(codes({ query: paid })).toEqual([]);
});

test.each(['core', 'important'] as const)('refuses %s results', (level) => {
  expect(codes({ level })).toEqual(['PUBLICATION_NOT_ALLOWED']);
  expect(sentences({ level })[0]).toMatch(new RegExp(`is ${level} data; only general`));
});

test('refuses what is shared with an audience', () => {
  const product = { ...facts().product, audience: { roles: [], members: [id('analyst')] } };
  expect(codes({ product })).toEqual(['PUBLICATION_NOT_ALLOWED']);
  expect(sentences({ product })).toEqual(['The product sales is shared with its audience only.']);
});

test.each<[string, Consent | undefined]>([
  ['is missing', undefined],
  ['does not say so', consent({ publication: undefined })],
  ['was withdrawn', consent({ status: 'withdrawn' })],
  ['has not begun', consent({ notBefore: 16 })],
  ['is over', consent({ notAfter: 14 })],
])('refuses when one consent %s', (_what, given) => {
  expect(codes({ consents: [consent(), given] })).toEqual(['PUBLICATION_NOT_ALLOWED']);
  expect(sentences({ consents: [consent(), given] })[0]).toMatch(/^1 of 2 consents/);
});

test('counts the first and the last moment of a consent, and refuses no consents at all', () => {
  expect(codes({ consents: [consent({ notBefore: 15 })] })).toEqual([]);
  expect(codes({ consents: [consent({ notAfter: 15 })] })).toEqual([]);
  expect(codes({ consents: [] })).toEqual(['PUBLICATION_NOT_ALLOWED']);
});
