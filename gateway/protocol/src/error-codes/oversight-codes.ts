import { entry, type ErrorCodeEntry } from './error-code-entry.js';

/** Questions, incidents, commitments and openings. */
export const oversightCodes = {
  QUESTION_UNANSWERED: entry(
    422,
    false,
    'A cited question has no answer.',
    'Cite answered questions only; `veilsum question list` shows which are.',
    'The field questionIds cites 5d20…, which nobody has answered; cite answered questions only.',
  ),
  COMMITMENT_STANDS: entry(
    409,
    false,
    'The member has made a commitment to this product and epoch already.',
    'Meet it, or commit to the next epoch; `veilsum commitment list` shows what stands.',
    'The commitment 5d20… of this member to the product and epoch is there already; one is made for each.',
  ),
} as const satisfies Record<string, ErrorCodeEntry>;
