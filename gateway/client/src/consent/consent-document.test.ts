import { purposeSchema } from '@veilsum/protocol';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { readDocument } from '../document/document-file.js';
import {
  blanksOf,
  consentDocumentSchema,
  signTerms,
  termsOfDocument,
  type ConsentDocument,
} from './consent-document.js';
import { fillIn, listTemplates, readTemplate } from './consent-template.js';

const consentId = '0123456789abcdef0123456789abcdef';
const now = Date.UTC(2027, 5, 1);
const at = { consentId, now };

const document = (change: Partial<ConsentDocument> = {}): ConsentDocument =>
  consentDocumentSchema.parse({
    format: 'veilsum-consent-document/1',
    product: 'weekly-sales@3',
    purposes: ['Marketing'],
    functions: ['sum'],
    until: '2027-12-31',
    ...change,
  });

describe('a consent document', () => {
  it('means the mildest terms where it says nothing', () => {
    expect(termsOfDocument(document(), at)).toEqual({
      consentId,
      productId: 'weekly-sales',
      productVersion: 3,
      purposes: ['Marketing'],
      functions: ['sum'],
      recipients: ['role:analyst'],
      notBefore: now,
      notAfter: Date.UTC(2028, 0, 1) - 1,
      maxUses: 100,
      minCohort: 2,
      release: 'noisy',
      epsilonPerEpochMicro: 10_000_000,
      minimumPricePerUse: '0',
    });
  });

  it('takes days and ε as people write them', () => {
    const terms = termsOfDocument(
      document({ from: '2027-07-01', epsilonPerEpoch: 0.5, publication: true }),
      at,
    );
    expect(terms).toMatchObject({
      notBefore: Date.UTC(2027, 6, 1),
      epsilonPerEpochMicro: 500_000,
      publication: true,
    });
    expect(signTerms(terms, 'corner-shop').receiptHash).toMatch(/^[0-9a-f]{64}$/);
  });

  it('is no consent while it has blanks', () => {
    const draft = document({ until: null, minimumPricePerUse: null });
    expect(blanksOf(draft)).toEqual(['until', 'minimumPricePerUse']);
    expect(() => termsOfDocument(draft, at)).toThrow(/blanks: until, minimumPricePerUse/);
    expect(blanksOf({ format: 'veilsum-consent-document/1' })).toEqual([
      'product',
      'purposes',
      'functions',
      'until',
    ]);
  });

  it.each<[string, Partial<ConsentDocument>, RegExp]>([
    ['a product without its version', { product: 'weekly-sales' }, /name@version/],
    ['nothing that may be used', { purposes: [] }, /purposes/],
    ['an unknown field', { purposeless: 1 } as object, /Unrecognized key/],
    ['another day', { until: '2027-02-30' }, /until/],
  ])('refuses %s', (_what, change, message) => {
    expect(() => termsOfDocument(document(change), at)).toThrow(message);
  });
});

describe('the templates that ship', () => {
  it('each say what they are for, and are consents once they are filled in', async () => {
    const templates = await listTemplates();
    expect(templates.length).toBeGreaterThan(0);
    for (const template of templates) {
      expect(blanksOf(template)).toContain('until');
      const filled = consentDocumentSchema.parse(
        fillIn(template, {
          product: template.product ?? 'weekly-sales@1',
          purposes: template.purposes ?? [purposeSchema.options[0]],
          functions: template.functions ?? ['count'],
          recipients: template.recipients ?? ['member:acme'],
          until: '2027-12-31',
          minimumPricePerUse: template.minimumPricePerUse ?? '0',
        }),
      );
      expect(blanksOf(filled)).toEqual([]);
      expect(termsOfDocument(filled, at).release).toBe(template.release);
    }
    const ids = templates.map(({ templateId }) => templateId);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('are those that the starter rulebook names, on the same terms', async () => {
    const rulebook = await readDocument(
      fileURLToPath(new URL('../../../../examples/rulebook/e-commerce.json', import.meta.url)),
      z.looseObject({ guideConsents: z.array(z.looseObject({ consentTemplateId: z.string() })) }),
    );
    const templates = await listTemplates();
    const byId = (left: { templateId: string }, right: { templateId: string }) =>
      left.templateId < right.templateId ? -1 : 1;
    const terms = templates.map(
      ({ templateId, title, functions, release, minCohort, maxUses, ...template }) => ({
        templateId,
        title,
        functions,
        release,
        minCohort,
        maxUses,
        epsilonPerEpochMicro: (template.epsilonPerEpoch ?? 0) * 1_000_000,
        minimumPricePerUse: template.minimumPricePerUse,
      }),
    );
    const named = rulebook.guideConsents.map(({ consentTemplateId, ...rest }) => ({
      templateId: consentTemplateId,
      ...rest,
    }));
    expect(terms.sort(byId)).toEqual(named.sort(byId));
  });

  it('are found by id', async () => {
    expect((await readTemplate('noisy-trade-figures')).templateId).toBe('noisy-trade-figures');
    await expect(readTemplate('nothing')).rejects.toThrow(/There is no consent template nothing/);
  });
});
