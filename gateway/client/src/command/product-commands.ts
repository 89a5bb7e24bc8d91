import { askLedger, tellLedger } from '@veilsum/ledger';
import { productDefinitionSchema, productSchema, type Product } from '@veilsum/protocol';
import { checkProduct } from '@veilsum/rules';
import type { Command } from 'commander';
import { z } from 'zod';
import { addCommand } from './command.js';
import { readDocument } from '../document/document-file.js';
import { parseProductReference } from './product-reference.js';
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
  addCommand(product, {
    usage: 'publish <file>',
    summary: 'publish a product version; it never changes afterwards (run by the operator)',
    example: 'product publish examples/retail/products/weekly-sales.yaml --as operator',
    run: async (context, _options, [file = '']) => {
      const definition = await readDocument(file, productDefinitionSchema);
      const { ledger } = await context.session();
      const commit = await tellLedger(ledger, 'product:publish', definition);
      context.output.result(commit.result);
      context.output.line(
        `${definition.productId}@${definition.version} is published in block ${commit.blockNumber}.`,
      );
    },
  });
  addList(product);
  addShow(product);
}

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
        ['product', 'title', 'level', 'functions', 'group of at least', 'ε per epoch'],
        products.map((p) => [
          `${p.productId}@${p.version}`,
          p.title,
          p.classification,
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
