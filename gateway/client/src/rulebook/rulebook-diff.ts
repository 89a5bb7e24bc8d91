import { isDeepStrictEqual } from 'node:util';
import type { Rulebook } from '@veilsum/protocol';

/** What another version of a rulebook has, lacks or has otherwise. */
export interface RulebookDifference {
  /** Field, and the name of the entry where the field is a list of them. */
  readonly place: string;
  readonly change: 'added' | 'removed' | 'changed';
  readonly before: unknown;
  readonly after: unknown;
}

/** By which name the entries of a list are the same entry. */
const names: { readonly [Field in keyof Rulebook]?: (entry: never) => string } = {
  negativeList: ({ entryId }: Rulebook['negativeList'][number]) => entryId,
  guide: ({ entryId }: Rulebook['guide'][number]) => entryId,
  guideConsents: (entry: Rulebook['guideConsents'][number]) => entry.consentTemplateId,
  guideWords: ({ kind, term }: Rulebook['guideWords'][number]) => `${kind} ${term}`,
  reviewPoints: ({ reviewPointId }: Rulebook['reviewPoints'][number]) => reviewPointId,
  escalation: ({ kind }: Rulebook['escalation'][number]) => kind,
};

/** Every difference, entry by entry, in the order of the fields. */
export function rulebookDiff(before: Rulebook, after: Rulebook): RulebookDifference[] {
  const left = partsOf(before);
  const right = partsOf(after);
  return [...new Set([...left.keys(), ...right.keys()])]
    .filter((place) => !isDeepStrictEqual(left.get(place), right.get(place)))
    .map((place) => ({
      place,
      change: changeOf(left.has(place), right.has(place)),
      before: left.get(place),
      after: right.get(place),
    }));
}

function changeOf(wasThere: boolean, isThere: boolean): RulebookDifference['change'] {
  if (!wasThere) return 'added';
  return isThere ? 'changed' : 'removed';
}

function partsOf(rulebook: Rulebook): Map<string, unknown> {
  const parts = new Map<string, unknown>();
  for (const [field, value] of Object.entries(rulebook) as [keyof Rulebook, unknown][]) {
    const nameOf = names[field] as ((entry: unknown) => string) | undefined;
    if (nameOf === undefined || !Array.isArray(value)) parts.set(field, value);
    else for (const entry of value) parts.set(`${field} ${nameOf(entry)}`, entry);
  }
  return parts;
}
