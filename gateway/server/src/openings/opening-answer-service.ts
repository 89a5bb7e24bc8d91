import type { Readable } from 'node:stream';

import { Inject, Injectable } from '@nestjs/common';
import { bytesToHex, sha256 } from '@veilsum/crypto';
import { VeilsumError, type OpeningTask, type OpeningTaskReference } from '@veilsum/protocol';

import { isMember, requireAnyOf, type Caller } from '../access/caller.js';
import { CommitteeKeys } from '../ledger/committee-keys.js';
import { LedgerRecords } from '../ledger/ledger-records.js';
import { objectNames } from '../objects/object-names.js';
import type { ObjectStore, StoredObject } from '../objects/object-store.js';
import { readBytes } from '../queries/bounded-body.js';
import { OBJECT_STORE } from '../settings.js';

/** Room for the fields around the rows, and a seal. */
const REST_BYTES = 65_536;

/**
 * Sealed answers to openings (docs/protocol.md §9): from the contributor to the auditor of the opening, and to
 * nobody else. An answer is kept only if its contributor has named it on the ledger before.
 */
@Injectable()
export class OpeningAnswerService {
  constructor(
    @Inject(LedgerRecords) private readonly records: LedgerRecords,
    @Inject(CommitteeKeys) private readonly committeeKeys: CommitteeKeys,
    @Inject(OBJECT_STORE) private readonly objects: ObjectStore,
  ) {}

  /**
   * Keeps a contributor's sealed answer and says so on the ledger; returns once that is committed.
   *
   * @returns false when the same was delivered before
   * @throws {@link VeilsumError} FORBIDDEN, INVALID_STATE, LIMIT_EXCEEDED, OPENING_ANSWER_HASH
   */
  async store(caller: Caller, reference: OpeningTaskReference, body: Readable): Promise<boolean> {
    const task = await this.records.openingTask(reference);
    const sentence = 'Only the contributor delivers its answer.';
    requireAnyOf(caller, [isMember(task.contributorId)], sentence);
    const answerHash = requireNamed(task);
    const bytes = await readBytes(body, await this.#bytesMax(task));
    if (bytesToHex(sha256(bytes)) !== answerHash) {
      const mismatch = 'The bytes are not the answer that the contributor named.';
      throw new VeilsumError('OPENING_ANSWER_HASH', mismatch);
    }
    const name = objectNames.openingAnswer(reference, answerHash);
    if (!(await this.objects.has(name))) await this.objects.write(name, bytes);
    if (task.status === 'answered') return false;
    await this.records.markDelivered(reference, answerHash);
    return true;
  }

  /** @throws {@link VeilsumError} FORBIDDEN, or NOT_FOUND when it has not been delivered */
  async open(caller: Caller, reference: OpeningTaskReference): Promise<StoredObject> {
    const task = await this.records.openingTask(reference);
    const sentence = 'An answer is for whom it is sealed to: the auditor of the opening.';
    requireAnyOf(caller, [isMember(task.judgeId)], sentence);
    const name = objectNames.openingAnswer(reference, task.answerHash ?? 'none');
    const stored = await this.objects.open(name);
    if (stored !== undefined) return stored;
    throw new VeilsumError('NOT_FOUND', 'The answer has not been delivered to this gateway.');
  }

  /** Plaintext and exponent of each row, in digits. */
  async #bytesMax({ contributionId, rows }: OpeningTask): Promise<number> {
    const { keyId } = await this.records.contribution(contributionId);
    const { publicKey } = await this.committeeKeys.require(keyId);
    return rows.length * 4 * publicKey.elementBytes2 + REST_BYTES;
  }
}

function requireNamed({ status, answerHash }: OpeningTask): string {
  const isTaken = status === 'named' || status === 'answered';
  if (isTaken && answerHash !== undefined) return answerHash;
  throw new VeilsumError(
    'INVALID_STATE',
    status === 'due' ? 'Name the answer on the ledger first.' : `The opening is ${status}.`,
  );
}
