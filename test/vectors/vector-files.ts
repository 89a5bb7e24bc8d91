import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** One vector file: cases made by a second implementation, whose provenance stands in `source`. */
export interface VectorFile<Case> {
  /** File name and, for one from outside, its folder; names the tests. */
  readonly name: string;
  readonly folder: string;
  readonly description: string;
  readonly source: string;
  readonly cases: readonly Case[];
}

/** What `keys.json` tells of a key: the record and all of its secrets, integers in unpadded hex. */
export interface VectorKey {
  readonly key: string;
  readonly p: string;
  readonly q: string;
  readonly d: string;
  readonly x: string;
  readonly h: string;
  readonly coefficients: readonly string[];
  readonly shares: readonly string[];
  readonly record: Readonly<Record<string, unknown>>;
  readonly canonicalBody: string;
}

const OWN_FOLDER = dirname(fileURLToPath(import.meta.url));

function jsonFiles(folder: string): string[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .sort();
}

/** The folder of further vectors that the environment names, if it names one. */
export function furtherFolder(): string | undefined {
  const folder = process.env['VEILSUM_VECTORS'];
  return folder === undefined || folder === '' ? undefined : folder;
}

/**
 * The vector name that a file belongs to: the longest known one that its own name starts with, so
 * that `proof-2.json` belongs to `proof`.
 */
export function vectorNameOf(file: string): string | undefined {
  return jsonFiles(OWN_FOLDER)
    .map((known) => basename(known, '.json'))
    .filter((known) => file.startsWith(known))
    .sort((left, right) => right.length - left.length)[0];
}

function readVectorFile<Case>(folder: string, file: string): VectorFile<Case> {
  const path = join(folder, file);
  const content = JSON.parse(readFileSync(path, 'utf8')) as VectorFile<Case>;
  if (!Array.isArray(content.cases) || content.cases.length === 0) {
    throw new Error(`${path} holds no cases.`);
  }
  return { ...content, name: folder === OWN_FOLDER ? file : path, folder };
}

function copiesIn<Case>(folder: string, name: string): VectorFile<Case>[] {
  return jsonFiles(folder)
    .filter((file) => vectorNameOf(file) === name)
    .map((file) => readVectorFile<Case>(folder, file));
}

/**
 * Every copy of one vector file: the repository's own and, when the environment names a folder in
 * `VEILSUM_VECTORS`, each file in there whose name starts with that name.
 * @param name without `.json`, e.g. `plaintext-proof`
 */
export function vectorFiles<Case>(name: string): VectorFile<Case>[] {
  const further = furtherFolder();
  const own = copiesIn<Case>(OWN_FOLDER, name);
  return further === undefined ? own : [...own, ...copiesIn<Case>(further, name)];
}

/**
 * The key that a case names, from the `keys` file beside it or else from the repository's own:
 * two sets of vectors may give one name to different keys.
 * @param name as the cases write it, e.g. `512-3-2` = modulusBits-l-t
 */
export function vectorKey(file: VectorFile<unknown>, name: string): VectorKey {
  for (const folder of [file.folder, OWN_FOLDER]) {
    for (const { cases } of copiesIn<VectorKey>(folder, 'keys')) {
      const found = cases.find((entry) => entry.key === name);
      if (found !== undefined) return found;
    }
  }
  throw new Error(`${file.name} names the key ${name}, which no keys file holds.`);
}

/** An integer as vector files write it: unpadded lower-case hex, with `-` in front of a negative one. */
export function signedHex(text: string): bigint {
  return text.startsWith('-') ? -BigInt(`0x${text.slice(1)}`) : BigInt(`0x${text}`);
}
