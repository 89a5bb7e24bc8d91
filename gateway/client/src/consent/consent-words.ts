import type { ConsentTerms, Product } from '@veilsum/protocol';

/** @returns the terms as sentences, for whoever is about to give them */
export function consentInWords(
  terms: Omit<ConsentTerms, 'receiptHash' | 'format'>,
  product: Product,
): string[] {
  const recipients = terms.recipients.map((recipient) =>
    recipient.startsWith('role:') ? `any ${recipient.slice(5)}` : recipient.slice(7),
  );
  const days = (ms: number) => new Date(ms).toISOString().slice(0, 10);
  const strictest = Math.max(terms.minCohort, product.minCohort);
  return [
    `Who may ask: ${recipients.join(', ')}.`,
    `For what: ${terms.purposes.join(', ')}.`,
    `Which answers: ${terms.functions.join(', ')}.`,
    `How often and until when: ${terms.maxUses} times, from ${days(terms.notBefore)} to ${days(terms.notAfter)}.`,
    `Only together with others: at least ${strictest} legal entities (the stricter of yours and the product's).`,
    terms.release === 'exact'
      ? 'Noise: none needed; exact sums may be opened, and noisy ones too.'
      : 'Noise: always; exact sums of your data are never opened.',
    `Privacy per epoch: at most ε ${terms.epsilonPerEpochMicro / 1_000_000}.`,
    `Price: at least ${terms.minimumPricePerUse} minor units for each use.`,
    'Withdraw at any time: it stops every query that has not been opened yet.',
  ];
}
