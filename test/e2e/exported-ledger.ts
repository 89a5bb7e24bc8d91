import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeCanonicalJson, type JsonValue } from '@veilsum/crypto';
import type { Block, Hash } from '@veilsum/protocol';
import { veilsum } from './command-line.js';

/** The checker is run as its users run it. */
const CHECKER = 'tools/ledger-checker/check-ledger.mjs';

/** What the independent checker said of a file. */
export interface CheckerOutcome {
  readonly status: number;
  readonly passed: boolean;
  readonly height: number;
  readonly headHash: string;
  readonly checks: readonly { readonly check: string; readonly passed: boolean }[];
  readonly findings: readonly {
    readonly check: string;
    readonly block: number;
    readonly sentence: string;
  }[];
}

/** Runs the independent checker on an exported ledger. */
export function runChecker(path: string, ...words: readonly string[]): Promise<CheckerOutcome> {
  return new Promise((resolve, reject) => {
    const parameters = [CHECKER, path, '--json', ...words];
    execFile(process.execPath, parameters, { maxBuffer: 2 ** 26 }, (error, stdout, stderr) => {
      const status = error === null ? 0 : error.code;
      if (typeof status !== 'number' || stdout === '') reject(new Error(stderr));
      else resolve({ status, ...(JSON.parse(stdout) as Omit<CheckerOutcome, 'status'>) });
    });
  });
}

type Mutable<Value> = Value extends object
  ? { -readonly [Key in keyof Value]: Mutable<Value[Key]> }
  : Value;
export type ForgedBlock = Mutable<Block>;

export async function readExport(path: string): Promise<ForgedBlock[]> {
  const text = await readFile(path, 'utf8');
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as ForgedBlock);
}

/** Whoever runs an embedded ledger can make the hashes of a forged chain right again; signatures he cannot. */
export async function writeRehashed(path: string, blocks: readonly ForgedBlock[]): Promise<void> {
  let previousHash = '0'.repeat(64);
  const lines = blocks.map((block) => {
    const body: Partial<ForgedBlock> = { ...block, previousHash: previousHash as Hash };
    delete body.hash;
    previousHash = createHash('sha256').update(encodeCanonicalJson(body)).digest('hex');
    return encodeCanonicalJson({ ...body, hash: previousHash });
  });
  await writeFile(path, `${lines.join('\n')}\n`);
}

type Transaction = ForgedBlock['transactions'][number];

/** The transactions of a call, in order. */
export function callsOf(blocks: readonly ForgedBlock[], call: string): Transaction[] {
  return blocks
    .flatMap(({ transactions }) => transactions)
    .filter(
      ({ envelope: { proposal } }) => `${proposal.contract}:${proposal.transaction}` === call,
    );
}

const keyOf = (parts: readonly string[]) =>
  `\u0000${parts.map((part) => `${part}\u0000`).join('')}`;

/** Changes what a transaction wrote to keys that begin with these parts. @returns how many it changed */
export function rewrite<Value>(
  { readWriteSet }: Transaction,
  parts: readonly string[],
  change: (value: Value) => Value | null,
): number {
  const found = readWriteSet.writes.filter(
    ({ key, value }) => key.startsWith(keyOf(parts)) && value !== null,
  );
  for (const write of found) {
    const changed = change(JSON.parse(write.value ?? '') as Value);
    write.value = changed === null ? null : encodeCanonicalJson(changed);
  }
  return found.length;
}

/** Lets a transaction write one more object. */
export function addWrite(
  { readWriteSet }: Transaction,
  parts: readonly string[],
  value: JsonValue,
): void {
  readWriteSet.writes.push({ key: keyOf(parts), value: encodeCanonicalJson(value) });
}

/** Exports the running ledger and expects the independent checker and the audit to agree that it is in order. */
export async function expectLedgerInOrder(stateRoot: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'veilsum-export-'));
  try {
    const file = join(folder, 'ledger.ndjson');
    const exported = await veilsum(stateRoot, 'ledger', 'export', '--out', file);
    const { genesisHash } = exported.answer as { genesisHash: string };
    const checked = await runChecker(file, '--genesis', genesisHash);
    expect(checked.findings).toEqual([]);
    const { answer } = await veilsum(
      stateRoot,
      ...['audit', '--ledger', file, '--genesis', genesisHash],
    );
    const { checks, headHash } = answer as AuditReport;
    expect(checks.filter(({ passed }) => !passed)).toEqual([]);
    expect(headHash).toBe(checked.headHash);
  } finally {
    await rm(folder, { recursive: true });
  }
}

interface AuditReport {
  readonly headHash: string;
  readonly checks: readonly { readonly check: string; readonly passed: boolean }[];
}
