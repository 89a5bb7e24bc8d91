import { readFile, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

import { encodeCanonicalJson, sha256Hex } from '@veilsum/crypto';
import { VeilsumError } from '@veilsum/protocol';
import { z } from 'zod';

import { syncFolder, writeAndSync } from '../durable-file.js';
import { makePrivateFolder } from '../identity/private-file.js';

const FILE_NAME = /^[0-9a-f]{64}\.json$/;
const DRAFT_NAME = /^[0-9a-f]{64}\.draft$/;
/** Nobody writes one file for as long as this, so a crash left it behind. */
const DRAFT_MS_MAX = 3_600_000;

const hash = z.string().regex(/^[0-9a-f]{64}$/);

const entrySchema = z.strictObject({
  format: z.literal('veilsum-pending-transaction/1'),
  /** Names the channel, so that one network's transactions are never sent to another. */
  genesisHash: hash,
  transactionId: hash,
  /** Of contract, transaction and argument: the same request made again finds what became of it. */
  requestHash: hash,
  /** Fabric's `gateway.PreparedTransaction` with its signature, base64 of protobuf. */
  signedTransaction: z.base64(),
});

/** A signed transaction whose outcome is not known yet. */
export type PendingTransaction = z.infer<typeof entrySchema>;

/** What lies in the folder: entries and a hash over them, by which a damaged file is known. */
const fileSchema = z.strictObject({ entries: z.array(entrySchema).min(1), hash });

/** Entries that go to the disk together. */
interface Batch {
  readonly entries: PendingTransaction[];
  readonly written: Promise<void>;
}

/** A file, and those of its transactions whose outcome is not known. */
interface JournalFile {
  readonly path: string;
  readonly open: Set<string>;
}

/**
 * The signed transactions of a member whose outcome is not known: written before they are sent, removed
 * when a block has them. What comes while the disk is busy goes into one file, which is removed when all
 * of it has an outcome: after a crash some are looked up in vain, and none is forgotten. Several processes
 * may share a folder, and a crash while one file is written leaves the others whole.
 */
export class TransactionJournal {
  readonly #folder: string;
  readonly #genesisHash: string;
  /** By transaction id. */
  readonly #files = new Map<string, JournalFile>();
  /** What is written after the batch that is being written. */
  #next: Batch | undefined;
  #last: Promise<unknown> = Promise.resolve();

  private constructor(folder: string, genesisHash: string) {
    this.#folder = folder;
    this.#genesisHash = genesisHash;
  }

  /**
   * Opens the journal; the folder is made when it is not there.
   * @param genesisHash - of the channel whose transactions it keeps, hex
   */
  static async open(folder: string, genesisHash: string): Promise<TransactionJournal> {
    await makePrivateFolder(folder);
    return new TransactionJournal(folder, genesisHash);
  }

  /** Keeps a transaction. When this returns, it survives a crash of the machine, and may be sent. */
  async add(
    transaction: Omit<PendingTransaction, 'format' | 'genesisHash'>,
  ): Promise<PendingTransaction> {
    const entry: PendingTransaction = {
      format: 'veilsum-pending-transaction/1',
      genesisHash: this.#genesisHash,
      ...transaction,
    };
    const batch = (this.#next ??= this.#openBatch());
    if (this.#isKept(entry, batch)) throw new Error('The journal has the transaction already.');
    batch.entries.push(entry);
    await batch.written;
    return entry;
  }

  /** Forgets a transaction whose outcome is known. Whether a crash undoes that makes no difference. */
  async remove(transactionId: string): Promise<void> {
    const file = this.#files.get(transactionId);
    this.#files.delete(transactionId);
    file?.open.delete(transactionId);
    if (file?.open.size === 0) await rm(file.path, { force: true });
  }

  /**
   * The transactions of this channel that were left behind. What was still being written was never sent.
   * @throws {@link VeilsumError} STATE_FOLDER_INVALID when a file was damaged after it was written
   */
  async pending(): Promise<PendingTransaction[]> {
    const entries: PendingTransaction[] = [];
    for (const name of await readdir(this.#folder)) {
      if (DRAFT_NAME.test(name)) await this.#removeOldDraft(name);
      if (!FILE_NAME.test(name)) continue;
      const found = await this.#read(name);
      const own = found.filter(({ genesisHash }) => genesisHash === this.#genesisHash);
      this.#keep(join(this.#folder, name), own);
      entries.push(...own);
    }
    return entries;
  }

  #isKept({ transactionId }: PendingTransaction, { entries }: Batch): boolean {
    return (
      this.#files.has(transactionId) ||
      entries.some((entry) => entry.transactionId === transactionId)
    );
  }

  /** A batch that others join until the one before it is on the disk. */
  #openBatch(): Batch {
    const entries: PendingTransaction[] = [];
    const written = this.#last.then(() => {
      this.#next = undefined;
      return this.#write(entries);
    });
    this.#last = written.catch(() => undefined);
    return { entries, written };
  }

  async #write(entries: readonly PendingTransaction[]): Promise<void> {
    const name = entries[0]?.transactionId ?? '';
    const path = join(this.#folder, `${name}.json`);
    const draft = join(this.#folder, `${name}.draft`);
    await writeAndSync(draft, JSON.stringify({ entries, hash: hashOf(entries) }));
    // Only whole files bear the name by which they are found.
    await rename(draft, path);
    await syncFolder(this.#folder);
    this.#keep(path, entries);
  }

  #keep(path: string, entries: readonly PendingTransaction[]): void {
    const unknown = entries.filter(({ transactionId }) => !this.#files.has(transactionId));
    const file: JournalFile = {
      path,
      open: new Set(unknown.map(({ transactionId }) => transactionId)),
    };
    for (const transactionId of file.open) this.#files.set(transactionId, file);
  }

  async #read(name: string): Promise<PendingTransaction[]> {
    const path = join(this.#folder, name);
    // Another process that shares the folder may have removed it since.
    const text = await readFile(path, 'utf8').catch(() => undefined);
    if (text === undefined) return [];
    const parsed = fileSchema.safeParse(parseJson(text));
    if (parsed.success && isWhole(parsed.data, name)) return parsed.data.entries;
    const sentence = `${path} is damaged; look up the transaction of its name and those sent with it, then remove it.`;
    throw new VeilsumError('STATE_FOLDER_INVALID', sentence);
  }

  async #removeOldDraft(name: string): Promise<void> {
    const path = join(this.#folder, name);
    const found = await stat(path).catch(() => undefined);
    if (found === undefined || Date.now() - found.mtimeMs < DRAFT_MS_MAX) return;
    await rm(path, { force: true });
  }
}

function isWhole({ entries, hash }: z.infer<typeof fileSchema>, name: string): boolean {
  return hash === hashOf(entries) && name === `${entries[0]?.transactionId ?? ''}.json`;
}

function hashOf(entries: readonly PendingTransaction[]): string {
  return sha256Hex(Buffer.from(encodeCanonicalJson(entries)));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
