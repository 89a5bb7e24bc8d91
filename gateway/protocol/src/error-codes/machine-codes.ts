import { entry, type ErrorCodeEntry } from './error-code-entry.js';

/** What only a member's own machine or a service of the network says. */
export const machineCodes = {
  SOURCE_UNREADABLE: entry(
    422,
    false,
    'The source file cannot be read.',
    'See the message for the file and the reason.',
  ),
  SOURCE_ROW_INVALID: entry(
    422,
    false,
    'A row of the source is not valid.',
    'Correct the row that the message names.',
  ),
  MAPPING_INVALID: entry(
    422,
    false,
    'The mapping is not valid.',
    'Correct the field that the message names.',
  ),
  BOUND_EXCEEDED: entry(
    422,
    false,
    'A total is too large for its plane.',
    'Check the unit of the measure, or ask for a product version with more value bits.',
  ),
  KEY_STORE_LOCKED: entry(
    401,
    false,
    'The key store does not open with this passphrase.',
    'Check the passphrase.',
  ),
  CONFIRMATION_REQUIRED: entry(
    422,
    false,
    'This cannot be undone and was not confirmed.',
    'Type the confirmation, or pass --yes in a script.',
  ),
  GATEWAY_UNAVAILABLE: entry(
    503,
    true,
    'The gateway cannot be reached.',
    'Wait, then try again; `veilsum doctor` says more.',
  ),
  STATE_FOLDER_INVALID: entry(
    422,
    false,
    'The state folder is not as this release left it.',
    'Use another folder with --state, or restore a backup.',
  ),
  PORT_IN_USE: entry(
    409,
    false,
    'A port that is needed is taken.',
    'Choose other ports; the message names the option.',
  ),
  FABRIC_PROGRAMS_MISSING: entry(
    501,
    false,
    "Hyperledger Fabric's programs are not on this machine.",
    'Install them; the message names which and where.',
  ),
  FABRIC_STEP_FAILED: entry(
    500,
    false,
    "A step with Hyperledger Fabric's programs failed.",
    'Read the message and the logs (`npm run network:logs`), then run the same command again: it goes on where it stopped.',
  ),
  SIGNER_UNAVAILABLE: entry(
    503,
    true,
    "The service that holds the member's key gives no signature.",
    'Look whether the signing service runs and can be reached, then try again.',
  ),
  RELAY_NOT_OFFERED: entry(
    501,
    false,
    'The gateway does not relay transactions on this ledger.',
    'Sign with your own key and send through a peer of your own organisation, as the client does.',
  ),
} as const satisfies Record<string, ErrorCodeEntry>;
