import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { entryIdSchema, VeilsumError } from '@veilsum/protocol';
import { z } from 'zod';
import { readDocument } from '../document/document-file.js';
import { consentDocumentSchema, type ConsentDocument } from './consent-document.js';

/** The templates that ship, beside the other examples. */
const TEMPLATE_FOLDER = fileURLToPath(new URL('../../../../examples/consents', import.meta.url));

/** A consent document that is there to be filled in; a rulebook's guide names it by its id. */
const consentTemplateSchema = consentDocumentSchema.extend({
  templateId: entryIdSchema,
  title: z.string().min(1).max(120),
  text: z.string().min(1).max(1000),
});
export type ConsentTemplate = z.infer<typeof consentTemplateSchema>;

/** @returns every template of a folder, by its id */
export async function listTemplates(folder: string = TEMPLATE_FOLDER): Promise<ConsentTemplate[]> {
  const files = (await readdir(folder)).filter((file) => file.endsWith('.yaml')).sort();
  return Promise.all(files.map((file) => readDocument(join(folder, file), consentTemplateSchema)));
}

/** @throws {@link VeilsumError} INVALID_ARGUMENT when there is none of that id */
export async function readTemplate(
  templateId: string,
  folder: string = TEMPLATE_FOLDER,
): Promise<ConsentTemplate> {
  const templates = await listTemplates(folder);
  const found = templates.find((template) => template.templateId === templateId);
  if (found !== undefined) return found;
  const known = templates.map((template) => template.templateId).join(', ');
  throw new VeilsumError(
    'INVALID_ARGUMENT',
    `There is no consent template ${templateId}; these ship: ${known}.`,
  );
}

/** A document with some of its fields set; those that are undefined stay as they are. */
export function fillIn(
  document: ConsentDocument,
  fields: Readonly<Partial<Record<keyof ConsentDocument, unknown>>>,
): Record<string, unknown> {
  const given = Object.entries(fields).filter(([, value]) => value !== undefined);
  return { ...document, ...Object.fromEntries(given) };
}
