import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bytesToBigint, canonicalBytes, hashAggregate, sha256Hex } from '@veilsum/crypto';
import { VeilsumError, type ContributionId, type QueryId } from '@veilsum/protocol';
import { ContainerReader } from '@veilsum/protocol/container';
import { productCellCount } from '@veilsum/rules';
import type { AttemptSeat, Gateway } from '../../../gateway/keyholder/src/gateway.js';
import type { InMemoryLedger } from './in-memory-ledger.js';
import { testKey, testProduct } from './test-committee.js';
import { testLayout, type TestContribution } from './test-contribution.js';

/** An honest gateway in memory: stores containers, adds what plans ask for, relays what it is brought. */
export class InMemoryGateway implements Gateway {
  readonly containers = new Map<ContributionId, Uint8Array>();
  readonly aggregates = new Map<QueryId, Uint8Array>();
  readonly blindings = new Map<string, Uint8Array>();
  readonly shares = new Map<string, Uint8Array>();
  /** How often each object was brought or fetched. */
  readonly calls = new Map<string, number>();
  readonly #ledger: InMemoryLedger;

  constructor(ledger: InMemoryLedger, cohort: readonly TestContribution[]) {
    this.#ledger = ledger;
    for (const { contribution, container } of cohort) {
      this.containers.set(contribution.contributionId, container);
    }
  }

  async *readContainer(contributionId: ContributionId): AsyncGenerator<Uint8Array> {
    this.#count('readContainer');
    const container = await Promise.resolve(this.containers.get(contributionId));
    if (container === undefined) throw notFound();
    for (let at = 0; at < container.length; at += 1000) yield container.subarray(at, at + 1000);
  }

  readAggregates(queryId: QueryId, bytesMax: number): Promise<Uint8Array> {
    return this.#read(this.aggregates.get(queryId), bytesMax);
  }

  readBlinding(seat: AttemptSeat, bytesMax: number): Promise<Uint8Array> {
    return this.#read(this.blindings.get(nameOf(seat)), bytesMax);
  }

  async putBlinding(seat: AttemptSeat, blinding: Uint8Array): Promise<void> {
    this.#count(`putBlinding ${seat.index}`);
    const { attempt } = this.#ledger.current(seat.queryId);
    await Promise.resolve();
    if (attempt.state !== 'opening') {
      throw new VeilsumError('INVALID_STATE', 'The round is still open.');
    }
    this.blindings.set(nameOf(seat), blinding);
  }

  async putShare(seat: AttemptSeat, sealedShare: Uint8Array): Promise<void> {
    this.#count(`putShare ${seat.index}`);
    await Promise.resolve();
    const recorded = this.#ledger.current(seat.queryId).shares;
    const own = recorded.find(({ index }) => index === seat.index);
    if (own?.shareHash !== sha256Hex(sealedShare)) {
      throw new VeilsumError('FORBIDDEN', 'The ledger has no record of this share.');
    }
    this.shares.set(nameOf(seat), sealedShare);
  }

  /** Makes the aggregates of a plan from the containers that it has, block by block. */
  async aggregate(queryId: QueryId, change: AggregateChange = {}): Promise<void> {
    const stored = this.#ledger.queries.get(queryId)?.record;
    if (stored?.plan === undefined || stored.planHash === undefined) throw notFound();
    const { plan, planHash } = { ...stored, plan: stored.plan, planHash: stored.planHash };
    const cohort = change.cohort ?? plan.cohort;
    const strips = await Promise.all(cohort.map((id) => this.#stripsOf(id)));
    const needed = [...new Set(plan.planes.map(({ plane }) => blockOfPlane(plane)))].sort();
    const blocks = plan.groups.flatMap(({ cells }) =>
      needed.map((block) =>
        strips
          .flatMap((rows) => cells.map((cell) => rows[cell * testLayout.blocks + block] ?? 0n))
          .reduce((product, ciphertext) => (product * ciphertext) % testKey.n2, 1n),
      ),
    );
    const shownHash = change.planHash ?? planHash;
    const object = {
      aggregateHash: hashAggregate({ key: testKey, planHash: shownHash, blocks }),
      blocks: blocks.map((block) => block.toString(16)),
      format: 'veilsum-aggregate/1',
      planHash: shownHash,
    };
    this.aggregates.set(queryId, canonicalBytes(object));
  }

  async #stripsOf(contributionId: ContributionId): Promise<bigint[]> {
    const folder = await mkdtemp(join(tmpdir(), 'veilsum-gateway-'));
    const path = join(folder, 'container.arrow');
    await writeFile(path, this.containers.get(contributionId) ?? new Uint8Array(0));
    const cells = productCellCount(testProduct);
    const { blocks } = testLayout;
    const shape = { cells, blocks, modulusBits: testKey.modulusBits };
    const reader = await ContainerReader.open(path, shape);
    const rows: bigint[] = [];
    for await (const { ciphertexts } of reader.batches())
      rows.push(...ciphertexts.map(bytesToBigint));
    await reader.close();
    await rm(folder, { recursive: true });
    return rows;
  }

  #read(object: Uint8Array | undefined, bytesMax: number): Promise<Uint8Array> {
    if (object === undefined) return Promise.reject(notFound());
    if (object.length <= bytesMax) return Promise.resolve(object);
    return Promise.reject(new VeilsumError('LIMIT_EXCEEDED', 'The answer is too long.'));
  }

  #count(call: string): void {
    this.calls.set(call, (this.calls.get(call) ?? 0) + 1);
  }
}

/** What a dishonest gateway does otherwise. */
export interface AggregateChange {
  readonly cohort?: readonly ContributionId[];
  readonly planHash?: string;
}

export function nameOf({ queryId, attempt, index }: AttemptSeat): string {
  return `${queryId}/${attempt}/${index}`;
}

function blockOfPlane(plane: number): number {
  const unit = testLayout.units.find((one) => one.plane === plane);
  if (unit === undefined) throw new Error('The test product has no such plane.');
  return unit.block;
}

function notFound(): VeilsumError {
  return new VeilsumError('NOT_FOUND', 'There is no such object.');
}
