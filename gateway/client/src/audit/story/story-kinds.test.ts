import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { storyKinds } from './story-kinds.js';

const contracts = fileURLToPath(
  new URL('../../../../../chaincode/contracts/src/', import.meta.url),
);

/** Kinds that the contracts declare: by `kind('…', …)` or as a StateKind with a type of its own. */
function declaredKinds(): string[] {
  const sources = readdirSync(contracts).filter((name) => /^(?!.*\.test\.ts$).*\.ts$/.test(name));
  const texts = sources.map((name) => readFileSync(`${contracts}${name}`, 'utf8'));
  const found = texts.flatMap((text) =>
    [/\bkind(?:<[^(]*>)?\(\s*'(\w+)'/g, /\btype: '(\w+)'/g].flatMap((pattern) =>
      [...text.matchAll(pattern)].map((match) => match[1] ?? ''),
    ),
  );
  return [...new Set(found)].sort();
}

describe('the kinds of stories', () => {
  it('are found in the contracts', () => {
    expect(declaredKinds()).toEqual(
      expect.arrayContaining(['member', 'query', 'escrow', 'journal']),
    );
  });

  it.each(declaredKinds())('tell of %s, or say why they leave it out', (kind) => {
    expect(Object.keys(storyKinds)).toContain(kind);
  });

  it('describe only kinds that there are', () => {
    expect(Object.keys(storyKinds).filter((kind) => !declaredKinds().includes(kind))).toEqual([]);
  });

  it.each(Object.entries(storyKinds))('have words for %s', (_kind, told) => {
    expect('leftOut' in told ? told.leftOut : told.noun).toMatch(/^[a-zε].{2,}$/);
  });
});
