import type { Rulebook } from '@veilsum/protocol';
import { readWords, type ReadWords, type WordKind } from './guide-words.js';

/** "How may I share X with Y for Z?", as its parts; a part that is not there leaves everything open. */
export interface GuideQuestion {
  readonly share?: string | undefined;
  readonly with?: string | undefined;
  readonly for?: string | undefined;
}

/** A question in the terms of a rulebook. An empty list leaves everything open. */
export interface ReadQuestion {
  readonly tags: readonly string[];
  readonly roles: readonly string[];
  readonly purposes: readonly string[];
  /** Words that the rulebook does not know, so they were not taken into account. */
  readonly unknown: readonly string[];
  /** Parts that were asked for in unknown words only; nothing can be answered about them. */
  readonly unread: readonly (keyof GuideQuestion)[];
}

const kinds: Readonly<Record<keyof GuideQuestion, WordKind>> = {
  share: 'tag',
  with: 'role',
  for: 'purpose',
};
const parts = Object.keys(kinds) as (keyof GuideQuestion)[];

/** Takes a sentence apart at the words share, with and for; what comes before them is what is shared. */
export function splitQuestion(sentence: string): GuideQuestion {
  const question: Partial<Record<keyof GuideQuestion, string>> = {};
  let part: keyof GuideQuestion = 'share';
  for (const word of sentence.split(/\s+/)) {
    const keyword = parts.find((name) => name === word.toLowerCase());
    if (keyword === undefined) question[part] = `${question[part] ?? ''} ${word}`.trim();
    else part = keyword;
  }
  return question;
}

/** Reads each part by the words that the rulebook knows for it. */
export function readQuestion(rulebook: Rulebook, question: GuideQuestion): ReadQuestion {
  const read = (part: keyof GuideQuestion): ReadWords =>
    readWords(rulebook, kinds[part], question[part] ?? '');
  const found = { share: read('share'), with: read('with'), for: read('for') };
  return {
    tags: found.share.terms,
    roles: found.with.terms,
    purposes: found.for.terms,
    unknown: parts.flatMap((part) => found[part].unknown),
    unread: parts.filter(
      (part) => found[part].terms.length === 0 && found[part].unknown.length > 0,
    ),
  };
}
