import type { Consortium, RuleOutcome } from '@veilsum/protocol';
import { passed } from '../verdict.js';

/** Which organisations' peers must endorse, independent of any ledger's encoding. */
export type EndorsementPolicy =
  | { readonly kind: 'signedBy'; readonly mspId: string }
  /** At least `n` of the rules; no organisation appears twice, since one endorsement counts once. */
  | { readonly kind: 'outOf'; readonly n: number; readonly of: readonly EndorsementPolicy[] };

/** What a change of the rules needs, and why. */
export interface RuleChangeEndorsement {
  readonly policy: EndorsementPolicy;
  readonly trace: readonly RuleOutcome[];
}

/**
 * Who must endorse a change of the consortium's rules: a majority of its organisations, and in any case
 * every one that may hold the role `operator` or `regulator` (docs/ledger.md, Changes of the rules).
 */
export function ruleChangeEndorsement({
  mspRoles,
}: Pick<Consortium, 'mspRoles'>): RuleChangeEndorsement {
  const mspIds = Object.keys(mspRoles).sort();
  const always = mspIds.filter((mspId) =>
    (mspRoles[mspId] ?? []).some((role) => role === 'operator' || role === 'regulator'),
  );
  const others = mspIds.filter((mspId) => !always.includes(mspId));
  const majority = Math.floor(mspIds.length / 2) + 1;
  const further = Math.max(0, majority - always.length);
  return {
    policy: allOfAndSome(always, { n: further, of: others }),
    trace: [
      passed(
        { rule: 'rule-change-endorsement', version: 1 },
        'Operators and regulators endorse every change of the rules, and others up to a majority.',
        {
          organisations: mspIds.join(' '),
          always: always.join(' '),
          majority,
          further,
        },
      ),
    ],
  };
}

function allOfAndSome(
  always: readonly string[],
  some: { readonly n: number; readonly of: readonly string[] },
): EndorsementPolicy {
  const rules: EndorsementPolicy[] = always.map(signedBy);
  if (some.n > 0) rules.push({ kind: 'outOf', n: some.n, of: some.of.map(signedBy) });
  return { kind: 'outOf', n: rules.length, of: rules };
}

function signedBy(mspId: string): EndorsementPolicy {
  return { kind: 'signedBy', mspId };
}
