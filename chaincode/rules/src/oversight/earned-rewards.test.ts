import { journalEntrySchema } from '@veilsum/protocol';
import { earnerOf } from './earned-rewards.js';

describe('what a member earns', () => {
  const kinds = journalEntrySchema.shape.kind.options;
  const earned = kinds.filter((kind) => earnerOf({ credit: 'member:shop', kind }) === 'shop');

  it('is every payment for data, shares and work, and nothing that is given back', () => {
    expect([...earned].sort()).toEqual([
      'contributor-coverage',
      'contributor-minimum',
      'cost-compensation',
      'keyholder-fee',
      'operator-fee',
      'performance-bonus',
      'subsidy-top-up',
    ]);
    for (const kind of ['refund', 'deposit', 'reward-release'] as const) {
      expect(earnerOf({ credit: 'member:shop', kind })).toBeUndefined();
    }
  });

  it('is nothing that goes elsewhere', () => {
    for (const credit of ['fund:subsidy', 'frozen:shop', `escrow:${'a'.repeat(32)}`]) {
      expect(earnerOf({ credit, kind: 'contributor-coverage' })).toBeUndefined();
    }
  });
});
