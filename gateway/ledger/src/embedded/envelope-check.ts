import { canonicalBytes, hashCanonicalJson, verifyBytes } from '@veilsum/crypto';
import {
  VeilsumError,
  transactionEnvelopeSchema,
  type Genesis,
  type TransactionEnvelope,
  type TransactionProposal,
} from '@veilsum/protocol';

import { requireArgumentLength } from '../contract-argument.js';
import { TrustedAuthorities, type TrustedCertificate } from '../identity/trusted-authorities.js';

/** A transaction whose signer is who he says; what he may do is the contracts' question. */
export interface VerifiedEnvelope {
  readonly envelope: TransactionEnvelope;
  readonly caller: TrustedCertificate;
}

/** Checks signed transactions against the authorities of the genesis block (docs/protocol.md §8). */
export class EnvelopeCheck {
  readonly #channel: string;
  readonly #authorities: TrustedAuthorities;

  constructor({ channel, msps }: Genesis) {
    this.#channel = channel;
    this.#authorities = new TrustedAuthorities(msps);
  }

  /**
   * Checks form, channel, certificate (chain, and dates at the claimed time) and signature.
   * @throws {@link VeilsumError} INVALID_ARGUMENT, LIMIT_EXCEEDED, CERTIFICATE_UNTRUSTED,
   * CERTIFICATE_EXPIRED or SIGNATURE_INVALID
   */
  verify(candidate: unknown): VerifiedEnvelope {
    const envelope = parseEnvelope(candidate);
    const { proposal } = envelope;
    this.#requireForm(proposal);
    const caller = this.requireCaller(
      decodeBase64(proposal.certificate, 'certificate'),
      proposal.mspId,
      proposal.timestampMs,
    );
    const signature = decodeBase64(envelope.signature, 'signature');
    if (!verifyBytes(encodeProposal(proposal), signature, caller.publicKey)) {
      throw new VeilsumError(
        'SIGNATURE_INVALID',
        'The signature does not match the transaction; sign its exact canonical JSON.',
        { transactionId: proposal.transactionId },
      );
    }
    return { envelope, caller };
  }

  /** @throws {@link VeilsumError} CERTIFICATE_UNTRUSTED or CERTIFICATE_EXPIRED */
  requireCaller(certificate: Uint8Array, mspId: string, atMs: number): TrustedCertificate {
    return this.#authorities.require(certificate, mspId, atMs);
  }

  #requireForm({ argument, channel }: TransactionProposal): void {
    requireArgumentLength(argument);
    if (channel !== this.#channel) {
      throw new VeilsumError(
        'INVALID_ARGUMENT',
        `The transaction was signed for another channel; this one is ${this.#channel}.`,
      );
    }
  }
}

/** Names an envelope, signature included; the transaction id names only what its client chose. */
export function digestOf(envelope: TransactionEnvelope): string {
  return hashCanonicalJson(envelope);
}

function parseEnvelope(candidate: unknown): TransactionEnvelope {
  const parsed = transactionEnvelopeSchema.safeParse(candidate);
  if (parsed.success) return parsed.data;
  const field = parsed.error.issues[0]?.path.join('.') ?? '';
  throw new VeilsumError(
    'INVALID_ARGUMENT',
    `The transaction is not in the required form${field === '' ? '' : `, at ${field}`}.`,
  );
}

function encodeProposal(proposal: TransactionProposal): Uint8Array {
  try {
    return canonicalBytes(proposal);
  } catch {
    throw new VeilsumError('INVALID_ARGUMENT', 'The transaction has no canonical JSON.');
  }
}

/** Exactly one text for the same bytes, so that nobody can make a second envelope out of one. */
function decodeBase64(text: string, field: string): Uint8Array {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.toString('base64') !== text) {
    throw new VeilsumError('INVALID_ARGUMENT', `The ${field} is not base64.`);
  }
  return Uint8Array.from(bytes);
}
