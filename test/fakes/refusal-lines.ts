import type { RuleOutcome, Verdict } from '@veilsum/protocol';

/** What a verdict refuses, a line for each rule: `rule CODE: sentence`. */
export function refusalLines({ trace }: Pick<Verdict, 'trace'>): string[] {
  return trace.filter(({ passed }) => !passed).map(lineOf);
}

function lineOf({ rule, code, sentence }: RuleOutcome): string {
  return `${rule} ${code}: ${sentence}`;
}
