import { access, copyFile, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { productDefinitionSchema, VeilsumError, type ProductDefinition } from '@veilsum/protocol';
import { fileErrorCode, readDocument } from '../document/document-file.js';

/** A standard to start from: a product, a mapping and, where they are made up, data that it reads. */
export interface StandardTemplate {
  /** `role/name`, as `--template` takes it. */
  readonly name: string;
  readonly folder: string;
  readonly product: ProductDefinition;
  /** Names of its files, in order. */
  readonly files: readonly string[];
}

/** Where templates lie: in the packed client beside its program, in a checkout among the examples. */
const PLACES = ['../../standards', '../../../../examples/standards'];

/** @returns every template, by role and name. @throws {@link VeilsumError} INTERNAL when they were not installed */
export async function listTemplates(): Promise<StandardTemplate[]> {
  const root = await templateRoot();
  const roles = await foldersIn(root);
  const names = await Promise.all(
    roles.map(async (role) => (await foldersIn(join(root, role))).map((name) => `${role}/${name}`)),
  );
  return Promise.all(names.flat().map((name) => readTemplate(root, name)));
}

/** @throws {@link VeilsumError} NOT_FOUND naming the templates that there are */
export async function requireTemplate(name: string): Promise<StandardTemplate> {
  const templates = await listTemplates();
  const found = templates.find((template) => template.name === name);
  if (found !== undefined) return found;
  const known = templates.map((template) => template.name).join(', ');
  throw new VeilsumError('NOT_FOUND', `There is no template ${name}; there are ${known}.`);
}

/**
 * Copies a template to edit it.
 * @param folder - is made where it does not exist
 * @returns the paths of the copies
 * @throws {@link VeilsumError} INVALID_ARGUMENT when a file is there already; then nothing is written
 */
export async function copyTemplate(template: StandardTemplate, folder: string): Promise<string[]> {
  const copies = template.files.map((file) => join(folder, file));
  for (const path of copies) {
    if (await exists(path)) {
      throw new VeilsumError(
        'INVALID_ARGUMENT',
        `${path} exists and is not overwritten; choose another folder with --out.`,
      );
    }
  }
  await mkdir(folder, { recursive: true }).catch((error: unknown) => {
    throw new VeilsumError(
      'INVALID_ARGUMENT',
      `${folder} cannot be made (${fileErrorCode(error)}).`,
    );
  });
  for (const [index, path] of copies.entries()) {
    await copyFile(join(template.folder, template.files[index] ?? ''), path);
  }
  return copies;
}

async function readTemplate(root: string, name: string): Promise<StandardTemplate> {
  const folder = join(root, name);
  const [files, product] = await Promise.all([
    readdir(folder),
    readDocument(join(folder, 'product.json'), productDefinitionSchema),
  ]);
  return { name, folder, product, files: files.sort() };
}

async function templateRoot(): Promise<string> {
  for (const place of PLACES) {
    const folder = fileURLToPath(new URL(place, import.meta.url));
    if (await exists(folder)) return folder;
  }
  throw new VeilsumError('INTERNAL', 'The templates are missing from this installation.');
}

async function foldersIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
}

const exists = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  );
