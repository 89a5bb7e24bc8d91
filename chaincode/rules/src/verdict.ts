import { VeilsumError, type ErrorCode, type RuleOutcome, type Verdict } from '@veilsum/protocol';

/** A rule as it appears in traces; a changed meaning takes a new version. */
export interface RuleName {
  readonly rule: string;
  readonly version: number;
}

/** The public facts that a rule looked at. */
export type RuleInputs = Readonly<Record<string, string | number | boolean>>;

/** What a rule says when it does not hold. */
export interface RuleFailure {
  readonly code: ErrorCode;
  /** Whose rule it is, and the smallest change that would pass. */
  readonly sentence: string;
}

/** An outcome in favour. */
export function passed(name: RuleName, sentence: string, inputs: RuleInputs = {}): RuleOutcome {
  return { ...name, passed: true, sentence, inputs: asStrings(inputs) };
}

/** An outcome against. */
export function failed(
  name: RuleName,
  { code, sentence }: RuleFailure,
  inputs: RuleInputs = {},
): RuleOutcome {
  return { ...name, passed: false, code, sentence, inputs: asStrings(inputs) };
}

/** Allowed exactly if there is an outcome and every one passed. */
export function verdictOf(trace: readonly RuleOutcome[]): Verdict {
  return {
    allowed: trace.length > 0 && trace.every((outcome) => outcome.passed),
    trace: [...trace],
  };
}

/** @throws {@link VeilsumError} with the code and sentence of the first rule that did not pass */
export function requireAllowed(verdict: Verdict): void {
  if (verdict.allowed) return;
  const refusal = verdict.trace.find((outcome) => !outcome.passed);
  if (refusal?.code === undefined) throw new VeilsumError('FORBIDDEN', 'No rule allows this.');
  throw new VeilsumError(refusal.code as ErrorCode, refusal.sentence);
}

function asStrings(inputs: RuleInputs): Record<string, string> {
  return Object.fromEntries(Object.entries(inputs).map(([name, value]) => [name, String(value)]));
}

/** Version 1 of a rule, which holds unless there is a failure. */
export function outcomeOf(
  rule: string,
  failure: RuleFailure | undefined,
  inputs: RuleInputs = {},
): RuleOutcome {
  const name: RuleName = { rule, version: 1 };
  return failure === undefined
    ? passed(name, 'The rule holds.', inputs)
    : failed(name, failure, inputs);
}
