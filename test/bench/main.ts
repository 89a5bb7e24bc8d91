import {
  aggregationFigures,
  encryptionFigures,
  packingFigures,
  plaintextProofFigures,
} from './contribution-figures.js';
import { reportText } from './figure-table.js';
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
  process.stdout.write(reportText(figures, options.includes('--json')));
}

await main(process.argv.slice(2));
