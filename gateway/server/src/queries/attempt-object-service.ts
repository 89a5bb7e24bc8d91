import type { Readable } from 'node:stream';

import { Inject, Injectable } from '@nestjs/common';
import {
  bytesToHex,
  decodeCanonicalJson,
  hashBlinding,
  hexToBigint,
  sha256,
} from '@veilsum/crypto';
import {
  blindingObjectSchema,
  VeilsumError,
  type AttemptRecord,
  type BlindingObject,
  type QueryRecord,
} from '@veilsum/protocol';

import { hasRole, isMember, requireAnyOf, type Caller } from '../access/caller.js';
import { CommitteeKeys, type CheckedCommitteeKey } from '../ledger/committee-keys.js';
import { LedgerRecords } from '../ledger/ledger-records.js';
import { objectNames, type AttemptSeat } from '../objects/object-names.js';
import type { ObjectStore, StoredObject } from '../objects/object-store.js';
import { OBJECT_STORE } from '../settings.js';
import { readBytes } from './bounded-body.js';
import { objectBytesMax } from './object-size.js';

/** What the ledger says about the seat that an object is for. */
interface SeatFacts {
  readonly query: QueryRecord;
  readonly key: CheckedCommitteeKey;
  readonly record: AttemptRecord;
}

/**
 * Blindings and sealed shares of attempts (docs/protocol.md §6.4 and §6.7). Both are kept only if they
 * are what their keyholder recorded on the ledger before, so nobody can show two readers two of them.
 */
@Injectable()
export class AttemptObjectService {
  constructor(
    @Inject(LedgerRecords) private readonly records: LedgerRecords,
    @Inject(CommitteeKeys) private readonly committeeKeys: CommitteeKeys,
    @Inject(OBJECT_STORE) private readonly objects: ObjectStore,
  ) {}

  /**
   * Keeps a keyholder's blinding once the ledger has fixed A.
   *
   * @returns false when the same was kept before
   * @throws {@link VeilsumError} FORBIDDEN, INVALID_STATE, BLINDING_MISMATCH, INVALID_ARGUMENT
   */
  async storeBlinding(caller: Caller, seat: AttemptSeat, body: Readable): Promise<boolean> {
    const facts = await this.#factsOf(seat);
    requireSeat(caller, facts, seat);
    if (!facts.record.attempt.keyholders.includes(seat.index)) {
      throw new VeilsumError(
        'INVALID_STATE',
        'Blindings are shown after the ledger has fixed who takes part, by those who do.',
      );
    }
    const bytes = await readBytes(body, await this.#bytesMax(facts));
    const blinding = decodeBlinding(bytes);
    requireRecorded(blinding, facts, seat);
    return this.#keep(objectNames.blinding(seat), bytes);
  }

  /** @throws {@link VeilsumError} FORBIDDEN or NOT_FOUND */
  async openBlinding(caller: Caller, seat: AttemptSeat): Promise<StoredObject> {
    const { analystId } = await this.records.query(seat.queryId);
    requireAnyOf(
      caller,
      [hasRole('keyholder', 'auditor'), isMember(analystId)],
      'Blindings are for keyholders, auditors and the analyst of the query.',
    );
    return this.#open(objectNames.blinding(seat), 'The blinding has not been shown yet.');
  }

  /**
   * Keeps a keyholder's sealed share, which only the analyst can open.
   *
   * @returns false when the same was kept before
   * @throws {@link VeilsumError} FORBIDDEN, INVALID_STATE, SHARE_INVALID
   */
  async storeShare(caller: Caller, seat: AttemptSeat, body: Readable): Promise<boolean> {
    const facts = await this.#factsOf(seat);
    requireSeat(caller, facts, seat);
    const recorded = facts.record.shares.find(({ index }) => index === seat.index);
    if (recorded === undefined) {
      throw new VeilsumError('INVALID_STATE', 'Record the share on the ledger first.');
    }
    const bytes = await readBytes(body, await this.#bytesMax(facts));
    if (bytesToHex(sha256(bytes)) !== recorded.shareHash) {
      throw new VeilsumError('SHARE_INVALID', 'These bytes are not the share that was recorded.');
    }
    return this.#keep(objectNames.share(seat), bytes);
  }

  /** @throws {@link VeilsumError} FORBIDDEN or NOT_FOUND */
  async openShare(caller: Caller, seat: AttemptSeat): Promise<StoredObject> {
    const { analystId } = await this.records.query(seat.queryId);
    requireAnyOf(
      caller,
      [hasRole('auditor'), isMember(analystId)],
      'Sealed shares are for the analyst of the query and auditors.',
    );
    return this.#open(objectNames.share(seat), 'The share has not been handed over yet.');
  }

  async #factsOf({ queryId, attempt }: AttemptSeat): Promise<SeatFacts> {
    const query = await this.records.query(queryId);
    const record = (await this.records.attempts(queryId)).find(
      (candidate) => candidate.attempt.attempt === attempt,
    );
    if (query.plan === undefined || record === undefined) {
      throw new VeilsumError('NOT_FOUND', 'The query has no such attempt.');
    }
    return { query, record, key: await this.committeeKeys.require(query.plan.keyId) };
  }

  async #bytesMax({ query, key }: SeatFacts): Promise<number> {
    const { plan } = query;
    if (plan === undefined) throw new VeilsumError('NOT_FOUND', 'The query has no plan.');
    const product = await this.records.product(plan.productId, plan.productVersion);
    return objectBytesMax(plan, product, key.publicKey);
  }

