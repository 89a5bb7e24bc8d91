import { schemesInForce } from './scheme-rules.js';
import { NOW, found, query, type Write } from './testing/audited-writes.js';

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
