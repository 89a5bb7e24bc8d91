import { readFile } from 'node:fs/promises';
import { readAttempts, readPlannedQuery, type Session } from '@veilsum/client';
import {
  applyBlindings,
  bigintToHex,
  canonicalBytes,
  createShare,
  decodeCanonicalJson,
  encodeShare,
  generateBlinding,
  hashBlinding,
  hashFinal,
  hexToBigint,
  hexToBytes,
  open,
  seal,
  sha256Hex,
  type Blinding,
  type Ciphertext,
  type PublicKey,
} from '@veilsum/crypto';
import { tellLedger } from '@veilsum/ledger';
import {
  aggregateObjectSchema,
  blindingObjectSchema,
  dealtShareSchema,
  problemSchema,
  type AttemptRecord,
  type QueryRecord,
} from '@veilsum/protocol';
import { layoutForProduct } from '@veilsum/rules';
import { eventually } from './network-facts.js';
import { testProduct, type TestNetwork } from './test-network.js';

type PlannedQuery = Awaited<ReturnType<typeof readPlannedQuery>>;

/**
 * A keyholder whose process is stopped and whose part a test plays by hand, with its own identity and
 * key share: it can do what the protocol forbids.
 */
export class RogueKeyholder {
  private constructor(
    readonly index: number,
    private readonly session: Session,
    private readonly share: bigint,
  ) {}

  /** Ends the process of a keyholder of a network and takes its keys. */
  static async take(network: TestNetwork, memberId: string): Promise<RogueKeyholder> {
    await network.stopKeyholder(memberId);
    const session = await network.session(memberId);
    const sealed = await readFile(network.state.sealedShareFile(memberId));
    const dealt = open(sealed, session.identity.boxSecretKey);
    const { index, value } = dealtShareSchema.parse(decodeCanonicalJson(dealt));
    return new RogueKeyholder(index, session, hexToBigint(value));
  }

  query(queryId: string): Promise<PlannedQuery> {
    return readPlannedQuery(this.session.ledger, queryId);
  }

  /** A blinding of the current attempt, as an honest keyholder makes it. */
  async blinding(queryId: string): Promise<Blinding> {
    const { key, record } = await this.query(queryId);
    return freshBlinding(key, record, this.index);
  }

  /** A blinding of other blocks under the proof and the context of an honest one. */
  async withBlocks(queryId: string, blocks: readonly Ciphertext[]): Promise<Blinding> {
    const { key } = await this.query(queryId);
    const { context, proof } = await this.blinding(queryId);
    return {
      blocks,
      context,
      proof,
      blindingHash: hashBlinding({ key, ...context, blocks, proof }),
    };
  }

  /** Records the hash of a blinding on the ledger. */
  async commit(queryId: string, { context, blindingHash }: Blinding): Promise<void> {
    const { attempt, planHash } = context;
    const commitment = { queryId, planHash, attempt, blindingHash };
    await tellLedger(this.session.ledger, 'query:commitBlinding', commitment);
  }

  /**
   * Shows a blinding to the gateway once A is fixed.
   *
   * @returns the status of the gateway's answer, and its code when it refuses
   */
  async show(queryId: string, blinding: Blinding): Promise<{ status: number; code?: string }> {
    const { attempt } = blinding.context;
    await this.attemptWhen(queryId, (record) => record.attempt.state === 'opening');
    const path = `/v1/queries/${queryId}/attempts/${attempt}/blindings/${this.index}`;
    return this.#put(path, encodeBlindingObject(blinding), 'application/json');
  }

  /** Opens the final blocks of the first attempt with its key share plus `offset`, and hands that over. */
  async release(queryId: string, offset: bigint): Promise<void> {
    const { ledger } = this.session;
    const { key, plan, planHash } = await this.query(queryId);
    const attempt = 1;
    const finals = await this.#finalBlocks(queryId);
    const share = createShare({
      key,
      index: this.index,
      share: this.share + offset,
      planHash,
      attempt,
      finals,
    });
    const sealed = seal(encodeShare(share), hexToBytes(plan.resultKey));
    const finalHash = hashFinal({ key, planHash, attempt, blocks: finals });
    const release = { queryId, planHash, attempt, finalHash, shareHash: sha256Hex(sealed) };
    await tellLedger(ledger, 'query:releaseShare', release);
    const path = `/v1/queries/${queryId}/attempts/${attempt}/shares/${this.index}`;
    const { status } = await this.#put(path, sealed, 'application/octet-stream');
    expect(status).toBe(201);
  }

  /** Waits until the ledger has the first attempt as wanted. */
  attemptWhen(
    queryId: string,
    isWanted: (record: AttemptRecord) => boolean,
  ): Promise<AttemptRecord> {
    return eventually(async () => {
      const [first] = await readAttempts(this.session.ledger, queryId);
      return first !== undefined && isWanted(first) ? first : undefined;
    });
  }

  /** The aggregates of a query, once the gateway has made them. */
  async aggregates(queryId: string): Promise<Ciphertext[]> {
    const object = await this.#fetch(`/v1/queries/${queryId}/aggregates`);
    return aggregateObjectSchema.parse(object).blocks.map(elementOf);
  }

  async #finalBlocks(queryId: string): Promise<Ciphertext[]> {
    const { key } = await this.query(queryId);
    const { attempt } = await this.attemptWhen(
      queryId,
      (record) => record.attempt.state === 'opening',
    );
    const blindings = await Promise.all(
      attempt.keyholders.map(async (index) => {
        const path = `/v1/queries/${queryId}/attempts/${attempt.attempt}/blindings/${index}`;
        return blindingObjectSchema.parse(await this.#fetch(path)).blocks.map(elementOf);
      }),
    );
    return applyBlindings(key, await this.aggregates(queryId), blindings);
  }

  #fetch(path: string): Promise<unknown> {
    const { gateway } = this.session;
    return eventually(() => gateway.getJson(path).catch(() => undefined));
  }

  async #put(path: string, body: Uint8Array, contentType: string) {
    const { network, gatewayToken } = this.session;
    const answer = await fetch(`${network.gatewayUrl}${path}`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${await gatewayToken()}`, 'content-type': contentType },
      body: new Uint8Array(body),
    });
    if (answer.ok) return { status: answer.status };
    return { status: answer.status, code: problemSchema.parse(await answer.json()).code };
  }
}

/** A fresh blinding of the current attempt in the name of a keyholder; its proof holds. */
export function freshBlinding(key: PublicKey, record: QueryRecord, index: number): Blinding {
  const { plan, planHash, attempt } = record;
  if (plan === undefined || planHash === undefined || attempt === undefined) {
    throw new Error('The query has no plan.');
  }
  return generateBlinding({
    key,
    planHash,
    attempt: attempt.attempt,
    index,
    layout: layoutForProduct(testProduct, key),
    groups: plan.groups.length,
    planes: plan.planes.map(({ plane, sensitivity, epsilonMicro }) => ({
      plane,
      sensitivity: BigInt(sensitivity),
      epsilonMicro: BigInt(epsilonMicro),
    })),
    release: plan.release,
  });
}

/** Canonical JSON of a blinding, as keyholders show it. */
export function encodeBlindingObject({ blocks, context, proof }: Blinding): Uint8Array {
  const format = 'veilsum-blinding-object/1';
  return canonicalBytes({ blocks: blocks.map(bigintToHex), context, format, proof });
}

/** What a gateway answers need not be checked by a rogue. */
const elementOf = (hex: string) => hexToBigint(hex) as Ciphertext;
