import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { errorCodes, type ErrorCodeEntry } from './index.js';

const root = fileURLToPath(new URL('../../../../', import.meta.url));
const rooms = ['chaincode', 'gateway', 'network', 'crypto'];
const OWN_FOLDER = 'error-codes';

/** A text in the sources: what is fixed of it, and a pattern that takes anything in its holes. */
interface SourceText {
  readonly fixedLength: number;
  readonly pattern: RegExp;
}

/** Sources that are shipped: no tests, no sample objects for tests, not the table of codes itself. */
function sourceFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      const skipped = ['node_modules', 'dist', 'testing', OWN_FOLDER];
      return skipped.includes(entry.name) ? [] : sourceFiles(path);
    }
    return /\.tsx?$/.test(entry.name) && !/\.(test|d)\.tsx?$/.test(entry.name) ? [path] : [];
  });
}

const escapePattern = (text: string) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');

function textOf(parts: readonly string[]): SourceText {
  return {
    fixedLength: parts.join('').length,
    pattern: new RegExp(parts.map(escapePattern).join('.+?'), 'su'),
  };
}

/** Every string and template of a file. */
function textsOf(path: string): { codes: string[]; texts: SourceText[] } {
  const codes: string[] = [];
  const texts: SourceText[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) {
      if (/^[A-Z]+(_[A-Z]+)*$/.test(node.text)) codes.push(node.text);
      texts.push(textOf([node.text]));
    } else if (ts.isTemplateExpression(node)) {
      texts.push(
        textOf([node.head.text, ...node.templateSpans.map(({ literal }) => literal.text)]),
      );
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest, true));
  return { codes, texts };
}

/** Length of the longest part of a sentence that some text of the sources can say. */
function longestSaid(sentence: string, texts: readonly SourceText[]): number {
  return Math.max(0, ...texts.map(({ pattern }) => pattern.exec(sentence)?.[0].length ?? 0));
}

describe('the sources', () => {
  const files = rooms.flatMap((room) => sourceFiles(join(root, room)));
  const read = files.map(textsOf);
  const used = new Set(read.flatMap(({ codes }) => codes));
  const texts = read.flatMap((file) => file.texts).filter(({ fixedLength }) => fixedLength >= 12);
  const entries: [string, ErrorCodeEntry][] = Object.entries(errorCodes);

  it('are found', () => {
    expect(files.length).toBeGreaterThan(400);
    expect(texts.length).toBeGreaterThan(1000);
  });

  it.each(entries)('use %s', (code) => {
    expect(used).toContain(code);
  });

  it.each(entries)('can say the example of %s', (_code, { example }) => {
    expect(longestSaid(example, texts)).toBeGreaterThanOrEqual(example.length / 2);
  });
});
