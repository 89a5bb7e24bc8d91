import {
  mspIdSchema,
  productIdSchema,
  type GuideConsent,
  type GuideEntry,
  type NegativeEntry,
  type ReviewPoint,
  type Rulebook,
} from '@veilsum/protocol';
import {
  levelOfProduct,
  matchingEntries,
  requiredReviews,
  type DataLevel,
  type ListedUse,
} from '@veilsum/rules';
import type { ConsentDocument } from '../consent/consent-document.js';
import { readQuestion, type GuideQuestion, type ReadQuestion } from './guide-question.js';

/** A way to share that the rulebook describes. */
export interface GuidePath {
  readonly entry: GuideEntry;
  /** Level of the data, the rulebook's levels by tag included. */
  readonly level: DataLevel;
  readonly consent: ConsentDocument;
  /** Who has to approve each query on this path. */
  readonly reviews: readonly ReviewPoint[];
  readonly warnings: readonly GuideWarning[];
}

/** An entry of the negative list that a path meets. */
export interface GuideWarning {
  readonly entry: NegativeEntry;
  /** Empty when it always does. */
  readonly condition: string;
}

/** What the rulebook says to a question. */
export interface GuideAnswer {
  readonly asked: ReadQuestion;
  readonly paths: readonly GuidePath[];
  /** Entries that forbid what was asked, whatever the path. */
  readonly forbidden: readonly NegativeEntry[];
}

/**
 * Answers "how may I share X with Y for Z?" by filtering the rulebook's scenarios: those whose tags, roles
 * and purposes have one of each part that was asked for. A part in unknown words has no answer.
 */
export function askGuide(rulebook: Rulebook, question: GuideQuestion): GuideAnswer {
  const asked = readQuestion(rulebook, question);
  if (asked.unread.length > 0) return { asked, paths: [], forbidden: [] };
  const paths = rulebook.guide
    .map((entry) => narrowed(entry, asked))
    .filter((entry) => entry !== undefined)
    .map((entry) => pathOf(rulebook, entry));
  return { asked, paths, forbidden: forbiddenBy(rulebook, asked) };
}

/** The scenario, of the terms that were asked for only. */
function narrowed(entry: GuideEntry, asked: ReadQuestion): GuideEntry | undefined {
  const tags = common(entry.tags, asked.tags);
  const recipientRoles = common(entry.recipientRoles, asked.roles);
  const purposes = common(entry.purposes, asked.purposes);
  const fits = [tags, recipientRoles, purposes].every((list) => list.length > 0);
  return fits ? { ...entry, tags, recipientRoles, purposes } : undefined;
}

function common<Term extends string>(own: readonly Term[], asked: readonly string[]): Term[] {
  return asked.length === 0 ? [...own] : own.filter((term) => asked.includes(term));
}

function pathOf(rulebook: Rulebook, entry: GuideEntry): GuidePath {
  const terms = consentOf(rulebook, entry);
  const usual = usesOf(entry, terms, {});
  return {
    entry,
    level: levelOfProduct(productOf(entry), rulebook),
    consent: consentDocumentOf(entry, terms),
    reviews: distinctPoints(usual.flatMap((use) => requiredReviews(rulebook, use))),
    warnings: warningsOf(rulebook, entry, terms),
  };
}

/** Circumstances that a question does not name; an entry may be about them alone. */
interface Circumstances {
  readonly abroad?: string | undefined;
  readonly exact?: true;
  readonly fine?: true;
}

function warningsOf(rulebook: Rulebook, entry: GuideEntry, terms: GuideConsent): GuideWarning[] {
  const [abroad] = rulebook.crossBorderMspIds;
  const cases: readonly [string, Circumstances][] = [
    ['', {}],
    ['when exact values are asked for', { exact: true }],
    ['when groups are as fine as single cells', { fine: true }],
    ...(abroad === undefined
      ? []
      : [['when the recipient is abroad', { abroad }] satisfies [string, Circumstances]]),
  ];
  const found = new Map<NegativeEntry, string>();
  for (const [condition, circumstances] of cases) {
    const uses = usesOf(entry, terms, circumstances);
    for (const met of uses.flatMap((use) => matchingEntries(rulebook, use))) {
      if (!found.has(met)) found.set(met, condition);
    }
  }
  return [...found].map(([met, condition]) => ({ entry: met, condition }));
}

/** Every use that a scenario is about: each purpose, function and role of it. */
function usesOf(
  entry: GuideEntry,
  { functions, release }: Pick<GuideConsent, 'functions' | 'release'>,
  { abroad, exact, fine }: Circumstances,
): ListedUse[] {
  return entry.purposes.flatMap((purpose) =>
    functions.flatMap((name) =>
      entry.recipientRoles.map((role) => ({
        product: productOf(entry),
        request: {
          purpose,
          function: name,
          release: exact === true ? ('exact' as const) : release,
        },
        analyst: { mspId: mspIdSchema.parse(abroad ?? 'HomeMSP'), roles: ['analyst', role] },
        groups: fine === true ? [{ cells: [0] }] : [],
      })),
    ),
  );
}

const productOf = ({ tags, classification }: Pick<GuideEntry, 'tags' | 'classification'>) => ({
  productId: productIdSchema.parse('any-product'),
  tags,
  classification,
});

/** Denials of what was asked, for data of the lowest level and any function. */
function forbiddenBy(rulebook: Rulebook, { tags, roles, purposes }: ReadQuestion): NegativeEntry[] {
  if (tags.length === 0) return [];
  const entry = {
    tags: [...tags],
    classification: 'general' as const,
    recipientRoles: roles.length === 0 ? ['analyst' as const] : roles,
    purposes,
  } as unknown as GuideEntry;
  const terms = { functions: ['sum' as const], release: 'noisy' as const };
  const met = usesOf(entry, terms, {}).flatMap((use) => matchingEntries(rulebook, use));
  return [...new Set(met)].filter(({ effect }) => effect === 'deny');
}

function consentOf({ guideConsents }: Rulebook, { consentTemplateId }: GuideEntry): GuideConsent {
  const found = guideConsents.find((terms) => terms.consentTemplateId === consentTemplateId);
  if (found !== undefined) return found;
  throw new Error(`checkRulebook lets no entry name missing terms: ${consentTemplateId}.`);
}

/** The consent to give, with product and last day left blank. */
function consentDocumentOf(entry: GuideEntry, terms: GuideConsent): ConsentDocument {
  return {
    format: 'veilsum-consent-document/1',
    templateId: terms.consentTemplateId,
    title: terms.title,
    product: null,
    purposes: entry.purposes,
    functions: terms.functions,
    recipients: entry.recipientRoles.map((role) => `role:${role}`),
    until: null,
    maxUses: terms.maxUses,
    minCohort: terms.minCohort,
    release: terms.release,
    epsilonPerEpoch: terms.epsilonPerEpochMicro / 1_000_000,
    minimumPricePerUse: terms.minimumPricePerUse,
  };
}

function distinctPoints(points: readonly ReviewPoint[]): ReviewPoint[] {
  return [...new Map(points.map((point) => [point.reviewPointId, point])).values()];
}
