import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  applyBlindings,
  centreMessage,
  combineSealedShares,
  generateSealingKeyPair,
  hexToBigint,
  unpackPlanes,
  type Ciphertext,
} from '@veilsum/crypto';
import { atRestUnder } from '@veilsum/ledger';
import type { AggregateObject, BlindingObject, QueryId, QueryRequest } from '@veilsum/protocol';
import { ContainerFolder } from '../../../gateway/keyholder/src/container-folder.js';
import { Deliveries } from '../../../gateway/keyholder/src/deliveries.js';
import type { Gateway } from '../../../gateway/keyholder/src/gateway.js';
import type { KeyShares } from '../../../gateway/keyholder/src/key-ring.js';
import { KeyholderStore } from '../../../gateway/keyholder/src/keyholder-store.js';
import {
  advanceQuery,
  type KeyholderPorts,
  type Progress,
} from '../../../gateway/keyholder/src/query-worker.js';
import { InMemoryGateway, nameOf } from './in-memory-gateway.js';
import { InMemoryLedger } from './in-memory-ledger.js';
import { dealtShareValue, keyholderIds, merchantIds, testKey } from './test-committee.js';
import { makeContribution, testLayout, type TestContribution } from './test-contribution.js';

/** One keyholder with its own folder; everything but its process. */
export class TestKeyholder {
  readonly index: number;
  readonly folder: string;
  /** Its own clock, milliseconds ahead of the ledger's. */
  clockAheadMs = 0;
  ports: KeyholderPorts;

  private constructor(index: number, folder: string, ports: KeyholderPorts) {
    this.index = index;
    this.folder = folder;
    this.ports = ports;
  }

  static async open(
    index: number,
    folder: string,
    network: Pick<TestNetwork, 'ledger' | 'gateway'>,
  ) {
    const { ledger, gateway } = network;
    const store = await openStore(index, folder);
    const memberId = keyholderIds[index - 1];
    if (memberId === undefined) throw new Error('There is no such keyholder.');
    const keyholder: TestKeyholder = new TestKeyholder(index, folder, {
      ledger: ledger.as(memberId),
      gateway,
      store,
      folder: await ContainerFolder.open(join(folder, 'containers')),
      keyRing: keySharesOf(index),
      clock: { now: () => ledger.now + keyholder.clockAheadMs },
      deliveries: new Deliveries(),
    });
    return keyholder;
  }

  advance(queryId: QueryId): Promise<Progress> {
    return advanceQuery(queryId, this.ports);
  }

  /** Ends the process and starts another one over the same folder. */
  async restart(): Promise<void> {
    await this.ports.store.close();
    const store = await openStore(this.index, this.folder);
    this.ports = { ...this.ports, store, deliveries: new Deliveries() };
  }

  /** From now on this keyholder sees another gateway. */
  faceGateway(gateway: Gateway): void {
    this.ports = { ...this.ports, gateway };
  }
}

function openStore(index: number, folder: string): Promise<KeyholderStore> {
  const storageKey = new Uint8Array(32).fill(index);
  return KeyholderStore.open(folder, atRestUnder(storageKey, 'keyholder-store'));
}

function keySharesOf(index: number): KeyShares {
  return {
    ownIndex: () => Promise.resolve(index),
    shareOf: () => Promise.resolve({ key: testKey, index, value: dealtShareValue(index) }),
  };
}

/** A ledger, a gateway, three merchants that contributed and three keyholders. */
export class TestNetwork {
  readonly ledger: InMemoryLedger;
  readonly gateway: InMemoryGateway;
  readonly cohort: readonly TestContribution[];
  readonly keyholders: TestKeyholder[] = [];
  readonly resultKeys = generateSealingKeyPair();
  readonly #folder: string;

  private constructor(folder: string, cohort: readonly TestContribution[]) {
    this.#folder = folder;
    this.cohort = cohort;
    this.ledger = new InMemoryLedger(cohort);
    this.gateway = new InMemoryGateway(this.ledger, cohort);
  }

  /** @param make another way to make the cohort */
  static async start(
    make: (folder: string) => Promise<TestContribution[]> = honestCohort,
  ): Promise<TestNetwork> {
    const folder = await mkdtemp(join(tmpdir(), 'veilsum-committee-'));
    const network = new TestNetwork(folder, await make(folder));
    for (const index of [1, 2, 3]) {
      const own = join(folder, `keyholder-${index}`);
      network.keyholders.push(await TestKeyholder.open(index, own, network));
    }
    return network;
  }

