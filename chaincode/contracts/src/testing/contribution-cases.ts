import type { DealtKey } from '@veilsum/crypto';
import { contributionSchema, type ProductId } from '@veilsum/protocol';
import assert from 'node:assert/strict';
import {
  SAMPLE_EPOCH,
  contributeAll,
  contributionOf,
  foundMarket,
  generateSampleKey,
  grantConsent,
  keyRegistration,
} from './sample-network.js';
import { sampleHash, sampleId, sampleProduct } from './sample-objects.js';
import { adopt } from './sample-proposal.js';
import { requireRefusal, type ContractCase, type TestLedger } from './test-ledger.js';

type Changes = Parameters<typeof contributionOf>[2];

/** Contributions: one live one per member, product and epoch, under one key. */
export const contributionCases: ContractCase[] = [
  {
    name: 'registers a contribution, which the gateway then records as stored',
    async run(ledger) {
      const dealt = await foundReady(ledger);
      const registered = await register(ledger, dealt);
      assert.equal(registered.status, 'registered');
      assert.deepEqual(await register(ledger, dealt), registered);
      const { contributionId, contentHash } = registered;
      const mark = (as: string, hash: string) =>
        ledger.submit(as, 'contribution', 'markStored', { contributionId, contentHash: hash });
      await requireRefusal(mark('merchant-1', contentHash), 'FORBIDDEN');
      await requireRefusal(mark('gateway', sampleHash('other bytes')), 'CONTAINER_HASH');
      await mark('gateway', contentHash);
      const stored = contributionSchema.parse(await mark('gateway', contentHash));
      assert.equal(stored.status, 'stored');
    },
  },
  {
    name: 'refuses what product and key do not give',
    async run(ledger) {
      const dealt = await foundReady(ledger);
      const refuse = (
        changes: Changes,
        code: Parameters<typeof requireRefusal>[1],
        field: RegExp,
      ) => requireRefusal(register(ledger, dealt, changes), code, field);
      await refuse({ layoutHash: sampleHash('other') }, 'CONTAINER_CONTEXT', /layoutHash/);
      await refuse({ rowCount: 1 }, 'CONTAINER_ROWS', /rowCount/);
      await refuse({ byteLength: 255 }, 'CONTAINER_ROWS', /byteLength/);
      await refuse({ coverage: [1, 0] }, 'INVALID_ARGUMENT', /coverage/);
      await refuse({ coverage: [0, 0] }, 'INVALID_ARGUMENT', /coverage/);
      await refuse({ coverage: [0, 2] }, 'INVALID_ARGUMENT', /coverage/);
      await refuse({ keyId: sampleHash('other') }, 'KEY_NOT_ACTIVE', /keyId/);
      await refuse({ epoch: '2026-M01' }, 'INVALID_ARGUMENT', /2026-M01/);
      await refuse({ consentId: sampleId('nothing') }, 'CONSENT_MISSING', /consentId/);
    },
  },
  {
    name: 'refuses a contribution without a live consent of its own',
    async run(ledger) {
      const dealt = await foundReady(ledger);
      const consentId = await grantConsent(ledger, 'merchant-2');
      await requireRefusal(register(ledger, dealt, { consentId }), 'CONSENT_MISSING');
      await ledger.submit('merchant-2', 'consent', 'withdraw', { consentId });
      await requireRefusal(
        ledger.submit(
          'merchant-2',
          'contribution',
          'register',
          contributionOf('merchant-2', dealt),
        ),
        'CONSENT_WITHDRAWN',
      );
    },
  },
  {
    name: 'holds one live contribution of a member, which a later one supersedes by name',
    async run(ledger) {
      const dealt = await foundReady(ledger);
      const first = await register(ledger, dealt);
      const contributionId = sampleId('second');
      await requireRefusal(register(ledger, dealt, { contributionId }), 'CONTRIBUTION_DUPLICATE');
      await requireRefusal(
        register(ledger, dealt, { contributionId, supersedes: sampleId('nothing') }),
        'INVALID_STATE',
      );
      await register(ledger, dealt, { contributionId, supersedes: first.contributionId });
      assert.deepEqual(await statuses(ledger), {
        [first.contributionId]: 'superseded',
        [contributionId]: 'registered',
      });
      await requireRefusal(
        ledger.submit('gateway', 'contribution', 'markStored', {
          contributionId: first.contributionId,
          contentHash: first.contentHash,
        }),
        'INVALID_STATE',
      );
    },
  },
  {
    name: 'never takes an id again',
    async run(ledger) {
      const dealt = await foundReady(ledger);
      const first = await register(ledger, dealt);
      await withdraw(ledger, 'merchant-1', first.contributionId);
      await requireRefusal(
        register(ledger, dealt, { contentHash: sampleHash('others') }),
        'ALREADY_EXISTS_WITH_DIFFERENT_CONTENT',
      );
      await grantConsent(ledger, 'merchant-2');
      const { contributionId } = first;
      await requireRefusal(
        ledger.submit(
          'merchant-2',
          'contribution',
          'register',
          contributionOf('merchant-2', dealt, { contributionId }),
        ),
        'ALREADY_EXISTS_WITH_DIFFERENT_CONTENT',
      );
    },
  },
  {
    name: 'lets the contributor alone withdraw, and start again before a release',
    async run(ledger) {
      const dealt = await foundReady(ledger);
      const { contributionId } = await register(ledger, dealt);
      await requireRefusal(withdraw(ledger, 'merchant-2', contributionId), 'FORBIDDEN');
      await withdraw(ledger, 'merchant-1', contributionId);
      await withdraw(ledger, 'merchant-1', contributionId);
      await register(ledger, dealt, { contributionId: sampleId('second') });
    },
  },
  {
    name: 'keeps all contributions of an epoch under one key, also after a new key came',
    async run(ledger) {
      const dealt = await foundReady(ledger);
      await register(ledger, dealt);
      const next = await generateSampleKey();
      await adopt(ledger, 'committeeKey', keyRegistration(next));
      await grantConsent(ledger, 'merchant-2');
      const registerSecond = (key: DealtKey, changes: Changes = {}) =>
        ledger.submit(
          'merchant-2',
          'contribution',
          'register',
          contributionOf('merchant-2', key, changes),
        );
      await requireRefusal(registerSecond(next), 'KEY_NOT_ACTIVE');
      await requireRefusal(registerSecond(dealt, { epoch: '2026-Q2' }), 'KEY_NOT_ACTIVE');
      await registerSecond(dealt);
      const contributionId = sampleId('next epoch');
      await registerSecond(next, { contributionId, epoch: '2026-Q2' });
    },
  },
  {
    name: 'takes no more contributors than the product allows',
    async run(ledger) {
      const dealt = await foundMarket(ledger);
      const narrow = { productId: 'narrow-sales' as ProductId, maxContributors: 2, minCohort: 2 };
      const product = { ...sampleProduct(), ...narrow };
      await adopt(ledger, 'standard', product);
      const contribute = async (merchant: string) => {
        await grantConsent(ledger, merchant, { productId: narrow.productId });
        const registration = contributionOf(merchant, dealt, { productId: narrow.productId });
        return ledger.submit(merchant, 'contribution', 'register', registration);
      };
      await contribute('merchant-1');
      await contribute('merchant-2');
      await requireRefusal(contribute('merchant-3'), 'CONTRIBUTION_LIMIT');
    },
  },
  {
    name: 'lists by product, epoch and contributor',
    async run(ledger) {
      const dealt = await foundMarket(ledger);
      await contributeAll(ledger, dealt, ['merchant-1', 'merchant-2']);
      const list = async (filter: object) =>
        contributionSchema
          .array()
          .parse(await ledger.evaluate('auditor', 'contribution', 'list', filter))
          .map(({ contributorId }) => contributorId);
      const productId = 'weekly-sales';
      assert.deepEqual(await list({ productId, epoch: SAMPLE_EPOCH }), [
        'merchant-1',
        'merchant-2',
      ]);
      assert.deepEqual(await list({ epoch: '2026-Q2' }), []);
      assert.deepEqual(await list({ contributorId: 'merchant-2' }), ['merchant-2']);
      assert.deepEqual(
        await list({ productId, epoch: SAMPLE_EPOCH, contributorId: 'merchant-1' }),
        ['merchant-1'],
      );
    },
  },
];

/** A market in which merchant-1 has consented. */
async function foundReady(ledger: TestLedger): Promise<DealtKey> {
  const dealt = await foundMarket(ledger);
  await grantConsent(ledger, 'merchant-1');
  return dealt;
}

async function register(ledger: TestLedger, dealt: DealtKey, changes: Changes = {}) {
  const registration = contributionOf('merchant-1', dealt, changes);
  return contributionSchema.parse(
    await ledger.submit('merchant-1', 'contribution', 'register', registration),
  );
}

function withdraw(ledger: TestLedger, as: string, contributionId: string): Promise<unknown> {
  return ledger.submit(as, 'contribution', 'withdraw', { contributionId });
}

async function statuses(ledger: TestLedger): Promise<Record<string, string>> {
  const all = contributionSchema
    .array()
    .parse(await ledger.evaluate('auditor', 'contribution', 'list', {}));
  return Object.fromEntries(all.map(({ contributionId, status }) => [contributionId, status]));
}
