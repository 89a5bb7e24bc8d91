import { Inject, Injectable } from '@nestjs/common';
import { fingerprintOf } from '@veilsum/ledger';
import { quoteSchema, VeilsumError, type Quote, type TransactionEnvelope } from '@veilsum/protocol';

import type { Caller } from '../access/caller.js';
import { ENVELOPE_RELAY } from '../settings.js';
import type { EnvelopeRelay, RelayedOutcome } from './envelope-relay.js';

/** Relays what members signed themselves, for those who reach the ledger through the gateway only. */
@Injectable()
export class TransactionService {
  constructor(@Inject(ENVELOPE_RELAY) private readonly relay: EnvelopeRelay) {}

  /** @throws {@link VeilsumError} FORBIDDEN for another's transaction, else what the ledger says */
  async submit(caller: Caller, envelope: TransactionEnvelope): Promise<RelayedOutcome> {
    requireOwn(caller, envelope);
    return this.relay.submit(envelope);
  }

  /** @throws {@link VeilsumError} INVALID_ARGUMENT for another question, FORBIDDEN, or what the ledger says */
  async quote(caller: Caller, envelope: TransactionEnvelope): Promise<Quote> {
    const { contract, transaction } = envelope.proposal;
    if (contract !== 'query' || transaction !== 'quote') {
      throw new VeilsumError('INVALID_ARGUMENT', 'Only query:quote is asked for here.');
    }
    requireOwn(caller, envelope);
    return quoteSchema.parse(JSON.parse(await this.relay.evaluate(envelope)));
  }
}

function requireOwn(caller: Caller, { proposal }: TransactionEnvelope): void {
  const certificate = Uint8Array.from(Buffer.from(proposal.certificate, 'base64'));
  if (fingerprintOf(certificate) === caller.fingerprint) return;
  throw new VeilsumError('FORBIDDEN', 'The transaction is signed with another certificate.');
}
