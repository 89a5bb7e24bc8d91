import { hashCanonicalJson } from '@veilsum/crypto';
import { proposals, ruleChanges } from './proposal-rules.js';
import { NOW, found, type Write } from './testing/audited-writes.js';

const rulebookChange = { kind: 'rulebook', content: { version: 1 } };
const vote = { mspId: 'regulator-msp', memberId: 'regulator', transactionId: 't1' };
const earlierVote = { mspId: 'operator-msp', memberId: 'operator', transactionId: 't0' };
const proposal = (change: object = {}) => ({
  proposalId: 'p',
  kind: 'rulebook',
  contentHash: hashCanonicalJson(rulebookChange),
  needs: { all: ['operator-msp'], some: { n: 1, of: ['regulator-msp', 'shops-msp'] } },
  proposedBy: 'operator',
  proposedAt: 1,
  expiresAt: NOW,
  approvals: [earlierVote],
  rejections: [],
  status: 'open',
  ...change,
});
const proposed: Write[] = [
  [['proposal', 'p'], proposal()],
  [['proposedChange', 'p'], rulebookChange],
];
const adopted = proposal({ approvals: [earlierVote, vote], status: 'adopted' });
const rulebook: Write = [['rulebook', '1'], { rulebook: { version: 1 }, inForceFrom: 5 }];

describe('the audit of proposals', () => {
  const check = (change: object, when: [string?, number?] = []) =>
    found(proposals, proposed, [[['proposal', 'p'], { ...adopted, ...change }]], when).join(' ');

  it('accepts one that its organisations approved, to the last moment', () => {
    expect(check({})).toBe('');
    expect(found(proposals, [], proposed, ['operator']).join(' ')).toMatch(/another member wrote/);
  });

  it.each<[string, object, [string?, number?], RegExp]>([
    [
      'without one that is needed',
      { needs: { all: ['x'], some: { n: 0, of: [] } } },
      [],
      /without x/,
    ],
    [
      'with too few',
      { needs: { ...adopted.needs, some: { n: 2, of: ['regulator-msp', 'y'] } } },
      [],
      /1 of 2/,
    ],
    ['too late', {}, ['regulator', NOW + 1], /after it had expired/],
    ['by a vote that somebody else wrote', {}, ['operator'], /vote of regulator-msp that another/],
    [
      'with a vote less',
      { approvals: [vote] },
      [],
      /lost one of its approvals.*without operator-msp/,
    ],
    [
      'of another content',
      { contentHash: '00' },
      [],
      /another contentHash.*does not have its hash/,
    ],
    [
      'by one alone',
      { approvals: [earlierVote], needs: { all: [], some: { n: 0, of: [] } } },
      [],
      /one organisation alone/,
    ],
  ])('finds one that took effect %s', (_what, change, when, sentence) => {
    expect(check(change, when)).toMatch(sentence);
  });

  it('finds what is changed after its end, and what is removed', () => {
    const ended: Write[] = [[['proposal', 'p'], adopted], ...proposed.slice(1)];
    expect(found(proposals, ended, [[['proposal', 'p'], adopted]]).join()).toMatch(
      /after it was adopted/,
    );
    expect(found(proposals, ended, [[['proposal', 'p'], null]])).toEqual([
      'A proposal was removed.',
    ]);
  });

  it('wants every rulebook and scheme to come by one, and to stay', () => {
    const byProposal: Write[] = [[['proposal', 'p'], adopted], rulebook];
    expect(found(ruleChanges, proposed, byProposal)).toEqual([]);
    expect(found(ruleChanges, proposed, [rulebook]).join()).toMatch(/rulebook came without/);
    expect(found(ruleChanges, [rulebook], byProposal.slice(1)).join()).toMatch(/was changed after/);
    const other: Write = [['rulebook', '1'], { rulebook: { version: 2 } }];
    expect(found(ruleChanges, proposed, [[['proposal', 'p'], adopted], other])).toHaveLength(1);
    expect(found(ruleChanges, [], [[['rewardScheme', '1'], { version: 1 }]])).toHaveLength(1);
    const product: Write = [['product', 'sales', '1'], { publishedAt: 1, title: 'Sales' }];
    expect(found(ruleChanges, [product], [product])).toEqual([
      'A product was changed after it was written.',
    ]);
  });

  it('wants standards, keys and roles to come by one, too', () => {
    const by = (kind: string, content: object, now: Write): readonly string[] => {
      const change: Write = [['proposedChange', 'p'], { kind, content }];
      return found(ruleChanges, [change], [[['proposal', 'p'], { ...adopted, kind }], now]);
    };
    const product: Write = [['product', 'sales', '1'], { publishedAt: 1, title: 'Sales' }];
    expect(by('standard', { title: 'Sales' }, product)).toEqual([]);
    expect(by('standard', { title: 'Other' }, product)).toHaveLength(1);
    expect(found(ruleChanges, [], [product])).toHaveLength(1);
    const key: Write = [['committeeKey', 'k'], { keyId: 'k', record: { t: 2 }, status: 'active' }];
    expect(by('committeeKey', { record: { t: 2 }, keyholders: [] }, key)).toEqual([]);
    expect(by('committeeKey', { record: { t: 1 }, keyholders: [] }, key)).toHaveLength(1);
    expect(found(ruleChanges, [key], [key])).toEqual([]);
    const member = (...roles: string[]): Write => [['member', 'new'], { memberId: 'new', roles }];
    expect(by('member', {}, member('keyholder'))).toEqual([]);
    expect(by('memberRoles', {}, member('regulator'))).toEqual([]);
    expect(found(ruleChanges, [], [member('analyst', 'gateway')])).toEqual([]);
    expect(found(ruleChanges, [], [member('analyst', 'merchant')])).toEqual([
      'new got the role merchant without a proposal.',
    ]);
    expect(found(ruleChanges, [member('merchant')], [member('merchant')])).toEqual([]);
  });
});
