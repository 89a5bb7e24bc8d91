import type { ApprovalNeeds, Proposal, Role, Verdict } from '@veilsum/protocol';
import {
  PROPOSAL_LIFETIME_MAX_MS,
  checkApproval,
  checkProposalLifetime,
  checkProposalWithdrawal,
  checkRejection,
  checkUnchangedNeeds,
  isApprovalComplete,
  isAskedToApprove,
  isHopeless,
  missingApprovals,
  proposalStatusAt,
} from './proposal-rules.js';

const NOW = 1_000_000;

const needs = (all: string[], n = 0, of: string[] = []) =>
  ({ all, some: { n, of }, trace: [] }) as unknown as ApprovalNeeds;

const proposal = (changes: object = {}) =>
  ({
    proposalId: 'ab'.repeat(16),
    contentHash: 'c'.repeat(64),
    proposedBy: 'operator',
    needs: needs(['Association'], 1, ['Banks', 'Shops']),
    approvals: [],
    rejections: [],
    status: 'open',
    expiresAt: NOW,
    ...changes,
  }) as unknown as Proposal;

const caller = (mspId: string, roles: Role[] = ['keyholder']) =>
  ({ memberId: `member-of-${mspId}`, mspId, roles }) as never;

/** `CODE: sentence` of the first rule that did not pass. */
function refusal({ allowed, trace }: Verdict): string {
  const first = trace.find(({ passed }) => !passed);
  return allowed ? 'allowed' : `${first?.code}: ${first?.sentence}`;
}

describe('the time of a proposal', () => {
  it.each([
    [NOW, /^INVALID_ARGUMENT: .*expiresAt/],
    [NOW + 1, /^allowed$/],
    [NOW + PROPOSAL_LIFETIME_MAX_MS, /^allowed$/],
    [NOW + PROPOSAL_LIFETIME_MAX_MS + 1, /^LIMIT_EXCEEDED: .*90 days/],
  ])('may end at %d or not', (expiresAt, expected) => {
    expect(refusal(checkProposalLifetime(expiresAt, NOW))).toMatch(expected);
  });

  it('is 90 days at most', () => {
    expect(PROPOSAL_LIFETIME_MAX_MS).toBe(7_776_000_000);
  });

  it('ends an open proposal after its last millisecond, and no other', () => {
    expect(proposalStatusAt(proposal(), NOW)).toBe('open');
    expect(proposalStatusAt(proposal(), NOW + 1)).toBe('expired');
    expect(proposalStatusAt(proposal({ status: 'adopted' }), NOW + 1)).toBe('adopted');
  });
});

describe('an approval', () => {
  const hash = proposal().contentHash;
  const approval = (changes: object, speaker = caller('Banks'), now = NOW) =>
    refusal(checkApproval({ proposal: proposal(changes), caller: speaker, now }, hash));

  it.each(['Association', 'Banks', 'Shops'])('is taken from %s, which is asked', (mspId) => {
    expect(approval({}, caller(mspId))).toBe('allowed');
  });

  it.each(['operator', 'keyholder', 'regulator', 'auditor'] as const)(
    'is given by a member with the role %s',
    (role) => {
      expect(approval({}, caller('Banks', ['finance', role]))).toBe('allowed');
    },
  );

  it.each(['gateway', 'platform', 'merchant', 'logistics', 'finance', 'analyst'] as const)(
    'is not given by a member with the role %s alone',
    (role) => {
      expect(approval({}, caller('Banks', [role]))).toMatch(/^FORBIDDEN: .*member-of-Banks.*speak/);
    },
  );

  it('is refused from an organisation that is not asked', () => {
    expect(approval({}, caller('Carriers'))).toMatch(
      /^FORBIDDEN: .*asks Association, Banks, Shops.*Carriers/,
    );
  });

  it('is refused after the end, and after a decision', () => {
    expect(approval({}, caller('Banks'), NOW + 1)).toMatch(/^PROPOSAL_EXPIRED: .*again/);
    for (const status of ['adopted', 'withdrawn', 'rejected']) {
      expect(approval({ status })).toMatch(new RegExp(`^INVALID_STATE: .*${status}`));
    }
  });

  it('is refused when the organisation has spoken', () => {
    const vote = { mspId: 'Banks', memberId: 'teller' };
    expect(approval({ approvals: [vote] })).toMatch(/^INVALID_STATE: teller has spoken for Banks/);
    expect(approval({ rejections: [vote] })).toMatch(/^INVALID_STATE: teller/);
    expect(approval({ rejections: [vote] }, caller('Shops'))).toBe('allowed');
  });

  it('is refused for another content than that of the proposal', () => {
    expect(approval({ contentHash: 'd'.repeat(64) })).toMatch(
      new RegExp(`^PROPOSAL_CONTENT_MISMATCH: .*${'d'.repeat(64)}, not ${'c'.repeat(64)}`),
    );
  });

  it('says what it looked at', () => {
    const { trace } = checkApproval(
      { proposal: proposal(), caller: caller('Banks'), now: 0 },
      hash,
    );
    expect(trace.map(({ rule }) => rule)).toEqual([
      'proposal-speaker',
      'proposal-asked',
      'proposal-open',
      'proposal-one-word',
      'proposal-content',
    ]);
    expect(trace[0]?.inputs).toEqual({
      proposalId: 'ab'.repeat(16),
      memberId: 'member-of-Banks',
      mspId: 'Banks',
    });
  });
});

