import {
  amountSchema,
  epochSchema,
  purposeSchema,
  queryFunctionSchema,
  queryRequestSchema,
  VeilsumError,
} from '@veilsum/protocol';
import type { Question } from '../query/query-run.js';
import { collectList, type CommandOption } from './command.js';
import { parseAs } from '../document/document-file.js';
import { parseProductReference } from './product-reference.js';

export interface QuestionOptions {
  readonly product: string;
  readonly epoch: string;
  readonly function: string;
  readonly measure?: string[];
  readonly by?: string[];
  readonly where?: Readonly<Record<string, string[]>>;
  readonly weeks?: true;
  readonly epsilon?: string;
  readonly exact?: true;
  readonly purpose: string;
  readonly maxPrice?: string;
  readonly goal?: string;
  readonly delegation?: string;
  readonly question?: string[];
}

/** The options of `quote` and `query run`. */
export const questionOptions: readonly CommandOption[] = [
  { flags: '--product <name@version>', meaning: 'product', required: true },
  { flags: '--epoch <epoch>', meaning: 'period, such as 2017-Q1', required: true },
  {
    flags: '--function <function>',
    meaning: 'what to compute',
    required: true,
    choices: queryFunctionSchema.options,
  },
  {
    flags: '--measure <measures>',
    meaning: 'the measure; two for a ratio: numerator,denominator',
    parse: collectList,
  },
  { flags: '--by <dimensions>', meaning: 'dimensions that stay apart', parse: collectList },
  {
    flags: '--where <dimension=values>',
    meaning: 'only these values, e.g. department=GROCERY,MEAT (repeatable)',
    parse: collectFilter,
  },
  { flags: '--weeks', meaning: 'one value for each lane; without it one for the whole epoch' },
  { flags: '--epsilon <number>', meaning: 'privacy cost of a noisy release, such as 1' },
  { flags: '--exact', meaning: 'exact release, where every contributor allows it' },
  {
    flags: '--purpose <purpose>',
    meaning: 'what the answer is for (a DPV term)',
    required: true,
    choices: purposeSchema.options,
  },
  { flags: '--delegation <id>', meaning: 'ask under this delegation; its principal pays' },
  {
    flags: '--max-price <n>',
    meaning: 'most you pay, in minor units (default: the quote, after you agreed)',
  },
  { flags: '--goal <id>', meaning: 'the goal that the answer measures' },
  {
    flags: '--question <ids>',
    meaning: 'answered questions that you rely on in good faith',
    parse: collectList,
  },
];

/** @throws {@link VeilsumError} INVALID_ARGUMENT naming the option */
export function questionOf(options: QuestionOptions, maximumPrice: string): Question {
  if ((options.exact === true) === (options.epsilon !== undefined)) {
    throw new VeilsumError('INVALID_ARGUMENT', 'Give either --epsilon NUMBER or --exact.');
  }
  const { productId, version } = parseProductReference(options.product);
  const shape = queryRequestSchema.omit({ format: true, queryId: true, resultKey: true });
  return parseAs(
    shape,
    {
      productId,
      productVersion: version,
      epoch: parseAs(epochSchema, options.epoch, '--epoch'),
      purpose: options.purpose,
      function: options.function,
      measures: options.measure ?? [],
      groupBy: options.by ?? [],
      where: options.where ?? {},
      span: options.weeks === true ? 'lane' : 'epoch',
      release: options.exact === true ? 'exact' : 'noisy',
      epsilonMicro: options.exact === true ? 0 : epsilonMicroOf(options.epsilon ?? ''),
      maximumPrice: parseAs(amountSchema, maximumPrice, '--max-price'),
      ...referencesOf(options),
    },
    'The query',
  );
}

/** What a question names besides its product, if it does. */
function referencesOf({ goal, delegation, question }: QuestionOptions) {
  return {
    ...(goal === undefined ? {} : { goalId: goal }),
    ...(delegation === undefined ? {} : { delegationId: delegation }),
    ...(question === undefined ? {} : { questionIds: question }),
  };
}

function epsilonMicroOf(text: string): number {
  const micro = Math.round(Number(text) * 1_000_000);
  if (/^\d+(\.\d{1,6})?$/.test(text) && micro > 0) return micro;
  throw new VeilsumError(
    'INVALID_ARGUMENT',
    `--epsilon is a positive number with at most six decimals, not "${text}".`,
  );
}

function collectFilter(text: string, previous: unknown): Record<string, string[]> {
  const separator = text.indexOf('=');
  if (separator < 1) {
    throw new VeilsumError(
      'INVALID_ARGUMENT',
      `--where is written dimension=value, not "${text}".`,
    );
  }
  const name = text.slice(0, separator);
  return {
    ...(previous as Record<string, string[]>),
    [name]: collectList(text.slice(separator + 1), []),
  };
}
