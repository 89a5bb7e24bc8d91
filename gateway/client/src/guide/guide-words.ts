import { purposeSchema, roleSchema, type GuideWords, type Rulebook } from '@veilsum/protocol';

/** What a word of a question can stand for. */
export type WordKind = GuideWords['kind'];

/** Words of a question by what they stand for; `unknown` are those that the rulebook knows nothing of. */
export interface ReadWords {
  readonly terms: readonly string[];
  readonly unknown: readonly string[];
}

/** Words that ask and join, and say nothing about what, whom or what for. */
const FILLERS = new Set(
  'a an and as at by can could data do does for how i in is it may me members my of on or our share some the their this to use us we what which with would'.split(
    ' ',
  ),
);

/**
 * Reads the words that stand for tags, roles or purposes: the terms themselves, those that the rulebook's
 * guide and negative list use, and the synonyms that it lists. Nothing else is understood.
 */
export function readWords(rulebook: Rulebook, kind: WordKind, text: string): ReadWords {
  const phrases = phrasesOf(rulebook, kind);
  const longest = Math.max(1, ...[...phrases.keys()].map((phrase) => phrase.split(' ').length));
  const words = wordsOf(text);
  const terms: string[] = [];
  const unknown: string[] = [];
  for (let at = 0; at < words.length;) {
    const length = lengthOfPhrase(words.slice(at, at + longest), phrases);
    const term = phrases.get(words.slice(at, at + length).join(' '));
    const [word = ''] = words.slice(at);
    if (term !== undefined) terms.push(term);
    else if (!FILLERS.has(word)) unknown.push(word);
    at += Math.max(1, length);
  }
  return { terms: [...new Set(terms)], unknown: [...new Set(unknown)] };
}

/** @returns how many of the words make the longest phrase that is known, 0 for none */
function lengthOfPhrase(words: readonly string[], phrases: ReadonlyMap<string, string>): number {
  for (let length = words.length; length > 0; length -= 1) {
    if (phrases.has(words.slice(0, length).join(' '))) return length;
  }
  return 0;
}

/** Every phrase of a kind, in lower case, with the term that it means. */
function phrasesOf(rulebook: Rulebook, kind: WordKind): Map<string, string> {
  const phrases = new Map<string, string>();
  for (const term of termsOf(rulebook, kind)) phrases.set(wordsOf(term).join(' '), term);
  for (const entry of rulebook.guideWords.filter((words) => words.kind === kind)) {
    for (const word of [entry.term, ...entry.synonyms]) {
      phrases.set(wordsOf(word).join(' '), entry.term);
    }
  }
  return phrases;
}

function termsOf({ guide, negativeList, levels }: Rulebook, kind: WordKind): readonly string[] {
  if (kind === 'role') return roleSchema.options;
  if (kind === 'purpose') return purposeSchema.options;
  return [
    ...guide.flatMap(({ tags }) => tags),
    ...negativeList.flatMap(({ match }) => [...(match.tags ?? []), ...(match.withoutTags ?? [])]),
    ...levels.byTag.map(({ tag }) => tag),
  ];
}

/** Lower-case words; a hyphen joins, everything else that is no letter or digit parts. */
function wordsOf(text: string): string[] {
  return text
    .toLowerCase()
    .split(/[^\p{L}\p{N}-]+/u)
    .filter((word) => word !== '');
}
