import type { Product } from '@veilsum/protocol';
import type { MeasureBounding } from '../bounding/bounded-totals.js';
import type { Reading } from '../bounding/read-contribution.js';
import type { ContributionPreview } from '../contribution/contribution-preview.js';
import type { Output } from './output.js';
import { showNumber } from './wording.js';

/** Shows what was read, rejected and bounded. */
export function showReading(output: Output, { report }: Reading): void {
  const { file, rowsRead, rowsFiltered, rowsRejected, rowsUsed, rejections, bounding } = report;
  output.line(
    `${file}: ${showNumber(rowsRead)} rows read, ${showNumber(rowsFiltered)} filtered out, ${showNumber(rowsRejected)} rejected, ${showNumber(rowsUsed)} used.`,
  );
  for (const { field, reason, count, rows } of rejections) {
    output.line(
      `  ${count} × ${field}: ${reason} (rows ${rows.join(', ')}${count > rows.length ? ' …' : ''})`,
    );
  }
  output.line(
    `${showNumber(bounding.units)} privacy units; ${keptShare(BigInt(bounding.keptPairs), BigInt(bounding.pairs))} of their cells kept.`,
  );
  for (const measure of bounding.measures) output.line(`  ${measureWords(measure)}`);
}

const measureWords = ({ measure, keptTotal, unboundedTotal }: MeasureBounding) =>
  `${measure}: bounding kept ${keptShare(keptTotal, unboundedTotal)} of the total`;

/** @returns a percentage with two decimals, rounded down */
function keptShare(kept: bigint, total: bigint): string {
  if (total === 0n) return '100 %';
  const bps = Number((kept * 10_000n) / total);
  return `${(bps / 100).toFixed(2)} %`;
}

/** Shows what would leave the machine: ciphertexts, no values. */
export function showPreview(output: Output, product: Product, preview: ContributionPreview): void {
  output.line('What would leave this machine:');
  output.line(
    `  ${preview.rows} ciphertexts (${preview.cells} cells × ${preview.blocksPerStrip} blocks), about ${showNumber(Math.ceil(preview.ciphertextBytes / 1024))} KiB, zeros included so that absence shows nothing`,
  );
  output.line(
    `  declared coverage, public: ${preview.coverage.length === 0 ? 'none' : `cells ${preview.coverage.join(', ')} of ${product.productId}`}`,
  );
  output.line(`  first ciphertext: ${preview.firstCiphertext.slice(0, 64)}…`);
  output.line('Nothing was sent.');
}
