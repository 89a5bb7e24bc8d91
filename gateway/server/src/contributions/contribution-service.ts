import type { Readable } from 'node:stream';

import { Inject, Injectable } from '@nestjs/common';
import { VeilsumError, type Contribution, type Hash } from '@veilsum/protocol';

import { hasRole, isMember, requireAnyOf, type Caller } from '../access/caller.js';
import { LedgerRecords } from '../ledger/ledger-records.js';
import { objectNames } from '../objects/object-names.js';
import type { ObjectStore, StagedObject, StoredObject } from '../objects/object-store.js';
import { OBJECT_STORE, SETTINGS, type GatewaySettings } from '../settings.js';
import { ContainerCheck } from './container-check.js';
import { receiveContainer } from './container-intake.js';
import { isIntact } from './intact-object.js';

/** An upload as it comes in. */
export interface ContainerUpload {
  readonly contributionId: string;
  readonly bytes: Readable;
  /** What the caller says it will send, if it does. */
  readonly announcedBytes: number | undefined;
}

/** Takes in, checks, keeps and gives out containers (docs/protocol.md §5). */
@Injectable()
export class ContributionService {
  constructor(
    @Inject(LedgerRecords) private readonly records: LedgerRecords,
    @Inject(OBJECT_STORE) private readonly objects: ObjectStore,
    @Inject(ContainerCheck) private readonly check: ContainerCheck,
    @Inject(SETTINGS) private readonly settings: GatewaySettings,
  ) {}

  /**
   * Stores a container and says so on the ledger; returns once that is committed.
   *
   * @returns whether it was stored by this call, false when the ledger had it as stored before
   * @throws {@link VeilsumError} FORBIDDEN, INVALID_STATE, LIMIT_EXCEEDED, CONTAINER_HASH and the other
   * CONTAINER_ codes, PLAINTEXT_PROOF_INVALID
   */
  async store(caller: Caller, upload: ContainerUpload): Promise<boolean> {
    const contribution = await this.records.contribution(upload.contributionId);
    const sentence = 'Only the member that registered the contribution may upload its container.';
    requireAnyOf(caller, [isMember(contribution.contributorId)], sentence);
    requireUploadable(contribution);
    this.#requireSize(contribution, upload.announcedBytes);
    const staged = await this.objects.stage();
    try {
      await receiveContainer(upload.bytes, staged, contribution);
      return await this.#keep(contribution, staged);
    } finally {
      await staged.discard();
    }
  }

  /** @throws {@link VeilsumError} FORBIDDEN, or NOT_FOUND when there is no container of that id */
  async open(caller: Caller, contributionId: string): Promise<StoredObject & { hash: Hash }> {
    const contribution = await this.records.contribution(contributionId);
    requireAnyOf(
      caller,
      [hasRole('keyholder', 'auditor', 'regulator'), isMember(contribution.contributorId)],
      'A container is for keyholders, auditors, regulators and its contributor.',
    );
    const stored = await this.objects.open(objectNames.container(contributionId));
    if (stored === undefined) {
      throw new VeilsumError('NOT_FOUND', 'The container has not been uploaded to this gateway.');
    }
    return { ...stored, hash: contribution.contentHash };
  }

  async #keep(contribution: Contribution, staged: StagedObject): Promise<boolean> {
    const name = objectNames.container(contribution.contributionId);
    // The same bytes again cost a look at what is kept, and mend it when it is damaged.
    const isKept = await isIntact(this.objects, name, contribution);
    if (contribution.status === 'stored' && isKept) return false;
    if (!isKept) {
      await this.check.require(contribution, staged.path);
      await staged.keep(name);
    }
    if (contribution.status === 'stored') return false;
    await this.records.markStored(contribution.contributionId, contribution.contentHash);
    return true;
  }

  #requireSize({ byteLength }: Contribution, announcedBytes: number | undefined): void {
    if (byteLength > this.settings.containerBytesMax) {
      throw new VeilsumError(
        'LIMIT_EXCEEDED',
        `A container may have ${this.settings.containerBytesMax} bytes at most.`,
      );
    }
    if (announcedBytes !== undefined && announcedBytes !== byteLength) {
      throw new VeilsumError('CONTAINER_HASH', `The registered container has ${byteLength} bytes.`);
    }
  }
}

function requireUploadable({ status }: Contribution): void {
  if (status === 'registered' || status === 'stored') return;
  throw new VeilsumError('INVALID_STATE', `The contribution is ${status}; it takes no container.`);
}