  async stop(): Promise<void> {
    for (const { ports } of this.keyholders) await ports.store.close();
    await rm(this.#folder, { recursive: true, force: true });
  }

  /** An authorised question whose aggregates the gateway has made. */
  async ask(change: Partial<QueryRequest> = {}): Promise<QueryId> {
    const { queryId } = this.ledger.request(this.resultKeys.publicKey, change);
    await this.gateway.aggregate(queryId);
    return queryId;
  }

  keyholder(index: number): TestKeyholder {
    const keyholder = this.keyholders[index - 1];
    if (keyholder === undefined) throw new Error('There is no such keyholder.');
    return keyholder;
  }

  /** Lets keyholders work until none of them has anything to do. */
  async settle(queryId: QueryId, indices: readonly number[] = [1, 2, 3]): Promise<Progress[]> {
    const notable: Progress[] = [];
    for (let idle = 0; idle < indices.length;) {
      for (const index of indices) {
        const progress = await this.keyholder(index).advance(queryId);
        const didSomething = progress.kind === 'done' || progress.kind === 'refused';
        idle = didSomething ? 0 : idle + 1;
        if (progress.kind === 'refused') notable.push(progress);
      }
    }
    return notable;
  }

  /** What the analyst gets out of the shares at the gateway: by group, then plane, then lane. */
  result(queryId: QueryId): { values: bigint[][][]; cheaters: readonly number[] } {
    const { plan, planHash } = this.ledger.queries.get(queryId)?.record ?? {};
    const { attempt, shares } = this.ledger.current(queryId);
    if (plan === undefined || planHash === undefined) throw new Error('There is no plan.');
    const blindings = attempt.keyholders.map((index) => {
      const seat = { queryId, attempt: attempt.attempt, index };
      return blocksOf(this.gateway.blindings.get(nameOf(seat)));
    });
    const aggregates = blocksOf(this.gateway.aggregates.get(queryId));
    const combined = combineSealedShares({
      key: testKey,
      planHash,
      attempt: attempt.attempt,
      finals: applyBlindings(testKey, aggregates, blindings),
      resultSecretKey: this.resultKeys.secretKey,
      sealedShares: shares.flatMap(({ index }) => {
        const seat = { queryId, attempt: attempt.attempt, index };
        const sealed = this.gateway.shares.get(nameOf(seat));
        return sealed === undefined ? [] : [{ index, sealed }];
      }),
    });
    const planes = plan.planes.map(({ plane }) => plane);
    const perGroup = combined.messages.length / plan.groups.length;
    const needed = [
      ...new Set(
        testLayout.units.filter((unit) => planes.includes(unit.plane)).map((u) => u.block),
      ),
    ];
    const values = plan.groups.map((_, group) => {
      const messages = new Map(
        needed.map((block, position) => {
          const residue = combined.messages[group * perGroup + position] ?? 0n;
          return [block, centreMessage(testKey, residue)] as const;
        }),
      );
      return unpackPlanes(testLayout, messages, planes).map((slots) => [...slots]);
    });
    return { values, cheaters: combined.cheaters };
  }

  /** The sums over the whole cohort that an exact sum by region must show. */
  trueSums(): bigint[][][] {
    return [0, 1].map((cell) => [
      [0, 1].map((lane) =>
        this.cohort.reduce((sum, { values }) => sum + (values[cell]?.[1]?.[lane] ?? 0n), 0n),
      ),
    ]);
  }
}

let firstCohort: Promise<TestContribution[]> | undefined;

/** Three merchants whose client did everything right: the same ones in every test of a file. */
export async function honestCohort(folder: string): Promise<TestContribution[]> {
  firstCohort ??= Promise.all(merchantIds.map((id, seed) => makeContribution(folder, id, seed)));
  return structuredClone(await firstCohort);
}

function blocksOf(bytes: Uint8Array | undefined): Ciphertext[] {
  if (bytes === undefined) throw new Error('The gateway does not have this object.');
  const { blocks } = JSON.parse(Buffer.from(bytes).toString()) as AggregateObject | BlindingObject;
  return blocks.map(hexToBigint) as Ciphertext[];
}
