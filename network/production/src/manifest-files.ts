import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { Finding } from './finding.js';

/** One YAML document and where it stands. */
export interface Manifest {
  /** Relative to the folder that was read. */
  readonly file: string;
  readonly content: Readonly<Record<string, unknown>>;
}

/**
 * Reads every YAML file below a folder.
 *
 * @param root - what file names are relative to
 * @returns the documents, and a finding for each that is not YAML
 */
export async function readManifests(
  root: string,
  folder: string,
): Promise<{ manifests: Manifest[]; findings: Finding[] }> {
  const manifests: Manifest[] = [];
  const findings: Finding[] = [];
  for (const path of await yamlFiles(join(root, folder))) {
    const file = relative(root, path);
    // Kubernetes reads YAML 1.1, where 0440 is octal.
    for (const document of parseAllDocuments(await readFile(path, 'utf8'), { version: '1.1' })) {
      const [error] = document.errors;
      if (error !== undefined) findings.push({ file, problem: `It is not YAML: ${error.message}` });
      else manifests.push({ file, content: document.toJS() as Manifest['content'] });
    }
  }
  return { manifests, findings };
}

async function yamlFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && /\.ya?ml$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}
