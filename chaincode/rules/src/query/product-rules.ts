import { VeilsumError, type Product, type QueryRequest, type RuleOutcome } from '@veilsum/protocol';
import { epochPeriod } from '../product/epoch-period.js';
import { failed, passed, type RuleName } from '../verdict.js';
import { planesFor } from './requested-planes.js';
import { groupsFor, type Group } from './result-groups.js';

const PURPOSE = { rule: 'purpose', version: 1 };
const EPOCH = { rule: 'epoch', version: 1 };
const FUNCTION = { rule: 'function', version: 1 };
const GROUPS = { rule: 'groups', version: 1 };

/** The purpose must be one that the product lists. */
export function purposeAllowed(product: Product, { purpose }: QueryRequest): RuleOutcome {
  const inputs = { purpose };
  if (product.purposes.includes(purpose)) {
    return passed(PURPOSE, `The product allows the purpose ${purpose}.`, inputs);
  }
  const sentence = `The product allows only these purposes: ${product.purposes.join(', ')}.`;
  return failed(PURPOSE, { code: 'PURPOSE_NOT_ALLOWED', sentence }, inputs);
}

/** A rule with what it found out for those after it. */
export interface Finding<Value> {
  readonly outcome: RuleOutcome;
  /** undefined exactly when the rule failed. */
  readonly value: Value | undefined;
}

/** The epoch must be one of the product's calendar. */
export function epochOf(product: Product, { epoch }: QueryRequest): Finding<unknown> {
  const { calendar } = product.epochs;
  return find(EPOCH, () => epochPeriod(calendar, epoch), {
    sentence: `The epoch ${epoch} is one of the product's calendar.`,
    inputs: { epoch, calendar },
  });
}

/** The product must answer the function, measures and span, under this release. */
export function planesOf(product: Product, request: QueryRequest): Finding<number[]> {
  return find(
    FUNCTION,
    () => {
      requireConsistentRelease(request);
      return planesFor(product, request);
    },
    {
      sentence: `The product answers ${request.function}.`,
      inputs: {
        function: request.function,
        measures: request.measures.join(','),
        span: request.span,
        release: request.release,
      },
    },
  );
}

/** The dimensions and values asked for must be the product's. */
export function groupsOf(product: Product, request: QueryRequest): Finding<Group[]> {
  return find(GROUPS, () => groupsFor(product, request), {
    sentence: 'The dimensions and values asked for are those of the product.',
    inputs: { groupBy: request.groupBy.join(','), where: Object.keys(request.where).join(',') },
  });
}

function requireConsistentRelease({ release, epsilonMicro }: QueryRequest): void {
  if (release === 'exact' && epsilonMicro !== 0) {
    throw new VeilsumError('QUERY_INVALID', 'An exact release takes no ε; ask with ε = 0.');
  }
  if (release === 'noisy' && epsilonMicro === 0) {
    throw new VeilsumError('QUERY_INVALID', 'A noisy release needs an ε above 0.');
  }
}

interface FindingText {
  readonly sentence: string;
  readonly inputs: Readonly<Record<string, string>>;
}

/** Turns what a function returns or refuses into an outcome. */
function find<Value>(
  name: RuleName,
  run: () => Value,
  { sentence, inputs }: FindingText,
): Finding<Value> {
  try {
    return { value: run(), outcome: passed(name, sentence, inputs) };
  } catch (error) {
    if (!(error instanceof VeilsumError)) throw error;
    const failure = { code: error.code, sentence: error.message };
    return { value: undefined, outcome: failed(name, failure, inputs) };
  }
}
