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
  ESCALATION_NOT_DEFINED: entry(
    422,
    false,
    'The rulebook in force says nothing about this kind of incident.',
    'Propose a rulebook whose escalation table has a row for it.',
    'The rulebook in force says nothing about stale-mapping, so nobody can be accused of it.',
  ),
  INCIDENT_NOT_MENDED: entry(
    409,
    false,
    'The ledger does not show that what went wrong was mended.',
    'Mend it as `veilsum incident show` says: contribute, or answer the opening.',
    'The ledger does not show yet that what went wrong was mended.',
  ),
  REWARDS_FROZEN: entry(
    409,
    false,
    'An incident holds the rewards back.',
    'Wait until an operator and a regulator have ended it; `veilsum incident list` shows which it is.',
    'An incident holds the rewards of corner-shop back; they are paid out when it has ended.',
  ),
  OVERSIGHT_PENDING: entry(
    409,
    false,
    'Openings or incidents of the member have not ended.',
    'Answer the openings that `veilsum opening list --mine` shows; incidents are ended by an operator and a regulator.',
    'The member corner-shop has 1 openings to answer and 0 incidents that have not ended.',
  ),
  OPENINGS_NOT_AGREED: entry(
    403,
    false,
    'The product does not say that contributions to it may be opened.',
    'Publish a version of the product with the field openings; contributors then consent to that version.',
    'The product does not say that contributions to it may be opened.',
  ),
  OPENING_STANDS: entry(
    409,
    false,
    'The auditor has an opening of this product and epoch already.',
    'Reveal the one that there is, or fix the randomness of another epoch.',
    'A legal entity opens a product and epoch once.',
  ),
  OPENING_TOO_LATE: entry(
    409,
    false,
    'Randomness is fixed before anything of the epoch is stored.',
    'Fix that of a later epoch, best for several epochs ahead.',
    'A contribution of the epoch is stored already, so its blocks could be chosen; fix the randomness of a later epoch.',
  ),
  OPENING_RANDOMNESS: entry(
    422,
    false,
    'The randomness is not what was fixed.',
    'Reveal the 32 bytes whose hash `veilsum opening show` names.',
    'The field randomness is not what was fixed before the epoch.',
  ),
  OPENING_ANSWER_HASH: entry(
    422,
    false,
    'The bytes are not the answer that the contributor named.',
    'Run `veilsum opening answer` again; it names and sends the same bytes.',
    'The bytes are not the answer that the contributor named.',
  ),
} as const satisfies Record<string, ErrorCodeEntry>;
