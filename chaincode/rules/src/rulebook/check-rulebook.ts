import {
  incidentKindSchema,
  purposeSchema,
  roleSchema,
  type NegativeEntry,
  type Rulebook,
  type Verdict,
} from '@veilsum/protocol';
import { PROPOSAL_LIFETIME_MAX_MS } from '../proposal/proposal-rules.js';
import { outcomeOf, verdictOf } from '../verdict.js';

/**
 * Whether a rulebook makes sense by itself: nothing is named twice or missing, no entry matches everything,
 * every kind of incident has its measures (docs/ledger.md, Rulebook).
 */
export function checkRulebook(rulebook: Rulebook): Verdict {
  const outcome = (rule: string, faults: readonly string[]) =>
    outcomeOf(
      rule,
      faults.length === 0 ? undefined : { code: 'RULEBOOK_INVALID', sentence: faults.join(' ') },
      { rulebook: rulebook.version },
    );
  return verdictOf([
    outcome('rulebook-names', repeatedNames(rulebook)),
    outcome('rulebook-negative-list', negativeListFaults(rulebook)),
    outcome('rulebook-reviews', reviewFaults(rulebook)),
    outcome('rulebook-guide', guideFaults(rulebook)),
    outcome('rulebook-escalation', escalationFaults(rulebook)),
  ]);
}

/** What a new rulebook is held against. */
export interface RulebookSurroundings {
  /** Versions that were adopted already. */
  readonly versions: readonly number[];
  /** When it is proposed, in milliseconds since 1970. */
  readonly now: number;
}

/**
 * Whether a rulebook may be proposed or adopted now: versions ascend, and its date is not so far back that
 * it cannot have come while approvals were awaited. It is never in force before its adoption.
 */
export function checkRulebookAmong(
  { version, effectiveFrom }: Pick<Rulebook, 'version' | 'effectiveFrom'>,
  { versions, now }: RulebookSurroundings,
): Verdict {
  const last = versions.reduce((highest, other) => Math.max(highest, other), 0);
  const fault = (sentence: string) => ({ code: 'RULEBOOK_INVALID', sentence }) as const;
  return verdictOf([
    outcomeOf(
      'rulebook-version',
      version > last ? undefined : fault(`The version must be above ${last}, the last one.`),
      { version, last },
    ),
    outcomeOf(
      'rulebook-effective',
      effectiveFrom >= now - PROPOSAL_LIFETIME_MAX_MS
        ? undefined
        : fault('The field effectiveFrom lies too far in the past; name a date to come.'),
      { effectiveFrom, now },
    ),
  ]);
}

function repeatedNames(rulebook: Rulebook): string[] {
  const lists: Record<string, readonly string[]> = {
    negativeList: rulebook.negativeList.map(({ entryId }) => entryId),
    guide: rulebook.guide.map(({ entryId }) => entryId),
    guideConsents: rulebook.guideConsents.map(({ consentTemplateId }) => consentTemplateId),
    guideWords: rulebook.guideWords.flatMap(({ kind, term, synonyms }) =>
      [term, ...synonyms].map((word) => `${kind} ${word.toLowerCase()}`),
    ),
    reviewPoints: rulebook.reviewPoints.map(({ reviewPointId }) => reviewPointId),
    escalation: rulebook.escalation.map(({ kind }) => kind),
    'levels.byTag': rulebook.levels.byTag.map(({ tag }) => tag),
    crossBorderMspIds: rulebook.crossBorderMspIds,
  };
  return Object.entries(lists).flatMap(([field, names]) => {
    const repeated = names.find((name, position) => names.indexOf(name) !== position);
    return repeated === undefined ? [] : [`The field ${field} has ${repeated} twice.`];
  });
}

function negativeListFaults({ negativeList, reviewPoints }: Rulebook): string[] {
  const points = new Set<string>(reviewPoints.map(({ reviewPointId }) => reviewPointId));
  return negativeList.flatMap((entry) => {
    const fault = entryFault(entry, points);
    return fault === undefined ? [] : [`The entry ${entry.entryId} ${fault}`];
  });
}

function entryFault(
  { match, effect, reviewPointId }: NegativeEntry,
  points: ReadonlySet<string>,
): string | undefined {
  if (Object.values(match).every((field) => field === undefined)) {
    return 'matches every use; say what it is about.';
  }
  if (effect === 'deny') {
    return reviewPointId === undefined ? undefined : 'denies, so it takes no review point.';
  }
  if (reviewPointId === undefined) return 'asks for a review and names no review point.';
  return points.has(reviewPointId) ? undefined : `names no review point: ${reviewPointId}.`;
}

function reviewFaults({ reviewPoints, importantReviewPointId }: Rulebook): string[] {
  const point = reviewPoints.find(({ reviewPointId }) => reviewPointId === importantReviewPointId);
  if (point === undefined) {
    return [`The review point of important data does not exist: ${importantReviewPointId}.`];
  }
  return point.role === 'regulator'
    ? []
    : [`Important data is reviewed by the role regulator, not ${point.role}.`];
}

function guideFaults({ guide, guideConsents, guideWords }: Rulebook): string[] {
  const templates = new Set<string>(guideConsents.map((template) => template.consentTemplateId));
  const known = { role: roleSchema, purpose: purposeSchema };
  return [
    ...guide
      .filter(({ consentTemplateId }) => !templates.has(consentTemplateId))
      .map(({ entryId, consentTemplateId }) => {
        return `The guide's entry ${entryId} names no consent template: ${consentTemplateId}.`;
      }),
    ...guideWords
      .filter(({ kind, term }) => kind !== 'tag' && !known[kind].safeParse(term).success)
      .map(({ kind, term }) => `The guide knows words for a ${kind} that there is not: ${term}.`),
  ];
}

function escalationFaults({ escalation }: Rulebook): string[] {
  const kinds = new Set(escalation.map(({ kind }) => kind));
  const missing = incidentKindSchema.options.filter((kind) => !kinds.has(kind));
  const graceless = escalation.filter(
    ({ severity, graceMs }) => (severity === 'minor') !== graceMs > 0,
  );
  return [
    ...missing.map((kind) => `The escalation table has no row for ${kind}.`),
    ...graceless.map(({ kind, severity }) =>
      severity === 'minor'
        ? `The minor incident ${kind} needs a time to mend it.`
        : `The major incident ${kind} has no time to mend it.`,
    ),
  ];
}
