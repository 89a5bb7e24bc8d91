import {
  commitmentSchema,
  contributionIdSchema,
  memberIdSchema,
  type Commitment,
  type Member,
  type Product,
} from '@veilsum/protocol';
import { refusalLines } from '../../../../test/fakes/refusal-lines.js';
import {
  checkCommitment,
  checkCommitmentWithdrawal,
  isLate,
  metBy,
  reopenedBy,
  type CommitmentFacts,
} from './commitment-rules.js';

const DUE = 1_000_000;
const commitment = (change: Partial<Record<keyof Commitment, unknown>> = {}): Commitment =>
  commitmentSchema.parse({
    commitmentId: 'a'.repeat(32),
    productId: 'weekly-sales',
    productVersion: 1,
    epoch: '2026-Q1',
    dueAt: DUE,
    contributorId: 'shop',
    madeAt: 1,
    status: 'open',
    ...change,
  });
const contributionId = contributionIdSchema.parse('c'.repeat(32));

function facts(change: Partial<CommitmentFacts> = {}): CommitmentFacts {
  const { contributorId, madeAt, status, ...making } = commitment();
  expect([madeAt, status]).toEqual([1, 'open']);
  return {
    making,
    product: { contributorRoles: ['merchant'], epochs: { calendar: 'quarter' } } as Product,
    contributor: { memberId: contributorId, roles: ['merchant'] as Member['roles'] },
    standing: undefined,
    now: DUE - 1,
    ...change,
  };
}

const codeOf = (verdict: { trace: { passed: boolean; code?: string | undefined }[] }) =>
  verdict.trace.find(({ passed }) => !passed)?.code;

describe('a commitment', () => {
  it('is made before it is due, not at that moment', () => {
    expect(checkCommitment(facts()).allowed).toBe(true);
    const verdict = checkCommitment(facts({ now: DUE }));
    expect(codeOf(verdict)).toBe('INVALID_ARGUMENT');
    expect(verdict.trace.find(({ passed }) => !passed)?.sentence).toContain('dueAt');
  });

  it('is for those who may contribute, for an epoch of the product, and once', () => {
    const buyer = { memberId: memberIdSchema.parse('buyer'), roles: ['analyst' as const] };
    expect(codeOf(checkCommitment(facts({ contributor: buyer })))).toBe('FORBIDDEN');
    const { making } = facts();
    const monthly = { ...making, epoch: '2026-M01' };
    expect(codeOf(checkCommitment(facts({ making: monthly })))).toBe('INVALID_ARGUMENT');
    const again = checkCommitment(facts({ standing: commitment({ status: 'withdrawn' }) }));
    expect(codeOf(again)).toBe('COMMITMENT_STANDS');
    expect(again.trace.at(-1)?.sentence).toContain('a'.repeat(32));
  });

  it('is taken back by its contributor, while open and until it is due', () => {
    const shop = { callerId: 'shop', now: DUE };
    expect(checkCommitmentWithdrawal(commitment(), shop).allowed).toBe(true);
    const cases: [Commitment, typeof shop, string][] = [
      [commitment(), { ...shop, now: DUE + 1 }, 'INVALID_STATE'],
      [commitment(), { ...shop, callerId: 'other' }, 'FORBIDDEN'],
      [commitment({ status: 'met' }), shop, 'INVALID_STATE'],
    ];
    for (const [of, by, code] of cases) {
      expect(codeOf(checkCommitmentWithdrawal(of, by))).toBe(code);
    }
  });

  it('is late after it was due, when nothing was stored and it was not taken back', () => {
    expect(isLate(commitment(), DUE)).toBe(false);
    expect(isLate(commitment(), DUE + 1)).toBe(true);
    expect(isLate(commitment({ status: 'met' }), DUE + 1)).toBe(false);
    expect(isLate(commitment({ status: 'withdrawn' }), DUE + 1)).toBe(false);
  });

  it('is met by what is stored of its version, and keeps when that was first', () => {
    const stored = { contributionId, productVersion: 1 };
    const met = metBy(commitment(), stored, 5);
    expect(met).toEqual(commitment({ status: 'met', contributionId, metAt: 5 }));
    const second = { ...stored, contributionId: contributionIdSchema.parse('d'.repeat(32)) };
    expect(met && metBy(met, second, 9)).toEqual(
      commitment({ status: 'met', contributionId: second.contributionId, metAt: 5 }),
    );
    expect(metBy(commitment(), { ...stored, productVersion: 2 }, 5)).toBeUndefined();
    expect(metBy(commitment({ status: 'withdrawn' }), stored, 5)).toBeUndefined();
  });

  it('opens again when what met it goes before it is due, not after', () => {
    const met = commitment({ status: 'met', contributionId, metAt: 5 });
    expect(reopenedBy(met, { contributionId }, DUE)).toEqual(commitment());
    expect(reopenedBy(met, { contributionId }, DUE + 1)).toBeUndefined();
    const other = contributionIdSchema.parse('d'.repeat(32));
    expect(reopenedBy(met, { contributionId: other }, 6)).toBeUndefined();
    expect(reopenedBy(commitment(), { contributionId }, 6)).toBeUndefined();
  });
});

describe('what a refused commitment is told', () => {
  const refused = (change: Partial<CommitmentFacts>) =>
    refusalLines(checkCommitment(facts(change)));
  const product = { contributorRoles: ['merchant', 'platform'], epochs: { calendar: 'quarter' } };

  it('names the roles, one of which is enough', () => {
    const buyer = { memberId: memberIdSchema.parse('buyer'), roles: ['analyst' as const] };
    expect(refused({ contributor: buyer, product: product as Product })).toEqual([
      expect.stringMatching(/^commitment-role FORBIDDEN: .*roles only: merchant, platform\./),
    ]);
    expect(refused({ product: product as Product })).toEqual([]);
  });

  it('names the rule that failed', () => {
    const rules = (change: Partial<CommitmentFacts>) =>
      refused(change).map((line) => line.split(' ')[0]);
    expect(rules({ product: { ...product, epochs: { calendar: 'year' } } as Product })).toEqual([
      'commitment-epoch',
    ]);
    expect(rules({ now: DUE })).toEqual(['commitment-due']);
    expect(rules({ standing: commitment() })).toEqual(['commitment-single']);
  });

  it('is held against its product, epoch and date, and the time', () => {
    const about = { productId: 'weekly-sales', epoch: '2026-Q1', dueAt: String(DUE) };
    const inputs = checkCommitment(facts({ now: 5 })).trace.map((outcome) => outcome.inputs);
    expect(inputs).toEqual([about, about, { ...about, now: '5' }, about]);
  });

  it('says why it is not taken back', () => {
    const verdict = checkCommitmentWithdrawal(commitment({ status: 'met' }), {
      callerId: 'other',
      now: DUE + 1,
    });
    expect(refusalLines(verdict)).toEqual([
      'commitment-owner FORBIDDEN: A commitment belongs to the contributor who made it.',
      'commitment-status INVALID_STATE: The commitment is met.',
      'commitment-due INVALID_STATE: The commitment was due already; contribute to meet it.',
    ]);
    expect(verdict.trace.map(({ inputs }) => inputs)).toEqual([
      {},
      { status: 'met' },
      { dueAt: String(DUE), now: String(DUE + 1) },
    ]);
  });
});
