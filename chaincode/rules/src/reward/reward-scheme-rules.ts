import type { RewardScheme, SettlementSplit, Verdict } from '@veilsum/protocol';
import { versionInForce } from '../rulebook/version-in-force.js';
import { outcomeOf, verdictOf, type RuleFailure } from '../verdict.js';

const WHOLE_BPS = 10_000;

/**
 * The scheme that settles what is authorised now: the highest version that is in effect.
 * @param now ledger time in milliseconds
 * @returns undefined while the split of the founding is all there is
 */
export function rewardSchemeInForce(
  adopted: readonly RewardScheme[],
  now: number,
): RewardScheme | undefined {
  const versions = adopted.map((scheme) => ({
    version: scheme.version,
    inForceFrom: scheme.effectiveFrom,
    scheme,
  }));
  return versionInForce(versions, now)?.scheme;
}

/**
 * Whether a scheme can follow those that were adopted (docs/ledger.md, Settlement).
 * @param adopted every scheme so far, in any order
 */
export function checkRewardScheme(scheme: RewardScheme, adopted: readonly RewardScheme[]): Verdict {
  const about = { version: scheme.version };
  return verdictOf([
    outcomeOf('scheme-version', versionFault(scheme, adopted), about),
    outcomeOf('scheme-split', splitFault(scheme.split), about),
    outcomeOf('scheme-caps', capsFault(scheme), about),
    outcomeOf('scheme-freshness', freshnessFault(scheme), about),
    outcomeOf('scheme-self-asking', selfAskingFault(scheme), about),
  ]);
}

function versionFault(
  { version, effectiveFrom }: RewardScheme,
  adopted: readonly RewardScheme[],
): RuleFailure | undefined {
  const next = Math.max(0, ...adopted.map((earlier) => earlier.version)) + 1;
  if (version !== next) return invalid(`The field version must be ${next}.`);
  const latest = Math.max(0, ...adopted.map((earlier) => earlier.effectiveFrom));
  return effectiveFrom < latest
    ? invalid('The field effectiveFrom is before that of the version that it replaces.')
    : undefined;
}

function splitFault(split: SettlementSplit): RuleFailure | undefined {
  const sum =
    split.contributorsBps + split.keyholdersBps + split.operatorBps + split.subsidyFundBps;
  return sum === WHOLE_BPS
    ? undefined
    : invalid(`The parts of the field split add up to ${sum}, not to 10000.`);
}

/** A support without a cap, or a cap without a support, is a mistake of whoever wrote it. */
function capsFault({ smallMembers }: RewardScheme): RuleFailure | undefined {
  const { priceBps, priceSupportMax, topUpBps, topUpMax } = smallMembers;
  if (priceBps < WHOLE_BPS !== (priceSupportMax !== '0')) {
    return invalid('The field smallMembers.priceSupportMax is 0 exactly if priceBps is 10000.');
  }
  if (topUpBps > 0 !== (topUpMax !== '0')) {
    return invalid('The field smallMembers.topUpMax is 0 exactly if topUpBps is 0.');
  }
  return undefined;
}

/** Ages ascend and weights descend, so that an older contribution never counts for more. */
function freshnessFault({ freshness }: RewardScheme): RuleFailure | undefined {
  const wrong = freshness.findIndex((entry, position) => {
    const before = freshness[position - 1];
    return (
      before !== undefined &&
      (entry.ageDaysMax <= before.ageDaysMax || entry.weight > before.weight)
    );
  });
  return wrong < 0
    ? undefined
    : invalid(
        `The field freshness.${wrong} must be older than the entry before, and weigh no more.`,
      );
}

/**
 * What contributors get of a price with their top-ups may not pass what a small analyst pays for it.
 * Otherwise whoever stands behind analyst and contributors would empty the fund by asking himself.
 */
function selfAskingFault({ split, smallMembers }: RewardScheme): RuleFailure | undefined {
  const { priceBps, topUpBps } = smallMembers;
  const returned = split.contributorsBps * (WHOLE_BPS + topUpBps);
  if (returned <= priceBps * WHOLE_BPS) return undefined;
  const most = Math.ceil(returned / WHOLE_BPS);
  return invalid(
    `The field smallMembers lets whoever asks for his own data gain from it; priceBps must be at least ${most}.`,
  );
}

function invalid(sentence: string): RuleFailure {
  return { code: 'REWARD_SCHEME_INVALID', sentence };
}
