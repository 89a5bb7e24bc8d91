import { askLedger } from '@veilsum/ledger';
import {
  productDefinitionSchema,
  productSchema,
  VeilsumError,
  type Product,
} from '@veilsum/protocol';
import { checkProduct, describeAudience } from '@veilsum/rules';
import { join } from 'node:path';
import type { Command } from 'commander';
import { z } from 'zod';
import { addCommand } from './command.js';
import { readDocument } from '../document/document-file.js';
import {
  copyTemplate,
  listTemplates,
  requireTemplate,
  type StandardTemplate,
} from '../standards/standard-template.js';
import type { Output } from './output.js';
import { parseProductReference } from './product-reference.js';
import { showOutcome } from './proposal-outcome.js';
import { proposeChange } from '../proposal/proposed-change.js';
import { showEpsilon, showMoney } from './wording.js';

/** Adds `veilsum product …`. */
export function addProductCommands(program: Command): void {
  const product = program
    .command('product')
    .description('data standards that contributors and analysts share');
  addCommand(product, {
    usage: 'validate <file>',
    summary: 'check a product file without publishing it',
    example: 'product validate examples/retail/products/weekly-sales.yaml',
    run: async ({ output }, _options, [file = '']) => {
      const definition = await readDocument(file, productDefinitionSchema);
      const verdict = checkProduct(definition);
      output.result(verdict);
      for (const outcome of verdict.trace) {
        output.line(`${outcome.passed ? 'ok  ' : 'FAIL'} ${outcome.rule}: ${outcome.sentence}`);
      }
      if (!verdict.allowed) process.exitCode = 1;
    },
  });
  addInit(product);
  addCommand(product, {
    usage: 'publish <file>',
    summary: 'propose a product version; approved by others it is published, and never changes',
    example: 'product publish examples/retail/products/weekly-sales.yaml --as operator',
    run: async (context, _options, [file = '']) => {
      const definition = await readDocument(file, productDefinitionSchema);
      const { productId, version, title } = definition;
      const proposal = await proposeChange(await context.session(), {
        kind: 'standard',
        content: definition,
        reason: `To publish ${productId}@${version}: ${title}.`,
      });
      await showOutcome(context, proposal, {
        sentence: `${productId}@${version} is published`,
        read: ['product:read', { productId, version }],
      });
    },
  });
  addList(product);
  addShow(product);
}

function addInit(product: Command): void {
  addCommand<{ template?: string; out?: string; list?: true }>(product, {
    usage: 'init',
    summary: 'write a product, a mapping and data to try it with, to edit; needs no network',
    example: 'product init --template merchant/sales --out my-sales',
    options: [
      { flags: '--template <name>', meaning: 'role/name; --list shows all' },
      { flags: '--out <folder>', meaning: "where to write (default: the product's id)" },
      { flags: '--list', meaning: 'show the templates and write nothing' },
    ],
    run: async ({ output }, { template: name, out, list }) => {
      if (list === true) {
        showTemplates(output, await listTemplates());
        return;
      }
      if (name === undefined) throw missingTemplate();
      const template = await requireTemplate(name);
      const folder = out ?? template.product.productId;
      const files = await copyTemplate(template, folder);
      output.result({ template: name, folder, files });
      for (const file of files) output.line(file);
      output.line(
        `Edit them, then: veilsum product validate ${join(folder, 'product.json')}. README.md says what to change first.`,
      );
    },
  });
}

function showTemplates(output: Output, templates: readonly StandardTemplate[]): void {
  output.result(templates.map(({ name, product: { title } }) => ({ name, title })));
  output.table(
    ['template', 'what it shares', 'level', 'with'],
    templates.map(({ name, product }) => [
      name,
      product.title,
      product.classification,
      describeAudience(product),
    ]),
  );
}

const missingTemplate = () =>
  new VeilsumError('INVALID_ARGUMENT', '--template NAME is missing; --list shows what there is.');

function addList(product: Command): void {
  addCommand(product, {
    usage: 'list',
    summary: 'all published products',
    example: 'product list --as analyst',
    run: async (context) => {
      const { ledger } = await context.session();
      const products = await askLedger(ledger, 'product:list', {}, z.array(productSchema));
      context.output.result(products);
      context.output.table(
        ['product', 'title', 'level', 'with', 'functions', 'group of at least', 'ε per epoch'],
        products.map((p) => [
          `${p.productId}@${p.version}`,
          p.title,
          p.classification,
          describeAudience(p),
          p.functions.join(', '),
          p.minCohort,
          showEpsilon(p.epsilonPerEpochMicro),
        ]),
      );
    },
  });
}

function addShow(product: Command): void {
  addCommand(product, {
    usage: 'show <product>',
    summary: 'one product: what it holds and what may be asked of it',
    example: 'product show weekly-sales@1 --as analyst',
    run: async (context, _options, [reference = '']) => {
      const { ledger } = await context.session();
      const found = await askLedger(
        ledger,
        'product:read',
        { ...parseProductReference(reference) },
        productSchema,
      );
      context.output.result(found);
      context.output.line(`${found.title}\n${found.description}`);
      context.output.table(['', ''], describeProduct(found));
    },
  });
}

function describeProduct(product: Product): [string, string][] {
  const { privacyUnit } = product;
  return [
    ['dimensions', product.dimensions.map((d) => `${d.name}: ${d.values.join(', ')}`).join('\n')],
    ['lanes', `${product.lanes.count} × ${product.lanes.unit}, from ${product.lanes.first}`],
    [
      'measures',
      product.measures
        .map(
          (m) =>
            `${m.name} (${m.unit}${m.lower === undefined ? ', no bounds' : `, ${m.lower} to ${m.upper ?? ''}`})`,
        )
        .join('\n'),
    ],
    ['planes', product.planes.map((p) => `${p.name} per ${p.span}`).join('\n')],
    ['privacy unit', `${privacyUnit.name}, at most ${privacyUnit.maxCellsPerUnit} cells`],
    [
      'for mappings',
      Object.entries(product.mappingHints)
        .map(([name, hint]) => `${name}: ${hint}`)
        .join('\n'),
    ],
    ['epochs', `each a ${product.epochs.calendar}`],
    ['functions', product.functions.join(', ')],
    ['purposes', product.purposes.join(', ')],
    ['level', product.classification],
    ['shared with', describeAudience(product)],
    ['group of at least', `${product.minCohort} legal entities`],
    [
      'differencing',
      product.differencing === 'unit'
        ? "unit: noise hides privacy units; two releases may show one contributor's own noisy total"
        : 'cohort: releases whose cohorts differ by a few contributors are refused',
    ],
    ['price', showMoney(product.price, '')],
    [
      'ε per epoch',
      `${showEpsilon(product.epsilonPerEpochMicro)} in budget group ${product.budgetGroup}`,
    ],
  ];
}
