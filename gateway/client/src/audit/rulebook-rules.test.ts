import {
  adoptedRulebookSchema,
  queryRecordSchema,
  type Product,
  type QueryRecord,
} from '@veilsum/protocol';
import { approvedReviews, authorise, openReview, type QueryFacts } from '@veilsum/rules';
import {
  SAMPLE_NOW,
  sampleFacts,
  sampleMember,
  sampleProduct,
} from '../../../../test/fakes/query-facts.js';
import { REVIEW_MS, sampleRulebook } from '../../../../test/fakes/sample-rulebook.js';
import type { AuditRule } from './audit-rule.js';
import type { AuditedTransaction, ObjectChange } from './ledger-history.js';
import { LedgerState } from './ledger-state.js';
import { audiences, levels, reviews, rulebookRules } from './rulebook-rules.js';

const bureau = sampleMember('bureau', { roles: ['regulator'] });
const rulebook = sampleRulebook();

function transaction(changes: ObjectChange[]): AuditedTransaction {
  const place = {
    transactionId: 't',
    blockNumber: 1,
    call: 'query:request',
    timestampMs: 1,
    mspId: 'AnyMSP',
    fingerprint: '',
    argument: '{}',
  };
  return { ...place, changes };
}

/** The state before a query: members, product, contributions, and a rulebook unless it is left out. */
function stateOf(facts: QueryFacts, before?: QueryRecord): LedgerState {
  const state = new LedgerState();
  const change = (type: string, parts: string[], value: unknown) => ({ type, parts, value });
  const members = [facts.analyst, bureau, ...facts.candidates.map((one) => one.contributor)];
  const adopted =
    facts.rulebook === undefined
      ? []
      : [adoptedRulebookSchema.parse({ rulebook: facts.rulebook, adoptedAt: 1, inForceFrom: 1 })];
  state.apply(
    transaction([
      change('product', [facts.product.productId, '1'], facts.product),
      ...members.map((member) => change('member', [member.memberId], member)),
      ...facts.candidates.map(({ contribution }) =>
        change('contribution', [contribution.contributionId], contribution),
      ),
      ...adopted.map((one) => change('rulebook', [String(one.rulebook.version)], one)),
      ...(before === undefined ? [] : [change('query', [before.queryId], before)]),
    ]),
  );
  return state;
}

/** What the rules of the ledger authorise under the facts, whether or not they should. */
function authorised(facts: QueryFacts, change: Partial<QueryRecord> = {}): QueryRecord {
  const decision = authorise(facts);
  if (decision.plan === undefined) throw new Error(JSON.stringify(decision.verdict));
  const { verdict, plan, planHash, resultLevel } = decision;
  return {
    queryId: facts.request.queryId,
    analystId: facts.analyst.memberId,
    request: facts.request,
    status: 'authorised',
    verdict,
    plan,
    planHash,
    requestedAt: SAMPLE_NOW,
    changedAt: SAMPLE_NOW,
    chargedEpsilonMicro: 0,
    settleDeadline: 0,
    ...(resultLevel === undefined ? {} : { resultLevel }),
    ...change,
  };
}

const observed = (rule: AuditRule, record: QueryRecord, state: LedgerState) =>
  rule.observe?.(transaction([{ type: 'query', parts: [record.queryId], value: record }]), state) ??
  [];

/** The sentences of all rules here. */
const findings = (record: QueryRecord, state: LedgerState) =>
  [rulebookRules, levels, reviews, audiences].flatMap((rule) => observed(rule, record, state));

