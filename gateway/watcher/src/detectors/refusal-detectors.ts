import { hashCanonicalJson } from '@veilsum/crypto';
import type { QueryRecord } from '@veilsum/protocol';
import type { LedgerPicture, WatchedQuery } from '../picture/ledger-picture.js';
import { burstsOf, type Burst } from './burst.js';
import { durationWords, type LedgerDetector } from './detector.js';

/** Who said no, why and when. */
interface SeenRefusal {
  readonly source: 'ledger' | 'keyholders';
  readonly code: string;
  readonly at: number;
}

/** Refusals with one code that come in numbers: an attack, a wrong setting, or a rule nobody understands. */
export const detectRefusalBursts: LedgerDetector = (picture, { now, thresholds }) => {
  const { refusalBurst } = thresholds;
  const groups = groupBy(refusalsOf(picture), ({ source, code }) => `${source}/code:${code}`);
  return [...groups].flatMap(([subject, group]) =>
    burstsOf(
      group.map(({ at }) => at),
      refusalBurst,
    ).map((burst) => {
      const who = group[0]?.source === 'keyholders' ? 'Keyholders' : 'The ledger';
      return {
        kind: 'refusal-burst',
        subject: `source:${subject}`,
        sentence: `${who} refused ${burst.size} times with ${group[0]?.code ?? ''} within ${durationWords(burst.to - burst.from + 1000)}.`,
        concerns: [],
        ...burstFacts(burst, now, refusalBurst.withinMs),
      };
    }),
  );
};

/** One analyst that asks one shape of question again and again: by mistake, or to average noise away. */
export const detectRepeatedQuestions: LedgerDetector = (picture, { now, thresholds }) => {
  const { repeatedQuestion } = thresholds;
  const groups = groupBy(
    picture.queries.map(({ record }) => record),
    ({ analystId, request }) => `member:${analystId}/question:${questionShape(request)}`,
  );
  return [...groups].flatMap(([subject, records]) =>
    burstsOf(
      records.map(({ requestedAt }) => requestedAt),
      repeatedQuestion,
    ).map((burst) => {
      const [first] = records;
      const { productId, epoch, function: asked } = first?.request ?? {};
      return {
        kind: 'repeated-question',
        subject,
        sentence: `${first?.analystId ?? ''} asked for the same ${asked ?? ''} over ${productId ?? ''} ${epoch ?? ''} ${burst.size} times within ${durationWords(burst.to - burst.from + 1000)}; only the filters differed, if anything.`,
        concerns: [],
        ...burstFacts(burst, now, repeatedQuestion.withinMs),
      };
    }),
  );
};

/** Id of a question apart from its filters, its ε and its price. @returns 16 hex digits */
export function questionShape(request: QueryRecord['request']): string {
  const { productId, epoch, function: asked, measures, groupBy: groups, span } = request;
  const shape = { asked, epoch, groups: [...groups].sort(), measures, productId, span };
  return hashCanonicalJson(shape).slice(0, 16);
}

function refusalsOf({ queries }: LedgerPicture): SeenRefusal[] {
  return queries.flatMap((query) => [...ledgerRefusals(query), ...keyholderRefusals(query)]);
}

function ledgerRefusals({ record }: WatchedQuery): SeenRefusal[] {
  if (record.status !== 'refused') return [];
  const codes = record.verdict.trace.flatMap(({ passed, code }) =>
    passed || code === undefined ? [] : [code],
  );
  return [...new Set(codes)].map((code) => ({ source: 'ledger', code, at: record.requestedAt }));
}

function keyholderRefusals({ attempts }: WatchedQuery): SeenRefusal[] {
  return attempts.flatMap(({ refusals }) =>
    refusals.map(({ code, at }) => ({ source: 'keyholders' as const, code, at })),
  );
}

function burstFacts(burst: Burst, now: number, withinMs: number) {
  const period = `from ${burst.from}`;
  if (now - burst.to <= withinMs) return { period };
  const over = { at: burst.to, sentence: `None has come for ${durationWords(withinMs)}.` };
  return { period, over };
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}
