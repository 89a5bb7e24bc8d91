import { join } from 'node:path';
import { mkdir } from 'node:fs/promises';
import type { AtRest } from '@veilsum/ledger';
import { ClassicLevel } from 'classic-level';
import { hashSchema, VeilsumError, type Hash, type KeyId } from '@veilsum/protocol';

/** One try at opening one plan; blinding, final block and share exist at most once for each. */
export interface PlanAttempt {
  readonly planHash: Hash;
  readonly attempt: number;
}

/** Every write is on disk before it is acknowledged (docs/protocol.md §6.5: stored before use). */
const SYNC = { sync: true } as const;

/**
 * What a keyholder must remember over every restart. Values are written once: whoever comes second
 * gets the first value back. One process owns the folder; LevelDB's lock sees to it.
 */
export class KeyholderStore {
  readonly #level: ClassicLevel<string, Uint8Array>;
  readonly #atRest: AtRest;
  /** The tail of the queue of first writes, so that a check and its write are one step. */
  #writes: Promise<unknown> = Promise.resolve();

  private constructor(level: ClassicLevel<string, Uint8Array>, atRest: AtRest) {
    this.#level = level;
    this.#atRest = atRest;
  }

  /**
   * @param folder made when missing
   * @throws {@link VeilsumError} STATE_FOLDER_INVALID when another process has it open or it is damaged
   */
  static async open(folder: string, atRest: AtRest): Promise<KeyholderStore> {
    const path = join(folder, 'level');
    await mkdir(path, { recursive: true, mode: 0o700 });
    const level = new ClassicLevel<string, Uint8Array>(path, { valueEncoding: 'view' });
    try {
      await level.open();
    } catch (cause) {
      const sentence =
        'The keyholder store cannot be opened: damaged, or in use by another process.';
      throw new VeilsumError('STATE_FOLDER_INVALID', sentence, { cause });
    }
    return new KeyholderStore(level, atRest);
  }

  /** The key share under its key, still locked by the passphrase (key-ring.ts). */
  keyShare(keyId: KeyId): Promise<Uint8Array | undefined> {
    return this.#level.get(`key-share~${keyId}`);
  }

  keepKeyShare(keyId: KeyId, locked: Uint8Array): Promise<Uint8Array> {
    return this.#writeOnce(`key-share~${keyId}`, locked);
  }

  /** Canonical JSON of the own blinding object; nobody else may see it before the ledger fixed A. */
  blinding(of: PlanAttempt): Promise<Uint8Array | undefined> {
    return this.#readClosed(nameOf('blinding', of));
  }

  /** @returns the blinding to use: this one, or the one made before it */
  keepBlinding(of: PlanAttempt, blinding: Uint8Array): Promise<Uint8Array> {
    return this.#writeOnceClosed(nameOf('blinding', of), blinding);
  }

  /** The keyholder's own hash of the aggregates of a plan, from containers that it verified. */
  async aggregateHash(planHash: Hash): Promise<Hash | undefined> {
    const stored = await this.#readClosed(`aggregate~${planHash}`);
    return stored === undefined ? undefined : decodeHash(stored);
  }

  async keepAggregateHash(planHash: Hash, aggregateHash: Hash): Promise<Hash> {
    const bytes = Buffer.from(aggregateHash, 'utf8');
    return decodeHash(await this.#writeOnceClosed(`aggregate~${planHash}`, bytes));
  }

  async finalHash(of: PlanAttempt): Promise<Hash | undefined> {
    const stored = await this.#readClosed(nameOf('final', of));
    return stored === undefined ? undefined : decodeHash(stored);
  }

  /** @returns the only final hash of this plan attempt: this one, or another that came before it */
  async keepFinalHash(of: PlanAttempt, finalHash: Hash): Promise<Hash> {
    const bytes = Buffer.from(finalHash, 'utf8');
    return decodeHash(await this.#writeOnceClosed(nameOf('final', of), bytes));
  }

  sealedShare(of: PlanAttempt): Promise<Uint8Array | undefined> {
    return this.#readClosed(nameOf('share', of));
  }

  /** @returns the sealed share to hand over: this one, or the one made before it */
  keepSealedShare(of: PlanAttempt, sealed: Uint8Array): Promise<Uint8Array> {
    return this.#writeOnceClosed(nameOf('share', of), sealed);
  }

  /** Whether a container was found whole, with its proof, under this key name (cohort-containers.ts). */
  async isVerified(containerName: string): Promise<boolean> {
    return (await this.#level.get(`verified~${containerName}`)) !== undefined;
  }

  async keepVerified(containerName: string): Promise<void> {
    await this.#writeOnce(`verified~${containerName}`, new Uint8Array([1]));
  }

  async close(): Promise<void> {
    await this.#writes;
    await this.#level.close();
  }

  async #readClosed(name: string): Promise<Uint8Array | undefined> {
    const closed = await this.#level.get(name);
    return closed === undefined ? undefined : this.#atRest.open(name, closed);
  }

  async #writeOnceClosed(name: string, plaintext: Uint8Array): Promise<Uint8Array> {
    const closed = await this.#writeOnce(name, this.#atRest.close(name, plaintext));
    return this.#atRest.open(name, closed);
  }

  #writeOnce(name: string, value: Uint8Array): Promise<Uint8Array> {
    const write = this.#writes.then(async () => {
      const present = await this.#level.get(name);
      if (present !== undefined) return present;
      await this.#level.put(name, value, SYNC);
      return value;
    });
    this.#writes = write.catch(() => undefined);
    return write;
  }
}

function nameOf(kind: 'blinding' | 'final' | 'share', { planHash, attempt }: PlanAttempt): string {
  return `${kind}~${planHash}~${attempt}`;
}

function decodeHash(stored: Uint8Array): Hash {
  return hashSchema.parse(Buffer.from(stored).toString('utf8'));
}
