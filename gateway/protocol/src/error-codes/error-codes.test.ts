import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { errorCodes, type ErrorCodeEntry } from './index.js';

const page = fileURLToPath(new URL('../../../../docs/error-codes.md', import.meta.url));
const entries: [string, ErrorCodeEntry][] = Object.entries(errorCodes);

const INTRODUCTION = `# Error codes

Every refusal and failure has one of these codes. It is the same in the command line, the gateway's problem documents (\`code\`) and the ledger's errors (\`CODE: sentence\`). *Again* says whether the same call can succeed later without a change. A code never changes its meaning.

This page is generated from \`gateway/protocol/src/error-codes/\`; its test renews it with \`UPDATE_DOCS=1\`.`;

/** The page as docs/error-codes.md has it. */
function renderPage(): string {
  const rows = entries.map(
    ([code, { httpStatus, transient, title, wayOut, example }]) =>
      `| \`${code}\` | ${httpStatus} | ${transient ? 'yes' : 'no'} | ${cell(title)} | ${cell(wayOut)} | ${cell(example)} |`,
  );
  return [
    INTRODUCTION,
    '',
    '| code | HTTP | again | meaning | way out | example |',
    '|---|---|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}

const cell = (text: string) => text.replaceAll('|', '\\|');

describe('the error codes', () => {
  it.each(entries)('%s has a status of failure and two whole sentences', (code, entry) => {
    expect(code).toMatch(/^[A-Z]+(_[A-Z]+)*$/);
    expect(entry.httpStatus).toBeGreaterThanOrEqual(400);
    expect(entry.httpStatus).toBeLessThan(600);
    for (const sentence of [entry.title, entry.wayOut]) expect(sentence).toMatch(/^[A-Z`].+\.$/);
  });

  it.each(entries)('%s has an example in the style of the house', (_code, { example }) => {
    // It may begin with a file, a query or a number; it ends as a sentence, and neither begs nor shouts.
    expect(example).toMatch(/^[A-Za-z0-9].+[.)]$/);
    expect(example).not.toMatch(/!| {2}|\bplease\b|\binvalid\b|\berror\b|\boops\b|\byou must\b/i);
    expect(example.length).toBeGreaterThan(15);
  });

  it('are what docs/error-codes.md lists', async () => {
    if (process.env['UPDATE_DOCS'] === '1') await writeFile(page, renderPage());
    expect(await readFile(page, 'utf8')).toBe(renderPage());
  });
});
