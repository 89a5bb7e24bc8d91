import type {
  ApprovalNeeds,
  Classification,
  Consortium,
  MspId,
  RuleOutcome,
} from '@veilsum/protocol';
import { failed, passed, type RuleFailure } from '../verdict.js';

/** The organisations of a consortium at the moment of a proposal. */
export interface ApprovalFacts {
  readonly consortium: Pick<Consortium, 'mspRoles'>;
  /** Organisations of active members with power over the rules; only these count. Repeats do no harm. */
  readonly represented: readonly string[];
}

/** Whose approval is needed, with the reason; nobody's when the outcome did not pass. */
export interface ApprovalDecision {
  readonly needs: ApprovalNeeds | undefined;
  readonly outcome: RuleOutcome;
  /** Whether it is a change of the rules, with what that asks of endorsers. */
  readonly changesRules: boolean;
}

/** What a rule of approval asks for. */
interface Demand {
  readonly rule: string;
  readonly sentence: string;
  readonly all: readonly string[];
  readonly some: { readonly n: number; readonly of: readonly string[] };
  /** Why nobody could adopt it, beyond the rules of every proposal. */
  readonly failure?: RuleFailure | undefined;
}

/**
 * A version of a standard: every organisation that may be operator and one other; for important data every
 * organisation that may be regulator as well.
 */
export function standardApprovals(
  facts: ApprovalFacts,
  { classification }: { readonly classification: Classification },
): ApprovalDecision {
  const operators = organisationsWith('operator', facts);
  const regulators = classification === 'important' ? organisationsWith('regulator', facts) : [];
  const all = distinct([...operators, ...regulators]);
  return decide(facts, {
    rule: 'approval-standard',
    sentence:
      'The operators and one other organisation approve a standard, of important data the regulators too.',
    all,
    some: { n: all.length > operators.length ? 0 : 1, of: countedBut(all, facts) },
    failure:
      classification === 'important' && regulators.length === 0
        ? missing('a standard of important data needs an organisation that may be regulator')
        : undefined,
  });
}

/** The rules themselves: operators and regulators, and others up to a majority of those who count. */
export function ruleApprovals(facts: ApprovalFacts): ApprovalDecision {
  const all = distinct([
    ...organisationsWith('operator', facts),
    ...organisationsWith('regulator', facts),
  ]);
  const majority = Math.max(2, majorityOf(counted(facts).length));
  return decide(facts, {
    rule: 'approval-rules',
    sentence: 'The operators, the regulators and others up to a majority approve it.',
    all,
    some: { n: Math.max(0, majority - all.length), of: countedBut(all, facts) },
  });
}

/**
 * A committee key: the operators and a majority of the organisations that hold its shares, in any case one
 * other than the operators'. Where the operators hold all shares, any other organisation.
 * @param keyholders organisations of the keyholders
 */
export function committeeKeyApprovals(
  facts: ApprovalFacts,
  keyholders: readonly string[],
): ApprovalDecision {
  const all = organisationsWith('operator', facts);
  const holders = distinct(keyholders).filter((mspId) => counted(facts).includes(mspId));
  const others = holders.filter((mspId) => !all.includes(mspId));
  const held = holders.length - others.length;
  const of = others.length > 0 ? others : countedBut(all, facts);
  return decide(facts, {
    rule: 'approval-committee-key',
    sentence:
      "The operators and a majority of the keyholders' organisations approve it, one of them another than the operators'.",
    all,
    some: { n: Math.max(1, majorityOf(holders.length) - held), of },
  });
}

/** Members without power over the rules: the operators and one other organisation. */
export function memberApprovals(facts: ApprovalFacts): ApprovalDecision {
  const all = organisationsWith('operator', facts);
  const decision = decide(facts, {
    rule: 'approval-member',
    sentence: 'The operators and one other organisation approve it.',
    all,
    some: { n: 1, of: countedBut(all, facts) },
  });
  return { ...decision, changesRules: false };
}

/** Nobody adopts anything alone: where fewer than two organisations count, the outcome is a refusal. */
function decide(facts: ApprovalFacts, demand: Demand): ApprovalDecision {
  const { rule, all, some } = demand;
  const name = { rule, version: 1 };
  const inputs = {
    organisations: counted(facts).join(' '),
    all: all.join(' '),
    further: some.n,
    furtherOf: some.of.join(' '),
  };
  const failure = quorumFailure(facts) ?? demand.failure ?? unmetFailure(demand);
  if (failure !== undefined) {
    return { needs: undefined, outcome: failed(name, failure, inputs), changesRules: true };
  }
  const outcome = passed(name, demand.sentence, inputs);
  const needs = {
    all: [...all] as MspId[],
    some: { n: some.n, of: some.n === 0 ? [] : ([...some.of] as MspId[]) },
    trace: [outcome],
  };
  return { needs, outcome, changesRules: true };
}

function quorumFailure(facts: ApprovalFacts): RuleFailure | undefined {
  const organisations = counted(facts);
  if (organisations.length >= 2) return undefined;
  const [only = 'no organisation'] = organisations;
  return {
    code: 'APPROVERS_MISSING',
    sentence: `Nothing can be adopted: only ${only} has an active member with power over the rules, and two organisations are needed.`,
  };
}

function unmetFailure({ all, some }: Demand): RuleFailure | undefined {
  if (all.length === 0) return missing('it needs an organisation that may be operator');
  return some.of.length < some.n
    ? missing(`it needs ${some.n} more organisations, and there are ${some.of.length}`)
    : undefined;
}

function missing(what: string): RuleFailure {
  return {
    code: 'APPROVERS_MISSING',
    sentence: `Nobody could adopt this: ${what}, with an active member with power over the rules.`,
  };
}

function counted({ consortium, represented }: ApprovalFacts): string[] {
  return distinct(represented).filter((mspId) => Object.hasOwn(consortium.mspRoles, mspId));
}

function countedBut(left: readonly string[], facts: ApprovalFacts): string[] {
  return counted(facts).filter((mspId) => !left.includes(mspId));
}

function organisationsWith(role: 'operator' | 'regulator', facts: ApprovalFacts): string[] {
  const { mspRoles } = facts.consortium;
  return counted(facts).filter((mspId) => mspRoles[mspId]?.includes(role));
}

const majorityOf = (count: number): number => Math.floor(count / 2) + 1;

const distinct = (names: readonly string[]): string[] => [...new Set(names)].sort();
