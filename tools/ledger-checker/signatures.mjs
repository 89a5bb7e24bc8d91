import { verify, X509Certificate } from 'node:crypto';
import { sha256 } from './block-chain.mjs';
import { canonical } from './canonical-json.mjs';

/** Checks who signed: certificate, dates, signature; and which member the ledger says that is. */
export class Signatures {
  #roots = new Map();
  #channel = '';
  #trusted = new Map();

  /** Takes the authorities from the first block. */
  found(genesis) {
    if (genesis === undefined) return;
    this.#channel = genesis.channel;
    for (const { mspId, rootCertificates } of genesis.msps) {
      this.#roots.set(
        mspId,
        rootCertificates.map((root) => new X509Certificate(Buffer.from(root, 'base64'))),
      );
    }
  }

  /** What is wrong with the signature of a transaction, a sentence each. */
  problems({ envelope: { proposal, signature } }) {
    const trusted = this.#trust(proposal);
    if (trusted === undefined) return [`No authority of ${proposal.mspId} issued the certificate.`];
    const { certificate, root } = trusted;
    const from = Math.max(Date.parse(certificate.validFrom), Date.parse(root.validFrom));
    const to = Math.min(Date.parse(certificate.validTo), Date.parse(root.validTo));
    const isSigned = verify(
      'sha256',
      Buffer.from(canonical(proposal)),
      { key: certificate.publicKey, dsaEncoding: 'der' },
      Buffer.from(signature, 'base64'),
    );
    return [
      [proposal.channel === this.#channel, 'It was signed for another channel.'],
      [
        from <= proposal.timestampMs && proposal.timestampMs <= to,
        'The certificate was not valid then.',
      ],
      [isSigned, 'The signature is not of this transaction.'],
    ]
      .filter(([holds]) => !holds)
      .map(([, sentence]) => sentence);
  }

  /** The member whose certificate signed, as the state before says; undefined when it says none. */
  memberOf({ envelope: { proposal } }, world) {
    return world.get('certificate', fingerprintOf(proposal))?.memberId;
  }

  /** Everyone but the founder, who comes before there are members, must be an active member. */
  memberProblems(transaction, world) {
    const { proposal } = transaction.envelope;
    if (`${proposal.contract}:${proposal.transaction}` === 'consortium:initialize') {
      return world.list('consortium').length === 0 ? [] : ['The consortium was founded twice.'];
    }
    const certificate = world.get('certificate', fingerprintOf(proposal));
    const member = world.get('member', certificate?.memberId ?? '');
    return [
      [certificate?.status === 'active', 'The certificate speaks for nobody, or was revoked.'],
      [
        member?.status === 'active',
        `The member ${certificate?.memberId ?? '(none)'} was not active.`,
      ],
      [member?.mspId === proposal.mspId, 'The member belongs to another organisation.'],
    ]
      .filter(([holds]) => !holds)
      .map(([, sentence]) => sentence);
  }

  #trust({ certificate: base64, mspId }) {
    const name = `${mspId} ${base64}`;
    if (!this.#trusted.has(name)) this.#trusted.set(name, this.#issued(base64, mspId));
    return this.#trusted.get(name);
  }

  #issued(base64, mspId) {
    try {
      const certificate = new X509Certificate(Buffer.from(base64, 'base64'));
      const root = (this.#roots.get(mspId) ?? []).find(
        (authority) =>
          certificate.checkIssued(authority) && certificate.verify(authority.publicKey),
      );
      return root === undefined || certificate.ca ? undefined : { certificate, root };
    } catch {
      return undefined;
    }
  }
}

const fingerprintOf = ({ certificate }) => sha256(Buffer.from(certificate, 'base64'));
