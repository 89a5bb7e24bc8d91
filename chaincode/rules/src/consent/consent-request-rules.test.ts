import {
  consentAnswerSchema,
  consentAskingSchema,
  consentRequestIdSchema,
  productIdSchema,
  type ConsentAsking,
} from '@veilsum/protocol';
import { SAMPLE_NOW, sampleId, sampleProduct } from '../../../../test/fakes/query-facts.js';
import { checkConsentAnswer, checkConsentAsking } from './consent-request-rules.js';

const asking = (change: Partial<Record<keyof ConsentAsking, unknown>> = {}) =>
  consentAskingSchema.parse({
    format: 'veilsum-consent-request/1',
    requestId: sampleId(1),
    productId: 'weekly-sales',
    productVersion: 1,
    purposes: ['CommercialResearch'],
    functions: ['sum'],
    maxUses: 5,
    notAfter: SAMPLE_NOW + 1,
    release: 'noisy',
    epsilonPerEpochMicro: 1,
    offeredPrice: '0',
    text: 'Why',
    ...change,
  });

const failures = ({ trace }: ReturnType<typeof checkConsentAsking>) =>
  trace.flatMap(({ passed, rule, code, sentence }) => (passed ? [] : [[rule, code, sentence]]));

describe('checkConsentAsking', () => {
  it.each<[string, ReturnType<typeof asking>, string, RegExp]>([
    [
      'a purpose twice',
      asking({ purposes: ['Marketing', 'Marketing'] }),
      'scope',
      /Marketing twice/,
    ],
    [
      'a foreign purpose',
      asking({ purposes: ['Advertising'] }),
      'scope',
      /purposes has Advertising/,
    ],
    ['a function twice', asking({ functions: ['sum', 'sum'] }), 'scope', /functions has sum twice/],
    ['a last moment that is now', asking({ notAfter: SAMPLE_NOW }), 'dates', /has passed/],
  ])('refuses %s', (_what, of, rule, sentence) => {
    expect(failures(checkConsentAsking(of, sampleProduct(), SAMPLE_NOW))).toEqual([
      [`consent-request-${rule}`, 'CONSENT_INVALID', expect.stringMatching(sentence)],
    ]);
  });

  it('takes what the product offers, and no function that it does not', () => {
    expect(failures(checkConsentAsking(asking(), sampleProduct(), SAMPLE_NOW))).toEqual([]);
    const product = sampleProduct({ functions: ['count'] });
    expect(failures(checkConsentAsking(asking(), product, SAMPLE_NOW))[0]?.[2]).toMatch(
      /functions has sum, which the product does not offer/,
    );
  });
});

describe('checkConsentAnswer', () => {
  const product = { productId: productIdSchema.parse('weekly-sales'), productVersion: 1 };
  const requestId = consentRequestIdSchema.parse(sampleId(1));
  const request = { requestId, status: 'open' as const, ...product };
  const facts = { request, earlier: undefined, consent: product };

  it('takes one answer while the request is open', () => {
    expect(failures(checkConsentAnswer(facts))).toEqual([]);
    expect(failures(checkConsentAnswer({ ...facts, consent: undefined }))).toEqual([]);
  });

  it('refuses a second one, one that is late, and one about another product', () => {
    const earlier = consentAnswerSchema.parse({
      requestId,
      contributorId: 'corner-shop',
      answer: 'declined',
      answeredAt: 1,
    });
    expect(failures(checkConsentAnswer({ ...facts, earlier }))).toEqual([
      ['consent-request-once', 'CONSENT_REQUEST_ANSWERED', expect.stringMatching(/You declined/)],
    ]);
    const closed = { ...request, status: 'closed' as const };
    expect(failures(checkConsentAnswer({ ...facts, request: closed }))).toEqual([
      ['consent-request-open', 'CONSENT_REQUEST_CLOSED', expect.stringMatching(/took the request/)],
    ]);
    const others = [
      { ...product, productVersion: 2 },
      { ...product, productId: productIdSchema.parse('traffic') },
    ];
    for (const consent of others) {
      expect(failures(checkConsentAnswer({ ...facts, consent }))).toEqual([
        ['consent-request-product', 'CONSENT_INVALID', expect.stringMatching(/another product/)],
      ]);
    }
  });
});
