import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** One vector file: cases made by a second implementation, whose provenance stands in `source`. */
export interface VectorFile<Case> {
  /** File name without folder; names the tests. */
  readonly name: string;
  readonly description: string;
  readonly source: string;
  readonly cases: readonly Case[];
}

const OWN_FOLDER = fileURLToPath(new URL('.', import.meta.url));

function readVectorFile<Case>(path: string): VectorFile<Case> {
  const content = JSON.parse(readFileSync(path, 'utf8')) as Omit<VectorFile<Case>, 'name'>;
  if (!Array.isArray(content.cases) || content.cases.length === 0) {
    throw new Error(`${path} holds no cases.`);
  }
  return { ...content, name: basename(path) };
}

/** `NAME.json` and `NAME-anything.json`, so that `key-record` is no copy of `keys` nor `proof` of others. */
function isCopyOf(name: string, file: string): boolean {
  return file === `${name}.json` || (file.startsWith(`${name}-`) && file.endsWith('.json'));
}

/**
 * Every copy of one vector file: the repository's own and, when the environment names a folder in
 * `VEILSUM_VECTORS`, those of that name in there.
 * @param name without `.json`, e.g. `plaintext-proof`
 */
export function vectorFiles<Case>(name: string): VectorFile<Case>[] {
  const files = [readVectorFile<Case>(join(OWN_FOLDER, `${name}.json`))];
  const folder = process.env['VEILSUM_VECTORS'];
  if (folder === undefined || folder === '') return files;
  for (const file of readdirSync(folder).sort()) {
    if (isCopyOf(name, file)) files.push(readVectorFile<Case>(join(folder, file)));
  }
  return files;
}

/** What `keys.json` tells of an insecure test key: the record and all of its secrets, in unpadded hex. */
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

/** Keys by their name, e.g. `512-3-2` = modulusBits-l-t; those of `VEILSUM_VECTORS` come on top. */
export function vectorKeys(): Map<string, VectorKey> {
  const keys = new Map<string, VectorKey>();
  for (const file of vectorFiles<VectorKey>('keys')) {
    for (const entry of file.cases) keys.set(entry.key, entry);
  }
  return keys;
}

/** An integer as vector files write it: unpadded lower-case hex, with `-` in front of a negative one. */
export function signedHex(text: string): bigint {
  return text.startsWith('-') ? -BigInt(`0x${text.slice(1)}`) : BigInt(`0x${text}`);
}
