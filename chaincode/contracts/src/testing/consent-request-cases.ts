import {
  consentAskingSchema,
  consentRequestRecordSchema,
  type ConsentAsking,
  type ConsentTerms,
} from '@veilsum/protocol';
import assert from 'node:assert/strict';
import { foundMarket } from './sample-network.js';
import { sampleConsent, sampleId } from './sample-objects.js';
import { requireRefusal, type ContractCase, type TestLedger } from './test-ledger.js';

const REQUEST_ID = sampleId('consent request');

/** Requests for consents: asked, answered once by each contributor, taken back. */
export const consentRequestCases: ContractCase[] = [
  {
    name: 'takes one answer of each contributor, a consent or a reason',
    async run(ledger) {
      await foundMarket(ledger);
      const request = await ask(ledger);
      assert.deepEqual(await ask(ledger), request);
      const terms = grantTerms(ledger, 'merchant-1');
      const consent = await ledger.submit('merchant-1', 'consent', 'grant', terms);
      assert.deepEqual(await ledger.submit('merchant-1', 'consent', 'grant', terms), consent);
      const second = grantTerms(ledger, 'merchant-1 again');
      await requireRefusal(
        ledger.submit('merchant-1', 'consent', 'grant', second),
        'CONSENT_REQUEST_ANSWERED',
        /granted/,
      );
      const reason = 'Too low a price';
      const no = await decline(ledger, 'merchant-2', reason);
      assert.deepEqual(await decline(ledger, 'merchant-2', reason), no);
      await requireRefusal(decline(ledger, 'merchant-2', 'Other'), 'CONSENT_REQUEST_ANSWERED');
      const other = { ...terms, requestId: sampleId('another'), maxUses: 3 };
      await requireRefusal(
        ledger.submit('merchant-1', 'consent', 'amend', other),
        'CONSENT_INVALID',
        /keeps the request/,
      );
      const { answers } = await read(ledger);
      assert.deepEqual(
        answers.map((each) => [each.contributorId, each.answer, each.consentId, each.reason]),
        [
          ['merchant-1', 'granted', terms.consentId, undefined],
          ['merchant-2', 'declined', undefined, reason],
        ],
      );
    },
  },
  {
    name: 'lets only analysts ask, for what the product offers, and the analyst take it back',
    async run(ledger) {
      await foundMarket(ledger);
      await requireRefusal(
        ledger.submit('merchant-1', 'consentRequest', 'ask', sampleAsking()),
        'FORBIDDEN',
      );
      await requireRefusal(
        ask(ledger, { purposes: ['Marketing'] }),
        'CONSENT_INVALID',
        /Marketing/,
      );
      await ask(ledger);
      await requireRefusal(
        ask(ledger, { offeredPrice: '9' }),
        'ALREADY_EXISTS_WITH_DIFFERENT_CONTENT',
      );
      const close = (as: string) =>
        ledger.submit(as, 'consentRequest', 'close', { requestId: REQUEST_ID });
      await requireRefusal(close('merchant-1'), 'FORBIDDEN');
      await close('analyst');
      await close('analyst');
      assert.equal((await read(ledger)).request.status, 'closed');
      await requireRefusal(decline(ledger, 'merchant-1', 'No'), 'CONSENT_REQUEST_CLOSED');
      await requireRefusal(
        ledger.submit('merchant-1', 'consent', 'grant', grantTerms(ledger, 'merchant-1')),
        'CONSENT_REQUEST_CLOSED',
      );
    },
  },
];

/** Dates are fixed: a ledger with a real clock must see the same twice. */
function sampleAsking(changes: Partial<Record<keyof ConsentAsking, unknown>> = {}): ConsentAsking {
  return consentAskingSchema.parse({
    format: 'veilsum-consent-request/1',
    requestId: REQUEST_ID,
    productId: 'weekly-sales',
    productVersion: 1,
    purposes: ['ServiceOptimisation'],
    functions: ['sum'],
    maxUses: 3,
    notAfter: 4_102_444_800_000,
    release: 'noisy',
    epsilonPerEpochMicro: 1_000_000,
    offeredPrice: '150',
    text: 'How regions differ',
    ...changes,
  });
}

const ask = (ledger: TestLedger, changes: Partial<Record<keyof ConsentAsking, unknown>> = {}) =>
  ledger.submit('analyst', 'consentRequest', 'ask', sampleAsking(changes));

const decline = (ledger: TestLedger, as: string, reason: string) =>
  ledger.submit(as, 'consentRequest', 'decline', { requestId: REQUEST_ID, reason });

async function read(ledger: TestLedger) {
  const reference = { requestId: REQUEST_ID };
  return consentRequestRecordSchema.parse(
    await ledger.evaluate('auditor', 'consentRequest', 'read', reference),
  );
}

function grantTerms(ledger: TestLedger, name: string): ConsentTerms {
  const dates = { notBefore: 0, notAfter: 4_102_444_800_000 };
  const changes = { ...dates, requestId: REQUEST_ID, recipients: ['member:analyst'] };
  return sampleConsent(sampleId(`answer of ${name}`), ledger.now(), changes);
}
