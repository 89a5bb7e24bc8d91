import { adoptedRulebookSchema, quoteSchema, type QueryRecord } from '@veilsum/protocol';
import assert from 'node:assert/strict';
import { openMarket, ask, balanceOf, readQuery, sampleQuery, spentOf } from './sample-query.js';
import { REVIEW_MS, adoptSampleRulebook, openRuledMarket, sampleRulebook } from './sample-rules.js';
import { requireRefusal, type ContractCase, type TestLedger } from './test-ledger.js';

const count = { function: 'count', measures: [] };
const inspections = { productId: 'inspections' };

/** Rulebooks, reviews and audiences. */
export const rulebookCases: ContractCase[] = [
  {
    name: 'is in force from its date on, and only the next version replaces it',
    async run(ledger) {
      await openMarket(ledger);
      const read = async (argument: object) =>
        adoptedRulebookSchema.parse(await ledger.evaluate('auditor', 'rulebook', 'read', argument));
      await requireRefusal(read({}), 'NOT_FOUND');
      const first = sampleRulebook(ledger.now(), { effectiveFrom: ledger.now() + 86_400_000 });
      await adoptSampleRulebook(ledger, first);
      await requireRefusal(read({}), 'NOT_FOUND');
      const adopted = await read({ version: 1 });
      assert.deepEqual(adopted.rulebook, first);
      assert.equal(adopted.inForceFrom, first.effectiveFrom);
      assert.equal((await ask(ledger, sampleQuery('before'))).plan?.rulebookVersion, 0);
      const past = { version: 2, effectiveFrom: ledger.now() - 100 * 86_400_000 };
      await requireRefusal(
        adoptSampleRulebook(ledger, sampleRulebook(ledger.now(), past)),
        'RULEBOOK_INVALID',
        /past/,
      );
      await requireRefusal(
        adoptSampleRulebook(ledger, sampleRulebook(ledger.now())),
        'RULEBOOK_INVALID',
        /above 1/,
      );
    },
  },
  {
    name: 'denies with its legal basis, and says the level of what it allows',
    async run(ledger) {
      await openMarket(ledger);
      await adoptSample(ledger);
      const mean = { function: 'mean', release: 'exact', epsilonMicro: 0 };
      const record = await ask(ledger, sampleQuery('mean', mean));
      assert.equal(record.status, 'refused');
      const [denied] = failures(record);
      assert.equal(denied?.code, 'RULEBOOK_DENIED');
      assert.equal(denied.inputs['entryId'], 'no-exact-means');
      assert.match(denied.sentence, /Sample Act, Art\. 1/);
      const allowed = await ask(ledger, sampleQuery('sum'));
      assert.equal(allowed.plan?.rulebookVersion, 1);
      assert.equal(allowed.resultLevel, 'general');
    },
  },
  {
    name: 'lets a query wait for its review with the price held, and charges it once',
    async run(ledger) {
      await openRuledMarket(ledger);
      await adoptSample(ledger);
      const request = sampleQuery('count', count);
      const quote = quoteSchema.parse(await ledger.evaluate('analyst', 'query', 'quote', request));
      assert.deepEqual(
        quote.reviews?.map(({ role, deadlineMs, entryIds }) => [role, deadlineMs, entryIds]),
        [['regulator', REVIEW_MS, ['review-counts']]],
      );
      const waiting = await ask(ledger, request);
      assert.equal(waiting.status, 'reviewing');
      assert.deepEqual(await ask(ledger, request), waiting);
      assert.equal(await balanceOf(ledger, 'member:analyst'), '99000');
      assert.equal(await spentOf(ledger, 'merchant-1'), 0);
      const { queryId } = waiting;
      await requireRefusal(
        ledger.submit('auditor', 'query', 'expire', { queryId }),
        'DEADLINE_NOT_REACHED',
      );
      await requireRefusal(review(ledger, 'operator', waiting, 'approve'), 'FORBIDDEN');
      const approved = await review(ledger, 'regulator', waiting, 'approve');
      assert.equal(approved.status, 'authorised', JSON.stringify(failures(approved)));
      assert.deepEqual(await review(ledger, 'regulator', waiting, 'approve'), approved);
      await requireRefusal(review(ledger, 'regulator', waiting, 'stop'), 'INVALID_STATE');
      assert.equal(approved.review?.points[0]?.reason, 'approve it');
      assert.equal(approved.requestedAt, waiting.requestedAt);
      assert.equal(await balanceOf(ledger, 'member:analyst'), '99000');
      assert.equal(await balanceOf(ledger, `escrow:${queryId}`), '1000');
      assert.equal(await spentOf(ledger, 'merchant-1'), 1_000_000);
    },
  },
  {
    name: 'refunds what a reviewer stops, with the reason for the analyst',
    async run(ledger) {
      await openRuledMarket(ledger);
      await adoptSample(ledger);
      const waiting = await ask(ledger, sampleQuery('inspections', inspections));
      assert.equal(waiting.status, 'reviewing', JSON.stringify(failures(waiting)));
      const stopped = await review(ledger, 'regulator', waiting, 'stop');
      assert.equal(stopped.status, 'refused');
      assert.deepEqual(
        failures(stopped).map(({ code }) => code),
        ['REVIEW_STOPPED'],
      );
      assert.match(failures(stopped)[0]?.sentence ?? '', /regulator stopped the query: stop it/);
      assert.equal(await balanceOf(ledger, 'member:analyst'), '100000');
      assert.deepEqual(await readQuery(ledger, waiting), stopped);
      await requireRefusal(review(ledger, 'regulator', waiting, 'approve'), 'INVALID_STATE');
    },
  },
  {
    name: 'decides an approved query by what holds then, and refunds it when nothing may be asked any more',
    async run(ledger) {
      await openRuledMarket(ledger);
      await adoptSample(ledger);
      const waiting = await ask(ledger, sampleQuery('count', count));
      for (const merchant of ['merchant-1', 'merchant-2']) {
        const consents = await ledger.evaluate('auditor', 'consent', 'list', {
          contributorId: merchant,
          productId: 'weekly-sales',
        });
        const [consent] = consents as { consentId: string }[];
        const consentId = consent?.consentId;
        await ledger.submit(merchant, 'consent', 'withdraw', { consentId });
      }
      const refused = await review(ledger, 'regulator', waiting, 'approve');
      assert.equal(refused.status, 'refused');
      assert.deepEqual(
        failures(refused).map(({ code }) => code),
        ['COHORT_TOO_SMALL'],
      );
      assert.equal(refused.review?.status, 'approved');
      assert.equal(await balanceOf(ledger, 'member:analyst'), '100000');
      assert.equal(await spentOf(ledger, 'merchant-3'), 0);
    },
  },
  {
    name: 'gives a directed channel to its recipients only',
    async run(ledger) {
      await openRuledMarket(ledger);
      await adoptSample(ledger);
      const request = sampleQuery('rival', inspections);
      const quote = quoteSchema.parse(await ledger.evaluate('rival', 'query', 'quote', request));
      assert.deepEqual([quote.cohort, quote.cohortSize, quote.price], [[], 0, '0']);
      const record = (await ledger.submit(
        'rival',
        'query',
        'request',
        request,
      )) as unknown as QueryRecord;
      assert.equal(record.status, 'refused');
      assert.deepEqual(
        failures(record).map(({ code }) => code),
        ['AUDIENCE_NOT_INCLUDED'],
      );
      await requireRefusal(
        ledger.evaluate('rival', 'settlement', 'simulate', request),
        'AUDIENCE_NOT_INCLUDED',
      );
    },
  },
];

const adoptSample = (ledger: TestLedger) =>
  adoptSampleRulebook(ledger, sampleRulebook(ledger.now()));

const failures = ({ verdict }: QueryRecord) => verdict.trace.filter(({ passed }) => !passed);

async function review(
  ledger: TestLedger,
  as: string,
  { queryId }: QueryRecord,
  decision: 'approve' | 'stop',
): Promise<QueryRecord> {
  const argument = { queryId, decision, reason: `${decision} it` };
  return (await ledger.submit(as, 'query', 'review', argument)) as unknown as QueryRecord;
}
