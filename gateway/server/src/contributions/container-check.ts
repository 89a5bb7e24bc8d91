import { Inject, Injectable } from '@nestjs/common';
import { hashLayout } from '@veilsum/crypto';
import { VeilsumError, type Contribution, type ContributionContext } from '@veilsum/protocol';
import { layoutForProduct, productCellCount } from '@veilsum/rules';

import type { ComputePool } from '../computing/compute-pool.js';
import { CommitteeKeys } from '../ledger/committee-keys.js';
import { LedgerRecords } from '../ledger/ledger-records.js';
import { Metrics } from '../operations/metrics.js';
import { COMPUTE_POOL } from '../settings.js';

/** Whether a received file is the container that a contribution of the ledger must have. */
@Injectable()
export class ContainerCheck {
  constructor(
    @Inject(LedgerRecords) private readonly records: LedgerRecords,
    @Inject(CommitteeKeys) private readonly committeeKeys: CommitteeKeys,
    @Inject(COMPUTE_POOL) private readonly pool: ComputePool,
    @Inject(Metrics) private readonly metrics: Metrics,
  ) {}

  /**
   * Checks rows, metadata, every ciphertext and the proof (docs/protocol.md §5).
   *
   * @param path file whose hash has been compared with the contribution's
   * @throws {@link VeilsumError} a CONTAINER_ code or PLAINTEXT_PROOF_INVALID
   */
  async require(contribution: Contribution, path: string): Promise<void> {
    const { productId, productVersion, keyId } = contribution;
    const product = await this.records.product(productId, productVersion);
    const { committeeKey, publicKey } = await this.committeeKeys.require(keyId);
    const layout = layoutForProduct(product, publicKey.record);
    const cells = productCellCount(product);
    requireSameForm(contribution, hashLayout(layout), cells * layout.blocks);
    const stop = this.metrics.verificationSeconds.startTimer();
    await this.pool.verifyContainer({
      path,
      keyRecord: committeeKey.record,
      context: contextOf(contribution),
      cells,
      blocks: layout.blocks,
    });
    stop();
    this.metrics.uploadedBytes.inc(contribution.byteLength);
  }
}

/** The contracts check this when a contribution is registered; a gateway that trusts no one asks again. */
function requireSameForm(contribution: Contribution, layoutHash: string, rowCount: number): void {
  if (contribution.layoutHash !== layoutHash) {
    throw new VeilsumError('CONTAINER_CONTEXT', 'The contribution names another layout.');
  }
  if (contribution.rowCount !== rowCount) {
    throw new VeilsumError('CONTAINER_ROWS', `A container of this product has ${rowCount} rows.`);
  }
}

function contextOf(contribution: Contribution): ContributionContext {
  const { contributionId, contributorId, epoch, keyId, layoutHash } = contribution;
  return {
    contributionId,
    contributor: contributorId,
    epoch,
    format: 'veilsum-contribution/1',
    keyId,
    layoutHash,
    productId: contribution.productId,
    productVersion: contribution.productVersion,
  };
}
