import type { ConsentTerms } from '@veilsum/protocol';
import { consentDocumentSchema, type ConsentDocument } from '../consent/consent-document.js';
import { fillIn } from '../consent/consent-template.js';
import { parseAs, readDocument } from '../document/document-file.js';
import { collectList, type CommandOption } from './command.js';

/** What `consent grant` and `consent amend` take; options win over the file. */
export interface TermOptions {
  readonly file?: string;
  readonly product?: string;
  readonly purpose?: string[];
  readonly function?: string[];
  readonly recipient?: string[];
  readonly from?: string;
  readonly until?: string;
  readonly maxUses?: string;
  readonly minCohort?: string;
  readonly release?: ConsentTerms['release'];
  readonly epsilon?: string;
  readonly minimumPrice?: string;
  readonly publication?: true;
  readonly question?: string[];
  readonly request?: string;
}

export const termOptions: readonly CommandOption[] = [
  { flags: '--file <document>', meaning: 'consent document, e.g. a template that you filled in' },
  { flags: '--product <name@version>', meaning: 'product' },
  { flags: '--purpose <purposes>', meaning: 'allowed purposes (DPV terms)', parse: collectList },
  { flags: '--function <functions>', meaning: 'allowed functions', parse: collectList },
  {
    flags: '--recipient <recipients>',
    meaning: 'role:analyst or member:acme (default: role:analyst)',
    parse: collectList,
  },
  { flags: '--from <date>', meaning: 'first day, YYYY-MM-DD (default: now)' },
  { flags: '--until <date>', meaning: 'last day, YYYY-MM-DD' },
  { flags: '--max-uses <n>', meaning: 'how many queries may use it (default: 100)' },
  { flags: '--min-cohort <n>', meaning: 'legal entities at least (default: 2)' },
  {
    flags: '--release <kind>',
    meaning: 'noisy, or exact too (default: noisy)',
    choices: ['noisy', 'exact'],
  },
  { flags: '--epsilon <number>', meaning: 'ε per epoch at most (default: 10)' },
  { flags: '--minimum-price <n>', meaning: 'minor units for each use (default: 0)' },
  { flags: '--publication', meaning: 'results may be made public' },
  { flags: '--request <id>', meaning: "the analyst's request that this answers" },
  {
    flags: '--question <ids>',
    meaning: 'answered questions that you rely on in good faith',
    parse: collectList,
  },
];

/** The consent that options and file mean together. @throws {@link VeilsumError} INVALID_ARGUMENT */
export async function consentDocumentOf(options: TermOptions): Promise<ConsentDocument> {
  const empty: ConsentDocument = { format: 'veilsum-consent-document/1' };
  const { file } = options;
  const document = file === undefined ? empty : await readDocument(file, consentDocumentSchema);
  return parseAs(consentDocumentSchema, fillIn(document, fieldsOf(options)), 'The consent');
}

/** Document fields by what they are called as options. */
export function fieldsOf(
  options: TermOptions,
): Readonly<Partial<Record<keyof ConsentDocument, unknown>>> {
  return {
    product: options.product,
    purposes: options.purpose,
    functions: options.function,
    recipients: options.recipient,
    from: options.from,
    until: options.until,
    maxUses: numberOf(options.maxUses),
    minCohort: numberOf(options.minCohort),
    release: options.release,
    epsilonPerEpoch: numberOf(options.epsilon),
    minimumPricePerUse: options.minimumPrice,
    publication: options.publication,
    questionIds: options.question,
    requestId: options.request,
  };
}

const numberOf = (text: string | undefined) => (text === undefined ? undefined : Number(text));
