import { cpus } from 'node:os';

import type { Figure } from './measurement.js';

/** What a benchmark prints: JSON with the machine and all figures, and a table unless JSON alone is wanted. */
export function reportText(figures: readonly Figure[], jsonAlone: boolean): string {
  const machine = { node: process.version, processor: cpus()[0]?.model, cores: cpus().length };
  const json = `${JSON.stringify({ machine, figures }, undefined, 2)}\n`;
  return jsonAlone ? json : `${json}\n${table(figures)}\n`;
}

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
