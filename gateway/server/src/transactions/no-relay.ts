import { VeilsumError } from '@veilsum/protocol';

import type { EnvelopeRelay } from './envelope-relay.js';

/**
 * On Fabric there is nothing to relay: an envelope of the embedded ledger means nothing there, and every
 * member signs and sends through a peer of its own organisation.
 */
export class NoRelay implements EnvelopeRelay {
  submit(): Promise<never> {
    return Promise.reject(refusal());
  }

  evaluate(): Promise<never> {
    return Promise.reject(refusal());
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

function refusal(): VeilsumError {
  return new VeilsumError(
    'RELAY_NOT_OFFERED',
    'This gateway is on a Fabric network and relays nothing; sign and send through a peer of your own organisation.',
  );
}
