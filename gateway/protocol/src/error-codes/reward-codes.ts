import { entry, type ErrorCodeEntry } from './error-code-entry.js';

/** Reward schemes, agreements, published results and goals. */
export const rewardCodes = {
  REWARD_SCHEME_INVALID: entry(
    400,
    false,
    'The reward scheme contradicts itself or the one before it.',
    'Correct the field that the message names; `veilsum settlement simulate --scheme FILE` shows what a scheme does.',
    'The parts of the field split add up to 9900, not to 10000.',
  ),
  COST_MISMATCH: entry(
    409,
    false,
    'The confirmation names another cost than the contributor proposed.',
    'Read the proposed cost with `veilsum cost list` and confirm that amount.',
    'The cost of corner-shop for weekly-sales 2026-Q1 is proposed as 4200 minor units, not as 2400.',
  ),
  PUBLICATION_NOT_ALLOWED: entry(
    403,
    false,
    'The result may not be made public.',
    'Ask the contributors for consents that allow publication, or keep the result to yourself.',
    '2 of 9 consents of the cohort do not allow publication now; their contributors can amend them.',
  ),
  STATISTIC_INVALID: entry(
    400,
    false,
    'The product cannot answer this statistic.',
    'Correct the field that the message names; `veilsum product show` says what a product answers.',
    'The dimension region has no value north.',
  ),
  GOAL_MISMATCH: entry(
    400,
    false,
    'The query does not measure the goal that it names.',
    'Ask for the statistic of the goal, or leave the goal out.',
    'The goal 1f0c2a7be4d94f6c8a35b7d1e2f30411 is about the ratio of logistics-delivery-timeliness@1 in 2026-Q1, not about this request.',
  ),
} as const satisfies Record<string, ErrorCodeEntry>;
