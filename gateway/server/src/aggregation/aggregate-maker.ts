import { Inject, Injectable } from '@nestjs/common';
import {
  bigintToHex,
  canonicalBytes,
  hashAggregate,
  hashLayout,
  hexToBigint,
  type Layout,
  type PublicKey,
} from '@veilsum/crypto';
import {
  aggregateObjectSchema,
  VeilsumError,
  type Hash,
  type Plan,
  type QueryRecord,
} from '@veilsum/protocol';
import { layoutForProduct, productCellCount } from '@veilsum/rules';
import { z } from 'zod';

import type { ComputePool } from '../computing/compute-pool.js';
import { CommitteeKeys } from '../ledger/committee-keys.js';
import { LedgerRecords } from '../ledger/ledger-records.js';
import { objectNames } from '../objects/object-names.js';
import type { ObjectStore } from '../objects/object-store.js';
import { COMPUTE_POOL, OBJECT_STORE } from '../settings.js';
import { aggregateCount, sliceAggregation, type AggregationSlice } from './aggregation-plan.js';

/** Multiplications of one slice, about a second of work: what a crash can lose. */
const SLICE_MULTIPLICATIONS = 32_768;

const partSchema = z.strictObject({
  firstBlock: z.number().int().min(0),
  products: z.array(z.string()).min(1),
});
type Part = z.infer<typeof partSchema>;

/** All that the arithmetic of one plan depends on. */
interface Aggregation {
  readonly plan: Plan;
  readonly planHash: Hash;
  readonly layout: Layout;
  readonly cells: number;
  readonly publicKey: PublicKey;
  readonly containerPaths: readonly string[];
}

/**
 * Makes the aggregates of authorised queries (docs/protocol.md §6.2). Every finished slice is an object,
 * so after a crash only unfinished ones are done again.
 */
@Injectable()
export class AggregateMaker {
  constructor(
    @Inject(LedgerRecords) private readonly records: LedgerRecords,
    @Inject(CommitteeKeys) private readonly committeeKeys: CommitteeKeys,
    @Inject(OBJECT_STORE) private readonly objects: ObjectStore,
    @Inject(COMPUTE_POOL) private readonly pool: ComputePool,
  ) {}

  /**
   * Makes the aggregates of a query unless they exist.
   *
   * @param signal stops it after the slices that are being done
   * @returns whether it made them now
   * @throws {@link VeilsumError} NOT_FOUND when a container of the cohort is missing here
   */
  async ensure(
    { queryId, plan, planHash }: QueryRecord,
    signal: AbortSignal = new AbortController().signal,
  ): Promise<boolean> {
    if (plan === undefined || planHash === undefined) return false;
    if (await this.objects.has(objectNames.aggregates(queryId))) return false;
    const aggregation = await this.#prepare(plan, planHash);
    const blocks = await this.#multiply(aggregation, signal);
    const { publicKey } = aggregation;
    const object = aggregateObjectSchema.parse({
      aggregateHash: hashAggregate({ key: publicKey, planHash, blocks }),
      blocks: blocks.map(bigintToHex),
      format: 'veilsum-aggregate/1',
      planHash,
    });
    await this.objects.write(objectNames.aggregates(queryId), canonicalBytes(object));
    await this.objects.remove(objectNames.aggregateParts(queryId));
    return true;
  }

  async #prepare(plan: Plan, planHash: Hash): Promise<Aggregation> {
    const product = await this.records.product(plan.productId, plan.productVersion);
    const { publicKey } = await this.committeeKeys.require(plan.keyId);
    const layout = layoutForProduct(product, publicKey.record);
    if (hashLayout(layout) !== plan.layoutHash) {
      throw new VeilsumError(
        'PLAN_MISMATCH',
        'The plan names another layout than its product has.',
      );
    }
    const containerPaths: string[] = [];
    for (const id of plan.cohort) containerPaths.push(await this.#containerPath(id));
    const cells = productCellCount(product);
    return { plan, planHash, layout, cells, publicKey, containerPaths };
  }

  async #containerPath(contributionId: string): Promise<string> {
    const name = objectNames.container(contributionId);
    if (await this.objects.has(name)) return this.objects.localPath(name);
    throw new VeilsumError('NOT_FOUND', `The container ${contributionId} is not at this gateway.`);
  }

  async #multiply(aggregation: Aggregation, signal: AbortSignal): Promise<bigint[]> {
    const { plan, layout, publicKey } = aggregation;
    const products = new Array<bigint>(aggregateCount(plan, layout)).fill(1n);
    const placementsMax = Math.max(1, Math.floor(SLICE_MULTIPLICATIONS / plan.cohort.length));
    const slices = sliceAggregation(plan, layout, placementsMax);
    const takeSlices = async () => {
      // All lanes draw from one generator, so each slice is taken once.
      for (const slice of slices) {
        signal.throwIfAborted();
        const part = await this.#partOf(aggregation, slice);
        for (const [offset, product] of part.products.entries()) {
          const block = part.firstBlock + offset;
          products[block] = ((products[block] ?? 1n) * hexToBigint(product)) % publicKey.n2;
        }
      }
    };
    const lanes = await Promise.allSettled(Array.from({ length: this.pool.width }, takeSlices));
    // Every lane has ended here, so nothing is written any more after a failure.
    const failed = lanes.find((lane) => lane.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
    return products;
  }

  async #partOf(aggregation: Aggregation, slice: AggregationSlice): Promise<Part> {
    const { plan, layout, cells, publicKey, containerPaths } = aggregation;
    const name = objectNames.aggregatePart(plan.queryId, slice.from, slice.to);
    const kept = await this.objects.read(name);
    if (kept !== undefined) return partSchema.parse(JSON.parse(Buffer.from(kept).toString('utf8')));
    const { firstBlock, count, rows, positions } = slice;
    const products = await this.pool.multiply({
      containerPaths,
      cells,
      blocks: layout.blocks,
      modulusBits: publicKey.record.modulusBits,
      n: publicKey.record.n,
      rows,
      positions,
      count,
    });
    await this.objects.write(name, canonicalBytes({ firstBlock, products }));
    return { firstBlock, products };
  }
}
