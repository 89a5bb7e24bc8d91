import { entry, type ErrorCodeEntry } from './error-code-entry.js';

/** The rulebook, reviews and who a standard is shared with. */
export const rulebookCodes = {
  RULEBOOK_INVALID: entry(
    422,
    false,
    'The rulebook contradicts itself or what came before it.',
    'Correct what the message names; `veilsum rulebook validate` checks the file.',
    'The entry no-location-ads matches every use; say what it is about.',
  ),
  RULEBOOK_DENIED: entry(
    403,
    false,
    "The rulebook's negative list forbids this use.",
    'Read the legal basis that the message names; `veilsum guide` shows the ways that are open.',
    'The negative list forbids Advertising with data tagged location (entry no-location-ads).',
  ),
  REVIEW_REQUIRED: entry(
    403,
    false,
    'The use needs a review before it is decided.',
    'Send the query; it waits for the reviewer that the message names until the deadline.',
    'Important data needs the review of a regulator; ask, and the query waits for it.',
  ),
  REVIEW_STOPPED: entry(
    403,
    false,
    'The reviewer stopped the request.',
    'Read the reason on the query; change the request accordingly and ask again.',
    'The regulator stopped the request: the groups are finer than a district.',
  ),
  REVIEW_LAPSED: entry(
    409,
    false,
    'Nobody reviewed the request before its deadline, so it lapsed and was refunded.',
    'Ask the named role, then send the request again.',
    'The review of query 5d20… was due at 2026-12-01T00:00:00Z and did not come.',
  ),
  AUDIENCE_NOT_INCLUDED: entry(
    403,
    false,
    'The standard is not shared with you.',
    'Look at the audience of the product; ask its publisher for a tier that includes your role.',
    'The product inspection-counts is shared with the role regulator only.',
  ),
} as const satisfies Record<string, ErrorCodeEntry>;
