import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { alertKindSchema, incidentKindSchema } from '@veilsum/protocol';
import { alertKinds } from './alert-kinds.js';
import { incidentCoverage } from './incident-coverage.js';

const page = fileURLToPath(new URL('../../../../docs/alerts.md', import.meta.url));
/** What stands between these lines is made here; the rest of the page is written by hand. */
const section = (name: string) => ({ begin: `<!-- ${name} -->`, end: `<!-- end of ${name} -->` });

function kindsTable(): string {
  const rows = Object.entries(alertKinds).map(([kind, entry]) => {
    const own = entry.mendedByWatcher ?? entry.startedByWatcher ?? '';
    return `| \`${kind}\` | ${entry.severity} | ${entry.meaning} | ${entry.threshold} | ${entry.mendingStep} | ${own} |`;
  });
  return [
    '| kind | severity | meaning | raised | what to do | what the watcher does by itself |',
    '|---|---|---|---|---|---|',
    ...rows,
  ].join('\n');
}

function incidentsTable(): string {
  const rows = Object.entries(incidentCoverage).map(
    ([kind, { alert, how }]) =>
      `| \`${kind}\` | ${alert === undefined ? '' : `\`${alert}\``} | ${how} |`,
  );
  return ['| incident | alert before it | how it becomes known |', '|---|---|---|', ...rows].join(
    '\n',
  );
}

/** The page with its tables made anew. */
function renewed(text: string): string {
  let result = text;
  for (const [name, table] of [
    ['kinds', kindsTable()],
    ['incidents', incidentsTable()],
  ] as const) {
    const { begin, end } = section(name);
    const from = result.indexOf(begin);
    const to = result.indexOf(end);
    if (from < 0 || to < from) throw new Error(`docs/alerts.md has no section ${name}.`);
    result = `${result.slice(0, from + begin.length)}\n\n${table}\n\n${result.slice(to)}`;
  }
  return result;
}

describe('the page about alerts', () => {
  it('lists every kind as the code has it', async () => {
    const text = await readFile(page, 'utf8');
    if (process.env['UPDATE_DOCS'] === '1') await writeFile(page, renewed(text));
    expect(await readFile(page, 'utf8')).toBe(renewed(text));
  });

  it.each(Object.entries(alertKinds))('has whole sentences for %s', (_kind, entry) => {
    for (const sentence of [entry.meaning, entry.mendingStep])
      expect(sentence).toMatch(/^[A-Z].*\.$/);
    expect(entry.threshold).toMatch(/^[a-z`].*[^.]$/);
  });

  it('leaves out no kind of alert and no kind of incident', () => {
    expect(Object.keys(alertKinds).sort()).toEqual([...alertKindSchema.options].sort());
    expect(Object.keys(incidentCoverage).sort()).toEqual([...incidentKindSchema.options].sort());
  });
});
