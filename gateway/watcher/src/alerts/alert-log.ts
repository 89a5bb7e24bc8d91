import { open, readFile, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { makePrivateFolder } from '@veilsum/ledger';
import {
  alertLogLineSchema,
  VeilsumError,
  type Alert,
  type AlertLogLine,
  type MemberId,
} from '@veilsum/protocol';
import { FolderLock } from './folder-lock.js';

/** One revision of an alert, in the order in which the watcher wrote them. */
export interface SequencedAlert {
  readonly sequence: number;
  readonly alert: Alert;
}

/** File in the watcher's folder. */
export const ALERT_LOG_FILE = 'alerts.ndjson';

type DeliveryOutcome = Extract<AlertLogLine, { type: 'delivery' }>['outcome'];

/**
 * Everything a watcher knows and has done, as lines that are only ever appended. A line counts once the
 * disk has it: what was raised before a crash is there after it, and what was not is found again.
 */
export class AlertLog {
  readonly #file: FileHandle;
  readonly #lock: FolderLock;
  readonly #entries: SequencedAlert[] = [];
  /** How many of them the disk has; the others are shown to nobody yet. */
  #synced = 0;
  readonly #latest = new Map<string, Alert>();
  readonly #settled = new Map<string, Set<number>>();
  readonly #listeners = new Set<() => void>();
  #since = 0;
  #height = 0;
  #writing: Promise<void> = Promise.resolve();

  private constructor(file: FileHandle, lock: FolderLock) {
    this.#file = file;
    this.#lock = lock;
  }

  /**
   * Opens the log of a folder, making it if needed. The end of a line that a crash cut off is dropped.
   * @throws {@link VeilsumError} STATE_FOLDER_INVALID when it is another member's, not of this release or
   * damaged, or when a watcher that runs has it
   */
  static async open(folder: string, memberId: MemberId, now: number): Promise<AlertLog> {
    await makePrivateFolder(folder);
    const lock = await FolderLock.take(folder);
    try {
      const path = join(folder, ALERT_LOG_FILE);
      const { lines, byteLength } = readLines(path, await readOrEmpty(path));
      const file = await open(path, 'a', 0o600);
      await file.truncate(byteLength);
      const log = new AlertLog(file, lock);
      for (const line of lines) log.#take(line);
      log.#synced = log.#entries.length;
      const [first] = lines;
      if (first === undefined) {
        await log.append([{ type: 'begin', format: 'veilsum-alert-log/1', memberId, at: now }]);
      } else if (first.type !== 'begin' || first.memberId !== memberId) {
        await file.close();
        throw invalid(path, `is not a log of ${memberId}`);
      }
      return log;
    } catch (error) {
      await lock.release();
      throw error;
    }
  }

  /** When this watcher began. */
  get since(): number {
    return this.#since;
  }

  /** Blocks whose events have been looked at. */
  get height(): number {
    return this.#height;
  }

  /** The last revision of every alert, by id. */
  get latest(): ReadonlyMap<string, Alert> {
    return this.#latest;
  }

  /** Revisions after a sequence number, oldest first. */
  after(sequence: number): readonly SequencedAlert[] {
    return this.#entries.slice(sequence, this.#synced);
  }

  /** The last revision of every alert with its sequence number, oldest first. */
  latestEntries(): SequencedAlert[] {
    return this.after(0).filter(({ alert }) => this.#latest.get(alert.alertId) === alert);
  }

  /** What a webhook has neither taken nor been given up on, oldest first. */
  pendingFor(webhook: string): SequencedAlert[] {
    const settled = this.#settled.get(webhook);
    return this.after(0).filter(({ sequence }) => settled?.has(sequence) !== true);
  }

  /** Calls back after every change. @returns ends that */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Writes new revisions, and up to which block they come from, at once. */
  async record(alerts: readonly Alert[], height = this.#height): Promise<void> {
    const first = this.#entries.length + 1;
    const lines: AlertLogLine[] = alerts.map((alert, index) => ({
      type: 'alert',
      sequence: first + index,
      alert,
    }));
    if (height !== this.#height) lines.push({ type: 'checkpoint', height });
    await this.append(lines);
  }

  /** Writes what became of a revision at a webhook. */
  async settle(webhook: string, sequence: number, outcome: DeliveryOutcome): Promise<void> {
    await this.append([{ type: 'delivery', webhook, sequence, outcome }]);
  }

  /** Ends all use of the log. */
  async close(): Promise<void> {
    await this.#writing.catch(() => undefined);
    await this.#file.close();
    await this.#lock.release();
  }

  /** Appends lines and waits until the disk has them; only then are they shown to anyone. */
  private async append(lines: readonly AlertLogLine[]): Promise<void> {
    if (lines.length === 0) return;
    const text = lines
      .map((line) => `${JSON.stringify(alertLogLineSchema.parse(line))}\n`)
      .join('');
    for (const line of lines) this.#take(line);
    const upTo = this.#entries.length;
    // After a write that failed nothing more is written: half a line may be there.
    const written = this.#writing.then(async () => {
      await this.#file.appendFile(text);
      await this.#file.datasync();
    });
    this.#writing = written;
    await written;
    this.#synced = upTo;
    for (const listener of this.#listeners) listener();
  }

  #take(line: AlertLogLine): void {
    if (line.type === 'begin') this.#since = line.at;
    else if (line.type === 'checkpoint') this.#height = line.height;
    else if (line.type === 'alert') {
      this.#entries.push({ sequence: line.sequence, alert: line.alert });
      this.#latest.set(line.alert.alertId, line.alert);
    } else {
      const settled = this.#settled.get(line.webhook) ?? new Set();
      this.#settled.set(line.webhook, settled.add(line.sequence));
    }
  }
}

function readLines(path: string, bytes: Buffer): { lines: AlertLogLine[]; byteLength: number } {
  const byteLength = bytes.lastIndexOf('\n') + 1;
  const texts = bytes.subarray(0, byteLength).toString('utf8').split('\n').slice(0, -1);
  let sequence = 0;
  const lines = texts.map((text, index) => {
    const line = parseLine(text);
    if (line?.type === 'alert') sequence += 1;
    if (line === undefined || (line.type === 'alert' && line.sequence !== sequence))
      throw invalid(path, `is damaged in line ${index + 1}`);
    return line;
  });
  return { lines, byteLength };
}

function parseLine(text: string): AlertLogLine | undefined {
  try {
    return alertLogLineSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

function readOrEmpty(path: string): Promise<Buffer> {
  return readFile(path).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return Buffer.alloc(0);
    throw error;
  });
}

function invalid(path: string, what: string): VeilsumError {
  return new VeilsumError('STATE_FOLDER_INVALID', `${path} ${what}.`);
}
