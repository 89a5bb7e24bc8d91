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

/** What lies in the folder: an entry and a hash over it, by which a damaged file is known. */
const fileSchema = z.strictObject({ entry: entrySchema, hash });

/**
 * The signed transactions of a member whose outcome is not known: written before they are sent, removed
 * when a block has them. One file each, so that several processes may share a folder and a crash while
 * one is written leaves the others whole.
 */
export class TransactionJournal {
  readonly #folder: string;
  readonly #genesisHash: string;
  #folderSync: Promise<void> | undefined;

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
    const path = this.#path(entry.transactionId);
    const draft = join(this.#folder, `${entry.transactionId}.draft`);
    await writeAndSync(draft, JSON.stringify({ entry, hash: hashOf(entry) }));
    // Only whole files bear the name by which they are found.
    await rename(draft, path);
    await this.#syncFolder();
    return entry;
  }

  /** Forgets a transaction whose outcome is known. Whether a crash undoes that makes no difference. */
  async remove(transactionId: string): Promise<void> {
    await rm(this.#path(transactionId), { force: true });
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
      const entry = await this.#read(name);
      if (entry?.genesisHash === this.#genesisHash) entries.push(entry);
    }
    return entries;
  }

  async #read(name: string): Promise<PendingTransaction | undefined> {
    const path = join(this.#folder, name);
    // Another process that shares the folder may have removed it since.
    const text = await readFile(path, 'utf8').catch(() => undefined);
    if (text === undefined) return undefined;
    const parsed = fileSchema.safeParse(parseJson(text));
    if (parsed.success && isWhole(parsed.data, name)) return parsed.data.entry;
    const sentence = `${path} is damaged; look up the transaction of its name, then remove it.`;
    throw new VeilsumError('STATE_FOLDER_INVALID', sentence);
  }

  async #removeOldDraft(name: string): Promise<void> {
    const path = join(this.#folder, name);
    const found = await stat(path).catch(() => undefined);
    if (found === undefined || Date.now() - found.mtimeMs < DRAFT_MS_MAX) return;
    await rm(path, { force: true });
  }

  #path(transactionId: string): string {
    return join(this.#folder, `${transactionId}.json`);
  }

  /** Those who come while a sync runs share the next one: only it is sure to cover their files. */
  async #syncFolder(): Promise<void> {
    const running = this.#folderSync;
    if (running !== undefined) {
      await running;
      if (this.#folderSync !== undefined) return this.#folderSync;
    }
    this.#folderSync = syncFolder(this.#folder).finally(() => {
      this.#folderSync = undefined;
    });
    return this.#folderSync;
  }
}

function isWhole({ entry, hash }: z.infer<typeof fileSchema>, name: string): boolean {
  return hash === hashOf(entry) && name === `${entry.transactionId}.json`;
}

function hashOf(entry: PendingTransaction): string {
  return sha256Hex(Buffer.from(encodeCanonicalJson(entry)));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
