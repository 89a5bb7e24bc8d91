import { TrustedAuthorities, verifyGatewayToken, type LedgerDescription } from '@veilsum/ledger';
import { VeilsumError, type Member } from '@veilsum/protocol';

const BEARER = /^Bearer ([A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+)$/;
const TOKEN_LENGTH_MAX = 8192;

/** For whom a token for a member's watcher is made; it is of no use at a gateway. */
export function watcherAudience(memberId: string): string {
  return `watcher:${memberId}`;
}

export interface ReaderAccessOptions {
  /** Whose watcher it is. */
  readonly memberId: string;
  /** Further members that may read. */
  readonly readers: readonly string[];
  readonly ledger: LedgerDescription;
  /** The members as the ledger has them. */
  readonly members: () => readonly Member[];
}

/** Lets nobody read alerts but the watcher's own member and those it named. */
export class ReaderAccess {
  readonly #options: ReaderAccessOptions;
  readonly #authorities: TrustedAuthorities;

  constructor(options: ReaderAccessOptions) {
    this.#options = options;
    this.#authorities = new TrustedAuthorities(options.ledger.authorities);
  }

  /**
   * @param authorization - the header
   * @throws {@link VeilsumError} UNAUTHENTICATED, TOKEN_AUDIENCE, CERTIFICATE_…, MEMBER_NOT_ACTIVE, FORBIDDEN
   */
  async require(authorization: string | undefined): Promise<void> {
    const { memberId, readers, members } = this.#options;
    const token = BEARER.exec((authorization ?? '').slice(0, TOKEN_LENGTH_MAX))?.[1];
    if (token === undefined) {
      throw new VeilsumError('UNAUTHENTICATED', 'Send a bearer token for this watcher.');
    }
    const bearer = await verifyGatewayToken(token, {
      audience: watcherAudience(memberId),
      authorities: this.#authorities,
      nowMs: Date.now(),
    });
    const member = members().find((one) => one.memberId === bearer.memberId);
    if (member?.mspId !== bearer.mspId) {
      throw new VeilsumError('UNAUTHENTICATED', 'The ledger knows no such member.');
    }
    if (!member.certificateFingerprints.includes(bearer.fingerprint)) {
      const sentence = "The certificate is not, or no longer, on the member's ledger record.";
      throw new VeilsumError('CERTIFICATE_REVOKED', sentence);
    }
    if (member.status !== 'active') {
      throw new VeilsumError('MEMBER_NOT_ACTIVE', `The member is ${member.status}, not active.`);
    }
    if (member.memberId !== memberId && !readers.includes(member.memberId)) {
      throw new VeilsumError('FORBIDDEN', `These alerts are for ${memberId} and whom it names.`);
    }
  }
}
