import { Metrics } from '@veilsum/server';
import { z } from 'zod';
import { fabricMetrics } from './fabric-metrics.js';
import type { Finding } from './finding.js';
import type { Manifest } from './manifest-files.js';

/** Of Prometheus itself, and of every Go program of Fabric. */
const OF_ALL = ['up', 'process_resident_memory_bytes', 'process_open_fds', 'go_goroutines'];
const HISTOGRAM_SERIES = ['_bucket', '_sum', '_count'];

const dashboardSchema = z.looseObject({
  panels: z.array(
    z.looseObject({
      title: z.string(),
      targets: z.array(z.looseObject({ expr: z.string() })).default([]),
    }),
  ),
});
const rulesSchema = z.looseObject({
  groups: z.array(
    z.looseObject({
      rules: z.array(z.looseObject({ alert: z.string(), expr: z.string() })).min(1),
    }),
  ),
});

/** @returns the series that this release's gateway and Fabric's programs really have */
export function knownSeries(): ReadonlySet<string> {
  const names = new Set<string>([...OF_ALL, ...fabricMetrics.counter, ...fabricMetrics.gauge]);
  for (const name of fabricMetrics.histogram) addHistogram(names, name);
  for (const { name, type } of new Metrics().registry.getMetricsAsArray()) {
    names.add(name);
    if (String(type) === 'histogram') addHistogram(names, name);
  }
  return names;
}

function addHistogram(names: Set<string>, name: string): void {
  for (const series of HISTOGRAM_SERIES) names.add(`${name}${series}`);
}

/** @param text - a Grafana dashboard as JSON */
export function checkDashboard(file: string, text: string): Finding[] {
  const known = knownSeries();
  const { panels } = dashboardSchema.parse(JSON.parse(text));
  return panels.flatMap(({ title, targets }) =>
    targets.flatMap(({ expr }) => unknownSeries(expr, known, { file, of: `panel "${title}"` })),
  );
}

/** Alerts name real series too. */
export function checkAlerts(manifests: readonly Manifest[]): Finding[] {
  const known = knownSeries();
  return manifests.flatMap(({ file, content }) => {
    const parsed = rulesSchema.safeParse(content);
    if (!parsed.success) return [];
    const rules = parsed.data.groups.flatMap((group) => group.rules);
    return rules.flatMap(({ alert, expr }) =>
      unknownSeries(expr, known, { file, of: `alert ${alert}` }),
    );
  });
}

function unknownSeries(
  expr: string,
  known: ReadonlySet<string>,
  { file, of }: { readonly file: string; readonly of: string },
): Finding[] {
  return seriesOf(expr)
    .filter((name) => !known.has(name))
    .map((name) => ({ file, problem: `${of}: nothing has a metric ${name}.` }));
}

const LABEL_LISTS = /\b(by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)/g;
const WORDS = /\b(by|without|on|ignoring|group_left|group_right|and|or|unless|bool|offset)\b/g;

/** @returns the names of the series that a PromQL expression reads */
export function seriesOf(expr: string): string[] {
  const bare = expr
    .replaceAll(/"[^"]*"|'[^']*'/g, '')
    .replaceAll(/\{[^}]*\}/g, '')
    .replaceAll(/\[[^\]]*\]/g, '')
    .replaceAll(LABEL_LISTS, '')
    .replaceAll(WORDS, '');
  return [...bare.matchAll(/(?<![\w:])[A-Za-z_:][\w:]*(?!\s*\(|[\w:])/g)].map(([name]) => name);
}
