import { productSchema } from '@veilsum/protocol';
import assert from 'node:assert/strict';
import { foundNetwork } from './sample-network.js';
import { sampleProduct } from './sample-objects.js';
import { adopt } from './sample-proposal.js';
import { requireRefusal, type ContractCase, type TestLedger } from './test-ledger.js';

/** Products: what is published stays as it is. */
export const productCases: ContractCase[] = [
  {
    name: 'publishes a product version once and never changes it',
    async run(ledger) {
      await foundNetwork(ledger);
      await publish(ledger);
      await requireRefusal(publish(ledger), 'INVALID_STATE', /published already/);
      await requireRefusal(
        publish(ledger, { title: 'Other' }),
        'ALREADY_EXISTS_WITH_DIFFERENT_CONTENT',
      );
      const read = await ledger.evaluate('analyst', 'product', 'read', {
        productId: 'weekly-sales',
        version: 1,
      });
      assert.equal(productSchema.parse(read).title, sampleProduct().title);
    },
  },
  {
    name: 'lists versions in order, and names a version that does not exist',
    async run(ledger) {
      await foundNetwork(ledger);
      for (const version of [10, 2, 1]) await publish(ledger, { version });
      const all = await ledger.evaluate('analyst', 'product', 'list', {});
      assert.deepEqual(
        productSchema
          .array()
          .parse(all)
          .map(({ version }) => version),
        [1, 2, 10],
      );
      await requireRefusal(
        ledger.evaluate('analyst', 'product', 'read', { productId: 'weekly-sales', version: 3 }),
        'PRODUCT_NOT_FOUND',
      );
    },
  },
  {
    name: 'refuses a product that contradicts itself or may not be shared',
    async run(ledger) {
      await foundNetwork(ledger);
      await requireRefusal(publish(ledger, { minCohort: 5 }), 'PRODUCT_INVALID', /minCohort/);
      await requireRefusal(publish(ledger, { classification: 'core' }), 'CLASSIFICATION_CORE');
    },
  },
  {
    name: 'publishes a directed channel, and none whose recipients could not ask',
    async run(ledger) {
      await foundNetwork(ledger);
      const directed = (roles: string[], members: string[] = []) =>
        publish(ledger, {
          audience: sampleProduct({ audience: { roles, members } as never }).audience,
        });
      await requireRefusal(directed([]), 'PRODUCT_INVALID', /names nobody/);
      await requireRefusal(directed([], ['nobody']), 'PRODUCT_INVALID', /member nobody, who does/);
      await requireRefusal(directed([], ['gateway']), 'PRODUCT_INVALID', /member gateway, whose/);
      await requireRefusal(directed(['auditor']), 'PRODUCT_INVALID', /role auditor, which no/);
      await directed(['regulator'], ['analyst']);
    },
  },
  {
    name: 'refuses a version that would bring a fresh budget',
    async run(ledger) {
      await foundNetwork(ledger);
      await publish(ledger);
      await requireRefusal(
        publish(ledger, {
          version: 2,
          budgetGroup: sampleProduct({ budgetGroup: 'fresh' as never }).budgetGroup,
        }),
        'PRODUCT_INVALID',
        /budgetGroup/,
      );
      await requireRefusal(
        publish(ledger, { version: 2, epochs: { calendar: 'week', graceDays: 1 } }),
        'PRODUCT_INVALID',
        /calendar/,
      );
    },
  },
];

function publish(
  ledger: TestLedger,
  changes: Parameters<typeof sampleProduct>[0] = {},
): Promise<unknown> {
  return adopt(ledger, 'standard', sampleProduct(changes));
}
