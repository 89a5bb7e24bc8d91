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
    'Advertising may not use data about where people are; ask for a purpose without advertising. (rulebook 1, entry no-location-ads; PIPL Art. 6)',
  ),
  REVIEW_REQUIRED: entry(
    403,
    false,
    'The use needs a review before it is decided.',
    'Send the query; it waits for the reviewer that the message names until the deadline.',
    'The use needs a review first (Important data): a member with the role regulator decides within 3 days, or the query lapses and is refunded.',
  ),
  REVIEW_STOPPED: entry(
    403,
    false,
    'The reviewer stopped the request.',
    'Read the reason on the query; change the request accordingly and ask again.',
    'The regulator inspector stopped the query: the groups are finer than a district.',
  ),
  REVIEW_LAPSED: entry(
    409,
    false,
    'Nobody reviewed the request before its deadline, so it lapsed and was refunded.',
    'Ask the named role, then send the request again.',
    'The review by the role regulator did not come before its deadline; ask again.',
  ),
  AUDIENCE_NOT_INCLUDED: entry(
    403,
    false,
    'The standard is not shared with you.',
    'Look at the audience of the product; ask its publisher for a tier that includes your role.',
    'The product is shared only with the role regulator; ask its publisher for a product that is shared with corner-shop too.',
  ),
} as const satisfies Record<string, ErrorCodeEntry>;
