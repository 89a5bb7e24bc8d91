import { consentSchema } from '@veilsum/protocol';
import assert from 'node:assert/strict';
import { askAtOnce } from './asking-at-once.js';
import { foundMarket, grantConsent } from './sample-network.js';
import { sampleConsent, sampleId } from './sample-objects.js';
import { ask, blind, openMarket, release, sampleQuery } from './sample-query.js';
import { requireRefusal, type ContractCase, type TestLedger } from './test-ledger.js';

const CONSENT_ID = sampleId('consent of merchant-1');

/** Consents: given, amended, withdrawn, and all of it readable. */
export const consentCases: ContractCase[] = [
  {
    name: 'keeps every version of a consent readable',
    async run(ledger) {
      await foundMarket(ledger);
      await grantConsent(ledger, 'merchant-1');
      await change(ledger, 'merchant-1', 'amend', { maxUses: 3 });
      await ledger.submit('merchant-1', 'consent', 'withdraw', { consentId: CONSENT_ID });
      const history = await ledger.evaluate('analyst', 'consent', 'history', {
        consentId: CONSENT_ID,
      });
      assert.deepEqual(
        consentSchema
          .array()
          .parse(history)
          .map(({ revision, status, maxUses }) => [revision, status, maxUses]),
        [
          [1, 'active', 10],
          [2, 'active', 3],
          [2, 'withdrawn', 3],
        ],
      );
    },
  },
  {
    name: 'takes the same terms again without another version',
    async run(ledger) {
      await foundMarket(ledger);
      await change(ledger, 'merchant-1', 'grant');
      await change(ledger, 'merchant-1', 'grant');
      const consent = consentSchema.parse(await change(ledger, 'merchant-1', 'amend'));
      assert.equal(consent.revision, 1);
      await requireRefusal(
        change(ledger, 'merchant-1', 'grant', { maxUses: 3 }),
        'ALREADY_EXISTS_WITH_DIFFERENT_CONTENT',
      );
      await requireRefusal(
        change(ledger, 'merchant-2', 'grant'),
        'ALREADY_EXISTS_WITH_DIFFERENT_CONTENT',
      );
    },
  },
  {
    name: 'lets nobody else amend or withdraw it, and nothing follow a withdrawal',
    async run(ledger) {
      await foundMarket(ledger);
      await change(ledger, 'merchant-1', 'grant');
      await requireRefusal(change(ledger, 'merchant-2', 'amend', { maxUses: 3 }), 'FORBIDDEN');
      const consentId = CONSENT_ID;
      const withdraw = (as: string) => ledger.submit(as, 'consent', 'withdraw', { consentId });
      await requireRefusal(withdraw('operator'), 'FORBIDDEN');
      await withdraw('merchant-1');
      await withdraw('merchant-1');
      await requireRefusal(
        change(ledger, 'merchant-1', 'amend', { maxUses: 3 }),
        'CONSENT_WITHDRAWN',
      );
    },
  },
  {
    name: 'refuses terms beyond the product, unknown recipients and other roles',
    async run(ledger) {
      await foundMarket(ledger);
      const grant = (as: string, changes: Parameters<typeof sampleConsent>[2]) =>
        change(ledger, as, 'grant', changes);
      await requireRefusal(
        grant('merchant-1', { purposes: ['Marketing'] }),
        'CONSENT_INVALID',
        /purposes/,
      );
      await requireRefusal(
        grant('merchant-1', { recipients: ['member:nobody'] }),
        'CONSENT_INVALID',
        /nobody/,
      );
      await requireRefusal(
        grant('merchant-1', { recipients: ['role:king'] }),
        'CONSENT_INVALID',
        /king/,
      );
      await requireRefusal(grant('merchant-1', { productVersion: 2 }), 'PRODUCT_NOT_FOUND');
      await requireRefusal(grant('analyst', {}), 'FORBIDDEN', /merchant/);
      await grant('merchant-1', { recipients: ['member:analyst', 'role:auditor'] });
    },
  },
  {
    name: 'lets one of two queries at once have the last use, and gives it back when that one fails',
    async run(ledger) {
      await openMarket(ledger);
      const merchants = ['merchant-1', 'merchant-2', 'merchant-3'];
      for (const merchant of merchants) await amendUses(ledger, merchant, 1);
      const [first, second] = await askAtOnce(ledger, [sampleQuery('one'), sampleQuery('two')]);
      assert.ok(first !== undefined && second !== undefined);
      const [passed, refused] = first.plan === undefined ? [second, first] : [first, second];
      assert.equal(passed.status, 'authorised');
      assert.equal(refused.status, 'refused');
      const terms = refused.verdict.trace.find(({ rule }) => rule === 'consent-terms');
      assert.equal(terms?.code, 'CONSENT_MISSING');
      assert.equal(terms.inputs['excluded:consent-uses'], '3');
      const consentId = sampleId('consent of merchant-3');
      await ledger.submit('merchant-3', 'consent', 'withdraw', { consentId });
      await ledger.submit('gateway', 'query', 'expire', { queryId: passed.queryId });
      const again = await ask(ledger, sampleQuery('three'));
      assert.equal(again.plan?.cohort.length, 2);
      const none = await ask(ledger, sampleQuery('four'));
      assert.equal(none.status, 'refused');
    },
  },
  {
    name: 'holds running queries to the terms as they were amended last',
    async run(ledger) {
      await openMarket(ledger);
      const query = await ask(ledger, sampleQuery('one'));
      for (const index of [1, 2, 3]) await blind(ledger, query, index);
      const stricter = { functions: ['count'] };
      await change(ledger, 'merchant-1', 'amend', stricter);
      await requireRefusal(release(ledger, query, { index: 1 }), 'CONSENT_NOT_COVERING');
      await change(ledger, 'merchant-1', 'amend', { functions: ['count', 'sum'] });
      await release(ledger, query, { index: 1 });
      const history = await ledger.evaluate('auditor', 'consent', 'history', {
        consentId: CONSENT_ID,
      });
      assert.deepEqual(
        consentSchema
          .array()
          .parse(history)
          .map(({ revision, functions }) => [revision, functions]),
        [
          [1, ['count', 'sum', 'mean']],
          [2, ['count']],
          [3, ['count', 'sum']],
        ],
      );
    },
  },
  {
    name: 'lists by product and by contributor',
    async run(ledger) {
      await foundMarket(ledger);
      await grantConsent(ledger, 'merchant-1');
      await grantConsent(ledger, 'merchant-2');
      const list = async (filter: object) =>
        consentSchema
          .array()
          .parse(await ledger.evaluate('analyst', 'consent', 'list', filter))
          .map(({ contributorId }) => contributorId);
      assert.deepEqual(await list({}), ['merchant-1', 'merchant-2']);
      assert.deepEqual(await list({ contributorId: 'merchant-2' }), ['merchant-2']);
      assert.deepEqual(await list({ productId: 'weekly-sales', contributorId: 'merchant-1' }), [
        'merchant-1',
      ]);
      assert.deepEqual(await list({ productId: 'weekly' }), []);
    },
  },
];

function amendUses(ledger: TestLedger, merchant: string, maxUses: number): Promise<unknown> {
  const terms = sampleConsent(sampleId(`consent of ${merchant}`), ledger.now(), { maxUses });
  return ledger.submit(merchant, 'consent', 'amend', terms);
}

function change(
  ledger: TestLedger,
  as: string,
  transaction: 'grant' | 'amend',
  changes: Parameters<typeof sampleConsent>[2] = {},
): Promise<unknown> {
  // A ledger with a real clock must see the same terms twice.
  const dates = { notBefore: 0, notAfter: 4_102_444_800_000 };
  const terms = sampleConsent(CONSENT_ID, ledger.now(), { ...dates, ...changes });
  return ledger.submit(as, 'consent', transaction, terms);
}
