import { entry, type ErrorCodeEntry } from './error-code-entry.js';

/** What every call can meet: its form, who calls, and how the ledger takes it. */
export const callCodes = {
  INVALID_ARGUMENT: entry(
    422,
    false,
    'The input does not have the required form.',
    'Correct the field that the message names.',
  ),
  UNKNOWN_TRANSACTION: entry(
    404,
    false,
    "There is no such transaction on the ledger's contracts.",
    'Check the spelling, or upgrade the client.',
  ),
  UNSUPPORTED_VERSION: entry(
    422,
    false,
    'The format version is not one this release reads.',
    'Use the release that wrote it, or upgrade.',
  ),
  LIMIT_EXCEEDED: entry(
    413,
    false,
    'A published limit is exceeded.',
    'See docs/limits.md and send less.',
  ),
  NOT_FOUND: entry(404, false, 'There is no such object.', 'Check the id; lists show what exists.'),
  ALREADY_EXISTS_WITH_DIFFERENT_CONTENT: entry(
    409,
    false,
    'This id is taken by an object with other content.',
    'Choose a new id, or send the same content.',
  ),
  UNAUTHENTICATED: entry(
    401,
    false,
    'The caller did not prove who he is.',
    'Sign with a current enrolment key and send a fresh token.',
  ),
  CERTIFICATE_EXPIRED: entry(
    401,
    false,
    'The enrolment certificate is outside its dates.',
    'Renew the certificate.',
  ),
  CERTIFICATE_REVOKED: entry(
    401,
    false,
    'The enrolment certificate was revoked on the ledger.',
    'Enrol a new key with the operator.',
  ),
  CERTIFICATE_UNTRUSTED: entry(
    401,
    false,
    'The certificate does not come from an authority of the consortium.',
    "Enrol with your organisation's authority.",
  ),
  TOKEN_AUDIENCE: entry(
    401,
    false,
    'The token was made for another gateway.',
    'Make a token for this gateway.',
  ),
  SIGNATURE_INVALID: entry(
    401,
    false,
    'The signature does not match what was signed.',
    'Sign the exact bytes with the enrolment key.',
  ),
  FORBIDDEN: entry(
    403,
    false,
    "The caller's roles do not allow this.",
    'Ask a member whose role allows it, or ask the operator for the role.',
  ),
  MEMBER_NOT_ACTIVE: entry(
    403,
    false,
    'The member is not active.',
    'Ask the operator why, and to activate it.',
  ),
  CLOCK_SKEW: entry(
    422,
    true,
    "The transaction's time is over five minutes from the ledger's clock.",
    'Set the clock right and send it again.',
  ),
  MVCC_CONFLICT: entry(
    409,
    true,
    'Another transaction changed what this one had read.',
    'Send it again.',
  ),
  COMMIT_STATUS_UNKNOWN: entry(
    504,
    true,
    'Whether the transaction was committed is not known.',
    'Look the transaction id up before sending anything else.',
  ),
  LEDGER_UNAVAILABLE: entry(
    503,
    true,
    'The ledger cannot be reached.',
    'Wait, then try again; `veilsum doctor` says more.',
  ),
  LEDGER_INTEGRITY: entry(
    500,
    false,
    "The ledger's records contradict each other.",
    'Stop, keep a copy, and run `veilsum audit`.',
  ),
  ALREADY_INITIALISED: entry(
    409,
    false,
    'The consortium has been founded already.',
    'Nothing to do.',
  ),
  NOT_INITIALISED: entry(
    409,
    false,
    'The consortium has not been founded yet.',
    'Run `veilsum up`, or let the founder initialise it.',
  ),
  INVALID_STATE: entry(
    409,
    false,
    'The object is not in a state that allows this.',
    'Look at its status; the message says which one is needed.',
  ),
  MIGRATION_PENDING: entry(
    409,
    true,
    'The ledger holds data of an earlier release that this needs in the new form.',
    'Ask the operator to run the pending migrations, then try again.',
  ),
  INTERNAL: entry(
    500,
    false,
    'Something went wrong that should not.',
    'Report it with the correlation id.',
  ),
} as const satisfies Record<string, ErrorCodeEntry>;
