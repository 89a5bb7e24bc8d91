import type { EndorsementPolicy } from '@veilsum/rules';
import type {
  CallerIdentity,
  KeyModification,
  LedgerTimestamp,
  StateEntry,
  TransactionStub,
} from '@veilsum/contracts';
import { VeilsumError } from '@veilsum/protocol';
import type { ChaincodeStub } from 'fabric-shim';
import { encodeEndorsementPolicy } from './endorsement-policy-encoding.js';

/** Fabric keeps these for the layout and the ends of composite keys. */
const RESERVED = ['\u0000', '\u{10FFFF}'];

/** In a `u` pattern a surrogate pair is one code point, so this finds lone surrogates only. */
const LONE_SURROGATE = /\p{Surrogate}/u;

/**
 * Fabric's chaincode stub as the contracts want one. It answers the same as the shim's but for three
 * things: errors that a caller can mend have codes, values are never empty (Fabric could not tell one
 * from an absent one), and endorsement policies are encoded here, so that contracts know no protobuf.
 */
export class PeerStub implements TransactionStub {
  readonly #stub: ChaincodeStub;

  constructor(stub: ChaincodeStub) {
    this.#stub = stub;
  }

  getTxID(): string {
    return this.#stub.getTxID();
  }

  getChannelID(): string {
    return this.#stub.getChannelID();
  }

  getTxTimestamp(): LedgerTimestamp {
    return this.#stub.getTxTimestamp();
  }

  getState(key: string): Promise<Uint8Array> {
    return this.#stub.getState(key);
  }

  async putState(key: string, value: Uint8Array): Promise<void> {
    if (value.length === 0) {
      throw new VeilsumError(
        'INVALID_ARGUMENT',
        'An empty value cannot be told from an absent one.',
      );
    }
    await this.#stub.putState(key, value);
  }

  async deleteState(key: string): Promise<void> {
    await this.#stub.deleteState(key);
  }

  async setStateEndorsementPolicy(key: string, policy: EndorsementPolicy): Promise<void> {
    await this.#stub.setStateValidationParameter(key, encodeEndorsementPolicy(policy));
  }

  async *getStateByPartialCompositeKey(
    objectType: string,
    attributes: string[],
  ): AsyncIterable<StateEntry> {
    requireParts([objectType, ...attributes]);
    yield* this.#stub.getStateByPartialCompositeKey(objectType, attributes);
  }

  async *getHistoryForKey(key: string): AsyncIterable<KeyModification> {
    yield* this.#stub.getHistoryForKey(key);
  }

  createCompositeKey(objectType: string, attributes: string[]): string {
    requireParts([objectType, ...attributes]);
    return this.#stub.createCompositeKey(objectType, attributes);
  }

  splitCompositeKey(compositeKey: string): { objectType: string; attributes: string[] } {
    return this.#stub.splitCompositeKey(compositeKey);
  }

  setEvent(name: string, payload: Uint8Array): void {
    this.#stub.setEvent(name, payload);
  }
}

/** The identity that signed the proposal; the peer has verified its certificate and signature. */
export function callerOf(stub: ChaincodeStub): CallerIdentity {
  const { mspid, idBytes } = stub.getCreator();
  return { getMSPID: () => mspid, getIDBytes: () => idBytes };
}

function requireParts(parts: readonly string[]): void {
  const sound = parts.every(
    (part) =>
      part !== '' &&
      !LONE_SURROGATE.test(part) &&
      !RESERVED.some((reserved) => part.includes(reserved)),
  );
  if (sound) return;
  throw new VeilsumError(
    'INVALID_ARGUMENT',
    'A part of a composite key is empty or has a reserved character.',
  );
}
