import { cpus } from 'node:os';

import {
  aggregationFigures,
  encryptionFigures,
  packingFigures,
  plaintextProofFigures,
} from './contribution-figures.js';
import { ledgerFigures } from './ledger-figures.js';
import { type Figure, plainFigure } from './measurement.js';
import { openingFigures } from './opening-figures.js';
import { createWorkload, type Workload } from './workload.js';

const groups: Readonly<Record<string, (workload: Workload) => Figure[] | Promise<Figure[]>>> = {
  encryption: encryptionFigures,
  packing: packingFigures,
  aggregation: aggregationFigures,
  'plaintext-proof': plaintextProofFigures,
  opening: openingFigures,
  ledger: ledgerFigures,
};

function formatNumber(value: number | null): string {
  if (value === null) return '';
  return value >= 1000 ? value.toFixed(0) : value.toPrecision(3);
}

function tableRow(figure: Figure): string[] {
  return [
    figure.figure,
    `${formatNumber(figure.value)} ${figure.unit}`,
    figure.reference,
    figure.referenceValue === null ? '' : `${formatNumber(figure.referenceValue)} ${figure.unit}`,
    formatNumber(figure.compared),
    figure.reach,
    figure.reached ? 'yes' : 'NO',
  ];
}

function table(figures: readonly Figure[]): string {
  const head = ['figure', 'value', 'reference', 'takes', 'compared', 'reach', 'reached'];
  const rows = [head, ...figures.map(tableRow)];
  const widths = head.map((_title, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/**
 * `npm run bench [-- GROUP…] [--json]`: progress to standard error; JSON and then a table, or with
 * `--json` the JSON alone, to standard output.
 */
async function main(options: readonly string[]): Promise<void> {
  const names = options.filter((option) => option !== '--json');
  const unknown = names.filter((name) => groups[name] === undefined);
  if (unknown.length > 0) {
    throw new Error(
      `There is no group ${unknown.join(', ')}; there are ${Object.keys(groups).join(', ')}.`,
    );
  }
  process.stderr.write('making a key of 3072 bits\n');
  const workload = await createWorkload();
  const ceremony = { figure: 'ceremony at 3072 bits', unit: 's' };
  const figures = [plainFigure(ceremony, workload.ceremonyMs / 1000, { atMost: 30 })];
  for (const [name, measure] of Object.entries(groups)) {
    if (names.length > 0 && !names.includes(name)) continue;
    process.stderr.write(`measuring ${name}\n`);
    figures.push(...(await measure(workload)));
  }
  const machine = { node: process.version, processor: cpus()[0]?.model, cores: cpus().length };
  process.stdout.write(`${JSON.stringify({ machine, figures }, undefined, 2)}\n`);
  if (!options.includes('--json')) process.stdout.write(`\n${table(figures)}\n`);
}

await main(process.argv.slice(2));