describe('the audit of queries under a rulebook', () => {
  test('finds nothing where nothing is wrong', () => {
    for (const facts of [sampleFacts(), sampleFacts({ rulebook })]) {
      expect(findings(authorised(facts), stateOf(facts))).toEqual([]);
    }
  });

  test('finds another rulebook than the one in force', () => {
    const facts = sampleFacts();
    expect(findings(authorised(facts), stateOf({ ...facts, rulebook }))[0]).toMatch(
      /names rulebook 0, and 1 was in force/,
    );
  });

  test.each<[string, object, Partial<Product>]>([
    ['a purpose', { purposes: ['CommercialResearch'] }, {}],
    ['a function and release', { functions: ['sum'], releases: ['noisy'] }, {}],
    ['a tag', { tags: ['x'] }, { tags: ['x'] }],
    ['a missing tag', { withoutTags: ['y'] }, { tags: ['x'] }],
    ['a product', { productIds: ['weekly-sales'] }, {}],
    ['a role', { recipientRoles: ['analyst'] }, {}],
    ['a level', { classifications: ['general'] }, {}],
    ['a border', { crossBorder: false }, {}],
    ['a grain', { groupCellsBelow: 3 }, {}],
  ])('finds a use that is denied by %s, and no other', (_name, match, change) => {
    const list = (one: object) =>
      sampleRulebook({ negativeList: [{ ...rulebook.negativeList[0], match: one }] });
    const product = sampleProduct(change);
    const allowing = sampleFacts({ product, rulebook: sampleRulebook({ negativeList: [] }) });
    const record = authorised(allowing);
    const denying = stateOf({ ...allowing, rulebook: list(match) });
    expect(findings(record, denying)).toEqual([
      expect.stringContaining('although the entry no-minors-ads denies it'),
    ]);
    const other = stateOf({ ...allowing, rulebook: list({ ...match, purposes: ['Marketing'] }) });
    expect(findings(record, other)).toEqual([]);
  });

  test('finds core data, a wrong level, and who is outside the audience', () => {
    const facts = sampleFacts({ rulebook });
    const record = authorised(facts);
    const core = stateOf({ ...facts, product: sampleProduct({ tags: ['state-secret'] }) });
    expect(findings(record, core)).toEqual([expect.stringContaining('core data')]);
    const wrong = { ...record, resultLevel: 'important' as const };
    expect(findings(wrong, stateOf(facts))[0]).toMatch(/level important, not general/);
    const audience = { roles: ['regulator'], members: ['other'] };
    const directed = stateOf({ ...facts, product: sampleProduct({ audience }) });
    expect(findings(record, directed)).toEqual([expect.stringContaining('outside its audience')]);
  });
});

describe('the audit of reviews', () => {
  const product = sampleProduct({ classification: 'important' });
  const facts = sampleFacts({ rulebook, product });
  const point = { ...rulebook.reviewPoints[0], entryIds: [] };
  const open = openReview([point as Parameters<typeof openReview>[0][number]], SAMPLE_NOW);

  /** The record before and after the approval of the one point. */
  function approvedBy(change: object) {
    const points = open.points.map((one) => ({
      ...one,
      status: 'approved' as const,
      reviewerId: bureau.memberId,
      reason: 'Fine.',
      decidedAt: SAMPLE_NOW,
      ...change,
    }));
    const review = { ...open, status: 'approved' as const, points };
    const record = authorised({ ...facts, approved: approvedReviews(review) }, { review });
    const waiting = { ...record, status: 'reviewing' as const, review: open };
    const before = queryRecordSchema.omit({ plan: true, planHash: true }).strip().parse(waiting);
    return { record, state: stateOf(facts, before) };
  }

  test('lets an approval in time by the regulator pass', () => {
    const { record, state } = approvedBy({});
    expect(findings(record, state)).toEqual([]);
    const last = approvedBy({ decidedAt: SAMPLE_NOW + REVIEW_MS });
    expect(findings(last.record, last.state)).toEqual([]);
  });

  test.each<[string, object]>([
    ['somebody without the role', { reviewerId: 'merchant-1' }],
    ['the analyst', { reviewerId: 'analyst-1' }],
    ['nobody', { reviewerId: 'ghost' }],
    ['the regulator, too late', { decidedAt: SAMPLE_NOW + REVIEW_MS + 1 }],
  ])('finds an approval by %s', (_name, change) => {
    const { record, state } = approvedBy(change);
    expect(findings(record, state)).toEqual([expect.stringContaining('who may not, or too late')]);
  });

  test('finds a query that nobody reviewed', () => {
    const { record, state } = approvedBy({});
    const unreviewed = queryRecordSchema.omit({ review: true }).strip().parse(record);
    expect(findings(unreviewed, state)).toEqual([
      expect.stringContaining('without a review by regulator-desk'),
    ]);
  });
});
