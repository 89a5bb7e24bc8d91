import { entry, type ErrorCodeEntry } from './error-code-entry.js';

/** Products, consents, contributions and the committee's keys. */
export const contributionCodes = {
  PRODUCT_INVALID: entry(
    422,
    false,
    'The product contradicts itself.',
    'Correct the field that the message names.',
  ),
  PRODUCT_NOT_FOUND: entry(
    404,
    false,
    'There is no such product version.',
    '`veilsum product list` shows what is published.',
  ),
  CLASSIFICATION_CORE: entry(
    403,
    false,
    'Core data cannot be shared at all.',
    'Leave the core data out of the product.',
  ),
  CONSENT_INVALID: entry(
    422,
    false,
    'The consent contradicts itself or its product.',
    'Correct the field that the message names.',
  ),
  CONSENT_WITHDRAWN: entry(
    403,
    false,
    'A consent that is needed was withdrawn.',
    'Ask again without that contributor.',
  ),
  CONSENT_EXPIRED: entry(
    403,
    false,
    'A consent that is needed is outside its dates.',
    'Ask the contributor to renew it.',
  ),
  CONSENT_NOT_COVERING: entry(
    403,
    false,
    'The consent does not allow this use.',
    'Ask for a use that it allows.',
  ),
  CONTRIBUTION_DUPLICATE: entry(
    409,
    false,
    'This member already has an active contribution for the product and epoch.',
    'Supersede it before the first release of the epoch.',
  ),
  CONTRIBUTION_FIXED: entry(
    409,
    false,
    'The epoch has had a release, so contributions to it no longer change.',
    'Contribute to the next epoch.',
  ),
  CONTRIBUTION_LIMIT: entry(
    409,
    false,
    'The product takes no more contributors in this epoch.',
    'Ask the operator for a version with a higher limit.',
  ),
  CONTAINER_HASH: entry(
    422,
    false,
    'The uploaded bytes are not those registered on the ledger.',
    'Upload the file that was registered.',
  ),
  CONTAINER_INVALID: entry(
    422,
    false,
    'The container is not as the protocol wants it.',
    'Make it again with this client.',
  ),
  CONTAINER_ROWS: entry(
    422,
    false,
    'The container does not have exactly one row for every cell and block.',
    'Make it again with this client.',
  ),
  CONTAINER_ELEMENT: entry(
    422,
    false,
    'A ciphertext in the container is not a valid element.',
    'Make it again with this client.',
  ),
  CONTAINER_CONTEXT: entry(
    422,
    false,
    'The container was made for another contribution, key or layout.',
    'Make it again for this contribution.',
  ),
  PLAINTEXT_PROOF_INVALID: entry(
    422,
    false,
    'The proof that the maker knows what he encrypted does not hold.',
    'Encrypt your own data with this client.',
  ),
  KEY_RECORD_INVALID: entry(
    422,
    false,
    'The public key record fails its check.',
    'Repeat the ceremony with another dealer.',
  ),
  KEY_NOT_ACTIVE: entry(
    409,
    false,
    'There is no active committee key, or it is another one.',
    'Run a ceremony, or use the active key.',
  ),
  KEY_SHARE_INVALID: entry(
    422,
    false,
    'The dealt key share does not match the public key record.',
    'Repeat the ceremony; the dealer or the delivery is at fault.',
  ),
} as const satisfies Record<string, ErrorCodeEntry>;
