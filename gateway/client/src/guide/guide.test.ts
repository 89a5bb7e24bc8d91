import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { rulebookSchema } from '@veilsum/protocol';
import { checkRulebook } from '@veilsum/rules';
import { blanksOf, consentDocumentSchema } from '../consent/consent-document.js';
import { askGuide } from './guide.js';
import { splitQuestion } from './guide-question.js';

const FILE = new URL('../../../../examples/rulebook/e-commerce.json', import.meta.url);
const rulebook = rulebookSchema.parse(JSON.parse(readFileSync(fileURLToPath(FILE), 'utf8')));

const ask = (sentence: string) => askGuide(rulebook, splitQuestion(sentence));
const summary = (sentence: string) => {
  const { asked, paths, forbidden } = ask(sentence);
  return {
    ways: paths.map(({ entry }) => entry.entryId),
    reviews: paths.flatMap(({ reviews }) => reviews.map(({ role }) => role)),
    forbidden: forbidden.map(({ entryId }) => String(entryId)),
    unknown: asked.unknown,
  };
};

describe('the starter rulebook', () => {
  it('is in order, and says that it is no legal advice', () => {
    expect(checkRulebook(rulebook).trace.filter(({ passed }) => !passed)).toEqual([]);
    expect(rulebook.title).toContain('no legal advice');
  });

  it('names the law by article in every entry', () => {
    for (const { legalBasis } of rulebook.negativeList) expect(legalBasis).toMatch(/Art\. \d+/);
  });

  it('offers a way, and the consent for it, to everyone who contributes', () => {
    for (const { entryId } of rulebook.guide) {
      const path = askGuide(rulebook, {}).paths.find(({ entry }) => entry.entryId === entryId);
      expect(
        path?.warnings.filter(
          ({ entry, condition }) => entry.effect === 'deny' && condition === '',
        ),
      ).toEqual([]);
      const consent = consentDocumentSchema.parse(path?.consent);
      expect(blanksOf(consent)).toEqual(['product', 'until']);
    }
  });
});

describe('the guide', () => {
  it.each([
    [
      'share sales with platform for Marketing',
      { ways: ['merchant-sales-to-platform'], reviews: [], forbidden: [], unknown: [] },
    ],
    [
      'How may I share our demand forecast with carriers for faster delivery?',
      { ways: ['merchant-forecast-to-logistics'], reviews: [], forbidden: [], unknown: [] },
    ],
    [
      'share repayments with banks for research',
      {
        ways: ['finance-repayment-with-review'],
        reviews: ['regulator'],
        forbidden: [],
        unknown: [],
      },
    ],
    [
      'share inspections with the authority for supervision',
      { ways: ['inspections-to-regulator'], reviews: [], forbidden: [], unknown: [] },
    ],
    [
      'share on-time with shops for supplier management',
      { ways: ['logistics-timeliness-to-merchants'], reviews: [], forbidden: [], unknown: [] },
    ],
    [
      'share children with shops for Marketing',
      { ways: [], reviews: [], forbidden: ['no-advertising-on-sensitive-data'], unknown: [] },
    ],
    [
      'share names with anyone for science',
      { ways: [], reviews: [], forbidden: [], unknown: ['anyone'] },
    ],
    [
      'share names with analysts for science',
      { ways: [], reviews: [], forbidden: ['no-identifiable-records'], unknown: [] },
    ],
    [
      'share health with researchers for science',
      { ways: ['sensitive-data-for-research'], reviews: ['regulator'], forbidden: [], unknown: [] },
    ],
    [
      'share sales with platforms for lending',
      { ways: [], reviews: [], forbidden: ['no-credit-scores-by-traders'], unknown: [] },
    ],
    [
      'share cakes with platforms for Marketing',
      { ways: [], reviews: [], forbidden: [], unknown: ['cakes'] },
    ],
    [
      'share sales and cakes with platforms for Marketing',
      { ways: ['merchant-sales-to-platform'], reviews: [], forbidden: [], unknown: ['cakes'] },
    ],
  ])('answers "%s"', (sentence, answer) => {
    expect(summary(sentence)).toEqual(answer);
  });

  it('leaves open what is not asked for', () => {
    expect(askGuide(rulebook, {}).paths).toHaveLength(rulebook.guide.length);
    expect(askGuide(rulebook, { with: 'finance' }).paths.map(({ entry }) => entry.entryId)).toEqual(
      ['finance-repayment-with-review', 'credit-decisions-with-review'],
    );
  });

  it('narrows the consent to what was asked for', () => {
    const [path] = ask('share turnover with marketplaces for campaigns').paths;
    expect(path?.consent).toMatchObject({
      purposes: ['Marketing'],
      recipients: ['role:platform'],
      epsilonPerEpoch: 3,
      product: null,
    });
  });

  it('warns of entries that only some circumstances meet', () => {
    const [path] = ask('share loans with banks for research').paths;
    expect(path?.warnings.map(({ entry, condition }) => [entry.entryId, condition])).toEqual([
      ['review-exact-important-data', 'when exact values are asked for'],
    ]);
    const abroad = { ...rulebook, crossBorderMspIds: ['AbroadMSP'] } as typeof rulebook;
    const [far] = askGuide(abroad, splitQuestion('share loans with banks for research')).paths;
    expect(far?.warnings.map(({ entry, condition }) => [entry.entryId, condition])).toContainEqual([
      'no-important-data-abroad',
      'when the recipient is abroad',
    ]);
    const [track] = ask('share movements with researchers for science').paths;
    expect(
      track?.warnings.map(({ entry, condition }) => [entry.entryId, condition]),
    ).toContainEqual(['no-fine-places', 'when groups are as fine as single cells']);
  });
});

describe('a question', () => {
  it('is taken apart at its keywords, in any order', () => {
    expect(splitQuestion('for ads with shops share sales data')).toEqual({
      for: 'ads',
      with: 'shops',
      share: 'sales data',
    });
    expect(splitQuestion('sales')).toEqual({ share: 'sales' });
  });
});
