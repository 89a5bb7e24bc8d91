import type { RuleOutcome } from '@veilsum/protocol';

/** Rule, words of its sentence, and all that it looked at. */
export type ExpectedOutcome = readonly [
  rule: string,
  words: string,
  inputs: Readonly<Record<string, string>>,
];

/** Expects the outcomes of a trace in their order, each of version 1 and in favour. */
export function expectTrace(
  trace: readonly RuleOutcome[],
  expected: readonly ExpectedOutcome[],
): void {
  expect(trace).toEqual(
    expected.map(([rule, words, inputs]) => ({
      rule,
      version: 1,
      passed: true,
      sentence: expect.stringContaining(words) as string,
      inputs,
    })),
  );
}