describe('a rejection', () => {
  it('is taken from whoever could approve, and from nobody else', () => {
    const rejection = (mspId: string, changes: object = {}) =>
      refusal(checkRejection({ proposal: proposal(changes), caller: caller(mspId), now: NOW }));
    expect(rejection('Shops')).toBe('allowed');
    expect(rejection('Carriers')).toMatch(/^FORBIDDEN/);
    expect(rejection('Shops', { status: 'adopted' })).toMatch(/^INVALID_STATE/);
  });
});

describe('a withdrawal', () => {
  it("is the proposer's, while the proposal is open", () => {
    const withdrawal = (callerId: string, now = NOW) =>
      refusal(checkProposalWithdrawal(proposal(), callerId, now));
    expect(withdrawal('operator')).toBe('allowed');
    expect(withdrawal('treasurer')).toMatch(/^FORBIDDEN: .*operator/);
    expect(withdrawal('operator', NOW + 1)).toMatch(/^PROPOSAL_EXPIRED/);
  });
});

describe('the count of approvals', () => {
  const asked = needs(['Association', 'Regulator'], 2, ['Banks', 'Carriers', 'Shops']);

  it('is complete with all the first and enough of the others', () => {
    const first = ['Association', 'Regulator'];
    expect(isApprovalComplete(asked, [...first, 'Banks', 'Shops'])).toBe(true);
    expect(isApprovalComplete(asked, [...first, 'Banks'])).toBe(false);
    expect(isApprovalComplete(asked, ['Association', 'Banks', 'Carriers', 'Shops'])).toBe(false);
    expect(isApprovalComplete(asked, [...first, 'Banks', 'Banks'])).toBe(false);
    expect(isApprovalComplete(needs(['Association']), ['Association'])).toBe(true);
  });

  it('says who is missing', () => {
    expect(missingApprovals(asked, ['Regulator', 'Banks'])).toEqual({
      all: ['Association'],
      some: { n: 1, of: ['Carriers', 'Shops'] },
    });
    expect(missingApprovals(asked, ['Banks', 'Shops', 'Carriers'])).toEqual({
      all: ['Association', 'Regulator'],
      some: { n: 0, of: [] },
    });
  });

  it('asks exactly those who are named', () => {
    expect(['Association', 'Shops'].every((mspId) => isAskedToApprove(asked, mspId))).toBe(true);
    expect(isAskedToApprove(asked, 'Strangers')).toBe(false);
  });

  it('is hopeless with one no of the first, or too few others left', () => {
    expect(isHopeless(asked, [])).toBe(false);
    expect(isHopeless(asked, ['Regulator'])).toBe(true);
    expect(isHopeless(asked, ['Banks'])).toBe(false);
    expect(isHopeless(asked, ['Banks', 'Shops'])).toBe(true);
  });
});

describe('approvals that are needed by now', () => {
  const then = needs(['Association', 'Regulator'], 1, ['Banks', 'Shops']);

  it('may be listed otherwise, but must be the same', () => {
    const same = needs(['Regulator', 'Association'], 1, ['Shops', 'Banks']);
    expect(refusal(checkUnchangedNeeds(then, same))).toBe('allowed');
    for (const other of [
      needs(['Association'], 1, ['Banks', 'Shops']),
      needs(['Association', 'Regulator'], 2, ['Banks', 'Shops']),
      needs(['Association', 'Regulator'], 1, ['Banks', 'Shops', 'Carriers']),
      needs(['Association', 'Regulator']),
    ]) {
      expect(refusal(checkUnchangedNeeds(then, other))).toMatch(
        /^INVALID_STATE: .*Propose it again/,
      );
    }
  });

  it('names both', () => {
    expect(refusal(checkUnchangedNeeds(then, needs(['Association', 'State'])))).toContain(
      'Association, State, no longer Association, Regulator and 1 of Banks, Shops',
    );
  });
});
