import { schemesInForce, subsidies } from './subsidy-rules.js';
import { NOW, found, query, type Write } from './testing/audited-writes.js';

describe('the audit of the subsidy fund', () => {
  const scheme: Write = [
    ['rewardScheme', '1'],
    { version: 1, effectiveFrom: 1, smallMembers: { priceSupportMax: '7', topUpMax: '5' } },
  ];
  const help = (kind: string, amount: string, credit = 'member:shop'): Write => [
    ['journal', 'h'],
    { kind, debit: 'fund:subsidy', credit, amount, queryId: 'q' },
  ];
  const asked = (analystId: string) => query({ analystId, rewardSchemeVersion: 1 });
  const rule = (now: Write[], earlier: Write[] = [scheme]) =>
    found(subsidies, earlier, now).join(' ');

  it('accepts help for small members up to its caps', () => {
    expect(rule([asked('shop'), help('subsidy-price', '7', 'escrow:q')])).toBe('');
    expect(rule([asked('chain'), help('subsidy-top-up', '5')])).toBe('');
    expect(rule([asked('chain'), help('subsidy-top-up', '5', 'frozen:shop')])).toBe('');
  });

  it('finds help for large members, above a cap, or without a scheme', () => {
    expect(rule([asked('chain'), help('subsidy-price', '7', 'escrow:q')])).toMatch(
      /chain.*not small/,
    );
    expect(rule([asked('shop'), help('subsidy-price', '8', 'escrow:q')])).toMatch(/at most 7/);
    expect(rule([asked('chain'), help('subsidy-top-up', '6')])).toMatch(/at most 5/);
    expect(rule([asked('shop'), help('subsidy-top-up', '1')], [])).toMatch(
      /without a reward scheme/,
    );
  });

  it('finds a cost that is repaid beyond itself', () => {
    const cost = (repaid: string): Write => [
      ['cost', 'x'],
      { contributorId: 'shop', amount: '5', repaid },
    ];
    expect(rule([cost('5')])).toBe('');
    expect(rule([cost('6')])).toMatch(/repaid more than its cost/);
  });
});

describe('the audit of reward schemes', () => {
  const schemes: Write[] = [
    [['rewardScheme', '3'], { version: 3, effectiveFrom: NOW }],
    [['rewardScheme', '4'], { version: 4, effectiveFrom: NOW + 1 }],
  ];
  const under = (rewardSchemeVersion?: number) => query({ rewardSchemeVersion });

  it('holds every query to the one in force, and to the one that it has', () => {
    expect(found(schemesInForce, schemes, [under(3)])).toEqual([]);
    expect(found(schemesInForce, [], [under()])).toEqual([]);
    expect(found(schemesInForce, schemes, [under(4)])).toHaveLength(1);
    expect(found(schemesInForce, schemes, [under()])).toHaveLength(1);
    expect(found(schemesInForce, [...schemes, under(3)], [under(3)], ['x', NOW + 9])).toEqual([]);
    expect(found(schemesInForce, [...schemes, under(3)], [under(4)], ['x', NOW + 9])).toHaveLength(
      1,
    );
  });
});
