import { decodeKeyStore, decodePublicKey, type PublicKey } from '@veilsum/crypto';
import { decodeCanonicalJson, encodeKeyStore, hexToBigint, verifyKeyShare } from '@veilsum/crypto';
import {
  dealtShareSchema,
  VeilsumError,
  type CommitteeKey,
  type DealtShare,
  type KeyId,
  type MemberId,
} from '@veilsum/protocol';
import type { CommitteeLedger } from './committee-ledger.js';
import type { KeyholderStore } from './keyholder-store.js';

/** A key share that was found right for the record on the keyholder's own ledger connection. */
export interface KeyShare {
  readonly key: PublicKey;
  /** i, from 1: the keyholder's own place in the committee. */
  readonly index: number;
  /** sᵢ. Secret. */
  readonly value: bigint;
}

/** What the steps ask of a key ring. */
export type KeyShares = Pick<KeyRing, 'shareOf' | 'ownIndex'>;

export interface KeyRingPorts {
  readonly ledger: CommitteeLedger;
  readonly store: KeyholderStore;
  readonly memberId: MemberId;
  /** Secret; the share is stored under it. */
  readonly passphrase: string;
}

/** The key shares that this keyholder holds, one for each committee key it ever served under. */
export class KeyRing {
  readonly #ports: KeyRingPorts;
  readonly #shares = new Map<KeyId, KeyShare>();

  constructor(ports: KeyRingPorts) {
    this.#ports = ports;
  }

  /**
   * Takes a dealt share in (docs/protocol.md §2): refused unless 0 ≤ sᵢ < 2^shareBits and
   * v^{Δsᵢ} = vᵢ for the record on the own ledger connection; on disk, encrypted, before it returns.
   *
   * @param dealtBytes canonical JSON, as it comes out of the sealed file; secret
   * @throws {@link VeilsumError} KEY_SHARE_INVALID, or NOT_FOUND while its key is not on the ledger
   */
  async take(dealtBytes: Uint8Array): Promise<KeyShare> {
    const dealt = decodeDealtShare(dealtBytes);
    const held = await this.shareOf(dealt.keyId);
    if (held !== undefined) return held;
    const share = this.#checked(dealt, await this.#ports.ledger.committeeKey(dealt.keyId));
    const locked = await encodeKeyStore(dealtBytes, this.#ports.passphrase);
    await this.#ports.store.keepKeyShare(dealt.keyId, locked);
    this.#shares.set(dealt.keyId, share);
    return share;
  }

  /**
   * The own share of a committee key, checked again against the ledger at its first use.
   *
   * @returns undefined when none was ever taken in
   * @throws {@link VeilsumError} KEY_STORE_LOCKED, KEY_SHARE_INVALID, or NOT_FOUND when the ledger
   * does not know the key
   */
  async shareOf(keyId: KeyId): Promise<KeyShare | undefined> {
    const known = this.#shares.get(keyId);
    if (known !== undefined) return known;
    const locked = await this.#ports.store.keyShare(keyId);
    if (locked === undefined) return undefined;
    const dealt = decodeDealtShare(await unlock(locked, this.#ports.passphrase));
    const share = this.#checked(dealt, await this.#ports.ledger.committeeKey(keyId));
    this.#shares.set(keyId, share);
    return share;
  }

  /** @returns the own place in the committee of a key, from 1; undefined when there is none */
  async ownIndex(keyId: KeyId): Promise<number | undefined> {
    const { keyholders } = await this.#ports.ledger.committeeKey(keyId);
    const place = keyholders.indexOf(this.#ports.memberId);
    return place < 0 ? undefined : place + 1;
  }

  #checked(dealt: DealtShare, onLedger: CommitteeKey): KeyShare {
    if (onLedger.keyholders[dealt.index - 1] !== this.#ports.memberId) {
      throw shareInvalid('The key share was dealt for the place of another keyholder.');
    }
    const key = decodeKey(onLedger);
    const value = hexToBigint(dealt.value);
    if (key.keyId !== dealt.keyId || !verifyKeyShare(key, dealt.index, value)) {
      throw shareInvalid('The key share does not match the verification key on the ledger.');
    }
    return { key, index: dealt.index, value };
  }
}

function decodeDealtShare(bytes: Uint8Array): DealtShare {
  try {
    return dealtShareSchema.parse(decodeCanonicalJson(bytes));
  } catch {
    // The cause is left out on purpose: it could quote the share.
    throw shareInvalid('The dealt key share is not in a form that this release reads.');
  }
}

function decodeKey(onLedger: CommitteeKey): PublicKey {
  try {
    return decodePublicKey(onLedger.record);
  } catch (cause) {
    const sentence = 'The committee key on the ledger fails the record check.';
    throw new VeilsumError('KEY_RECORD_INVALID', sentence, { cause });
  }
}

async function unlock(locked: Uint8Array, passphrase: string): Promise<Uint8Array> {
  try {
    return await decodeKeyStore(locked, passphrase);
  } catch (cause) {
    const sentence = 'The stored key share does not open with this passphrase.';
    throw new VeilsumError('KEY_STORE_LOCKED', sentence, { cause });
  }
}

function shareInvalid(sentence: string): VeilsumError {
  return new VeilsumError('KEY_SHARE_INVALID', sentence);
}
