import {
  amountSchema,
  consentTermsSchema,
  entryIdSchema,
  VeilsumError,
  type ConsentTerms,
} from '@veilsum/protocol';
import { z } from 'zod';
import { parseProductReference } from '../command/product-reference.js';
import { parseAs } from '../document/document-file.js';
import { consentReceipt, type UnsignedTerms } from './receipt.js';

const {
  purposes,
  functions,
  recipients,
  maxUses,
  minCohort,
  release,
  publication,
  questionIds,
  requestId,
} = consentTermsSchema.shape;

/** A field that a template leaves open for the contributor to fill in. */
const blank = <Schema extends z.ZodType>(schema: Schema) => schema.nullable().optional();

/**
 * A consent as people write it, in YAML or JSON: days and ε as they are spoken of. `null` is a blank; a
 * template is such a document with a `templateId` and blanks (docs/contribute.md).
 */
export const consentDocumentSchema = z.strictObject({
  format: z.literal('veilsum-consent-document/1'),
  templateId: entryIdSchema.optional(),
  title: z.string().min(1).max(120).optional(),
  /** For whom it is and what to think of. */
  text: z.string().min(1).max(1000).optional(),
  /** name@version */
  product: blank(z.string()),
  purposes: blank(purposes),
  functions: blank(functions),
  recipients: blank(recipients),
  /** First day, YYYY-MM-DD; from now on when absent. */
  from: blank(z.iso.date()),
  /** Last day, to its end in UTC. */
  until: blank(z.iso.date()),
  maxUses: blank(maxUses),
  minCohort: blank(minCohort),
  release: blank(release),
  epsilonPerEpoch: blank(z.number().min(0).max(1000)),
  /** Minor units. */
  minimumPricePerUse: blank(amountSchema),
  publication,
  questionIds,
  /** The request of an analyst that this consent answers. */
  requestId,
});
export type ConsentDocument = z.infer<typeof consentDocumentSchema>;

/** What a document means where it says nothing. */
const defaults = {
  recipients: ['role:analyst'],
  maxUses: 100,
  minCohort: 2,
  release: 'noisy',
  epsilonPerEpoch: 10,
  minimumPricePerUse: '0',
} as const;

const needed = ['product', 'purposes', 'functions', 'until'] as const;

/** The fields that still have to be filled in before the document is a consent. */
export function blanksOf(document: ConsentDocument): string[] {
  const open = Object.entries(document)
    .filter(([, value]) => value === null)
    .map(([field]) => field);
  const missing = needed.filter((field) => document[field] === undefined);
  return [...open, ...missing];
}

/**
 * The terms that a document means, without their receipt.
 * @param now - milliseconds since 1970; from when the consent is valid if the document names no day
 * @throws {@link VeilsumError} INVALID_ARGUMENT naming the blanks, or the field that is wrong
 */
export function termsOfDocument(
  document: ConsentDocument,
  { consentId, now }: { readonly consentId: string; readonly now: number },
): UnsignedTerms {
  const blanks = blanksOf(document);
  if (blanks.length > 0) {
    throw new VeilsumError(
      'INVALID_ARGUMENT',
      `The consent still has blanks: ${blanks.join(', ')}. Fill them in the file or by options.`,
    );
  }
  const filled = { ...defaults, ...document };
  const { productId, version } = parseProductReference(filled.product ?? '');
  return parseAs(
    consentTermsSchema.omit({ receiptHash: true, format: true }),
    {
      consentId,
      productId,
      productVersion: version,
      purposes: filled.purposes,
      functions: filled.functions,
      recipients: filled.recipients,
      notBefore: typeof filled.from === 'string' ? Date.parse(filled.from) : now,
      notAfter: Date.parse(filled.until ?? '') + 86_399_999,
      maxUses: filled.maxUses,
      minCohort: filled.minCohort,
      release: filled.release,
      epsilonPerEpochMicro: Math.round((filled.epsilonPerEpoch ?? 0) * 1_000_000),
      minimumPricePerUse: filled.minimumPricePerUse,
      ...(filled.publication === undefined ? {} : { publication: filled.publication }),
      ...(filled.requestId === undefined ? {} : { requestId: filled.requestId }),
      ...(filled.questionIds === undefined ? {} : { questionIds: filled.questionIds }),
    },
    'The consent',
  );
}

/** The terms with the hash of their receipt, as the ledger takes them. */
export function signTerms(terms: UnsignedTerms, contributor: string): ConsentTerms {
  const { receiptHash } = consentReceipt(terms, contributor);
  return parseAs(
    consentTermsSchema,
    { format: 'veilsum-consent/1', ...terms, receiptHash },
    'The consent',
  );
}
