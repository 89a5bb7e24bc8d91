import { writeFile } from 'node:fs/promises';
import { VeilsumError } from '@veilsum/protocol';
import type { Command } from 'commander';
import { stringify } from 'yaml';
import { blanksOf, consentDocumentSchema } from '../consent/consent-document.js';
import { fillIn, listTemplates, readTemplate } from '../consent/consent-template.js';
import { parseAs } from '../document/document-file.js';
import { addCommand } from './command.js';
import { fieldsOf, termOptions, type TermOptions } from './consent-options.js';

/** Adds what the `consent` command has for templates. */
export function addTemplateCommands(consent: Command): void {
  addTemplates(consent);
  addInit(consent);
}

function addTemplates(consent: Command): void {
  addCommand(consent, {
    usage: 'templates',
    summary: 'consents to start from, and what each leaves open',
    example: 'consent templates',
    run: async ({ output }) => {
      const templates = await listTemplates();
      output.result(templates);
      output.table(
        ['template', 'title', 'to fill in'],
        templates.map((template) => [
          template.templateId,
          template.title,
          blanksOf(template).join(', '),
        ]),
      );
    },
  });
}

function addInit(consent: Command): void {
  addCommand<TermOptions & { template: string; out?: string }>(consent, {
    usage: 'init',
    summary: 'write a consent document from a template, to edit and give',
    example:
      'consent init --template noisy-trade-figures --product weekly-sales@1 --out consent.yaml',
    options: [
      { flags: '--template <id>', meaning: 'see: consent templates', required: true },
      { flags: '--out <file>', meaning: 'file to write (default: print it)' },
      ...termOptions.filter(({ flags }) => !flags.startsWith('--file')),
    ],
    run: async ({ output }, options) => {
      const filled = fillIn(await readTemplate(options.template), fieldsOf(options));
      const document = parseAs(consentDocumentSchema, filled, 'The consent');
      output.result(document);
      const text = stringify(document);
      if (options.out === undefined) output.line(text);
      else await writeNew(options.out, text);
      const blanks = blanksOf(document);
      output.line(
        blanks.length === 0 ? 'Nothing is left blank.' : `Still blank: ${blanks.join(', ')}.`,
      );
    },
  });
}

async function writeNew(file: string, text: string): Promise<void> {
  await writeFile(file, text, { flag: 'wx' }).catch((cause: unknown) => {
    throw new VeilsumError('INVALID_ARGUMENT', `${file} cannot be written, or is there already.`, {
      cause,
    });
  });
}
