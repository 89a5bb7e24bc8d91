import { Inject, Injectable } from '@nestjs/common';
import { decodePublicKey, type PublicKey } from '@veilsum/crypto';
import type { CommitteeKey } from '@veilsum/protocol';

import { LedgerRecords } from './ledger-records.js';

/** A committee key with its decoded, checked public key. */
export interface CheckedCommitteeKey {
  readonly committeeKey: CommitteeKey;
  readonly publicKey: PublicKey;
}

/** Public keys of committees; the check of a record takes a dozen powers, so each is done once. */
@Injectable()
export class CommitteeKeys {
  readonly #checked = new Map<string, PublicKey>();

  constructor(@Inject(LedgerRecords) private readonly records: LedgerRecords) {}

  /** @throws {@link VeilsumError} NOT_FOUND; {@link ParameterError} when the record does not hold */
  async require(keyId: string): Promise<CheckedCommitteeKey> {
    const committeeKey = await this.records.committeeKey(keyId);
    let publicKey = this.#checked.get(keyId);
    if (publicKey === undefined) {
      publicKey = decodePublicKey(committeeKey.record);
      this.#checked.set(keyId, publicKey);
    }
    return { committeeKey, publicKey };
  }
}