  async #keep(name: string, bytes: Uint8Array): Promise<boolean> {
    if (await this.objects.has(name)) return false;
    await this.objects.write(name, bytes);
    return true;
  }

  async #open(name: string, absent: string): Promise<StoredObject> {
    const stored = await this.objects.open(name);
    if (stored === undefined) throw new VeilsumError('NOT_FOUND', absent);
    return stored;
  }
}

function requireSeat(caller: Caller, { key }: SeatFacts, { index }: AttemptSeat): void {
  const holder = key.committeeKey.keyholders[index - 1];
  const sentence = `Only keyholder ${index} of the committee may do this.`;
  requireAnyOf(caller, [(who) => holder !== undefined && isMember(holder)(who)], sentence);
}

function decodeBlinding(bytes: Uint8Array): BlindingObject {
  try {
    return blindingObjectSchema.parse(decodeCanonicalJson(bytes));
  } catch (cause) {
    const sentence = 'The blinding is not canonical JSON of the required form.';
    throw new VeilsumError('INVALID_ARGUMENT', sentence, { cause });
  }
}

/** @throws {@link VeilsumError} BLINDING_MISMATCH unless it hashes to what the keyholder recorded */
function requireRecorded(blinding: BlindingObject, facts: SeatFacts, seat: AttemptSeat): void {
  const { planHash } = facts.query;
  const { context } = blinding;
  const recorded = facts.record.blindings.find(({ index }) => index === seat.index);
  const isForSeat =
    context.planHash === planHash &&
    context.attempt === seat.attempt &&
    context.index === seat.index;
  if (!isForSeat || recorded?.blindingHash !== hashOf(blinding, facts)) {
    throw new VeilsumError('BLINDING_MISMATCH', 'This is not the blinding that was recorded.');
  }
}

function hashOf({ blocks, context, proof }: BlindingObject, { key }: SeatFacts): string {
  const { planHash, attempt, index } = context;
  const { publicKey } = key;
  const integers = blocks.map(hexToBigint);
  // Such a block has no encoding, so no recorded hash can be of it.
  if (integers.some((block) => block >= publicKey.n2)) return '';
  return hashBlinding({ key: publicKey, planHash, attempt, index, blocks: integers, proof });
}
