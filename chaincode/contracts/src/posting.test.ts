import { amountSchema } from '@veilsum/protocol';
import type { Posting } from '@veilsum/rules';
import fc from 'fast-check';
import { z } from 'zod';
import { ConsortiumContract } from './consortium-contract.js';
import { AccountContract } from './account-contract.js';
import { LedgerContract } from './ledger-contract.js';
import { MemberContract } from './member-contract.js';
import { holdsAtLeast, post } from './posting.js';
import { MemoryLedger, foundConsortium, requireRefusal } from './testing/index.js';
import type { TransactionContext } from './transaction-stub.js';

const postingsSchema = z.array(
  z.strictObject({ debit: z.string(), credit: z.string(), amount: amountSchema }),
);

/** Posts whatever it is given, as the query and settlement contracts do. */
class MoneyContract extends LedgerContract {
  constructor() {
    super('money', {});
  }

  post(context: TransactionContext, argument: string): Promise<string> {
    const rule = { access: 'member' as const, schema: postingsSchema };
    return this.transact(context, argument, rule, (call, postings) =>
      post(
        call,
        postings.map((posting) => ({ ...posting, kind: 'escrow' as const })),
      ),
    );
  }

  holds(context: TransactionContext, argument: string): Promise<string> {
    const schema = z.strictObject({ accountId: z.string(), amount: amountSchema });
    const rule = { access: 'member' as const, schema };
    return this.transact(context, argument, rule, ({ state }, { accountId, amount }) =>
      holdsAtLeast(state, accountId, BigInt(amount)),
    );
  }
}

const ALICE = 'member:alice';
const BOB = 'member:bob';
const FUND = 'fund:subsidy';

type Move = Pick<Posting, 'debit' | 'credit' | 'amount'>;

async function openLedger(): Promise<MemoryLedger> {
  const ledger = new MemoryLedger([
    new ConsortiumContract(),
    new MemberContract(),
    new AccountContract(),
    new MoneyContract(),
  ]);
  await foundConsortium(ledger);
  return ledger;
}

function move(ledger: MemoryLedger, ...moves: Move[]): Promise<unknown> {
  return ledger.submit('operator', 'money', 'post', moves);
}

function propose(ledger: MemoryLedger, ...moves: Move[]) {
  return ledger.propose('operator', 'money', 'post', moves);
}

async function balances(ledger: MemoryLedger): Promise<Record<string, string>> {
  const accounts = (await ledger.evaluate('operator', 'account', 'list', {})) as {
    accountId: string;
    balance: string;
  }[];
  return Object.fromEntries(accounts.map(({ accountId, balance }) => [accountId, balance]));
}

const deposit = (credit: string, amount: string): Move => ({ debit: 'external', credit, amount });

describe('post', () => {
  it('lets payouts to one account commit side by side', async () => {
    const ledger = await openLedger();
    await move(ledger, deposit(ALICE, '100'), deposit(FUND, '100'));
    const first = await propose(ledger, { debit: ALICE, credit: BOB, amount: '10' });
    const second = await propose(ledger, { debit: FUND, credit: BOB, amount: '20' });
    ledger.commit(first);
    ledger.commit(second);
    expect(await balances(ledger)).toMatchObject({ [BOB]: '30', [ALICE]: '90', [FUND]: '80' });
  });

  it('lets deposits commit side by side although all come from outside', async () => {
    const ledger = await openLedger();
    const proposals = [
      await propose(ledger, deposit(ALICE, '1')),
      await propose(ledger, deposit(ALICE, '2')),
    ];
    for (const proposal of proposals) ledger.commit(proposal);
    expect(await balances(ledger)).toEqual({ [ALICE]: '3', external: '-3' });
  });

  it('lets a payout and a covered spending of one account commit side by side', async () => {
    const ledger = await openLedger();
    await move(ledger, deposit(ALICE, '100'));
    // The first spending folds the credits, so that the second is covered without them.
    await move(ledger, { debit: ALICE, credit: BOB, amount: '1' });
    const spending = await propose(ledger, { debit: ALICE, credit: BOB, amount: '50' });
    await move(ledger, deposit(ALICE, '7'));
    ledger.commit(spending);
    expect(await balances(ledger)).toMatchObject({ [ALICE]: '56' });
  });

  it('never lets the same money be spent twice', async () => {
    const ledger = await openLedger();
    await move(ledger, deposit(ALICE, '100'));
    const first = await propose(ledger, { debit: ALICE, credit: BOB, amount: '60' });
    const second = await propose(ledger, { debit: ALICE, credit: FUND, amount: '60' });
    ledger.commit(first);
    await requireRefusal(
      Promise.resolve().then(() => {
        ledger.commit(second);
      }),
      'MVCC_CONFLICT',
    );
    await requireRefusal(
      move(ledger, { debit: ALICE, credit: FUND, amount: '60' }),
      'INSUFFICIENT_FUNDS',
    );
  });

  it('adds up what one transaction takes out of an account', async () => {
    const ledger = await openLedger();
    await move(ledger, deposit(ALICE, '100'));
    const half = { debit: ALICE, credit: BOB, amount: '50' };
    await requireRefusal(move(ledger, half, half, { ...half, amount: '1' }), 'INSUFFICIENT_FUNDS');
    await move(ledger, half, half);
    expect(await balances(ledger)).toMatchObject({ [ALICE]: '0', [BOB]: '100' });
  });

  it('does not let money be spent that comes in with the same transaction', async () => {
    const ledger = await openLedger();
    await requireRefusal(
      move(ledger, deposit(ALICE, '5'), { debit: ALICE, credit: BOB, amount: '5' }),
      'INSUFFICIENT_FUNDS',
    );
  });

  it('refuses to move money within one account and leaves no trace of nothing', async () => {
    const ledger = await openLedger();
    await requireRefusal(move(ledger, deposit('external', '5')), 'INVALID_ARGUMENT');
    await move(ledger, { debit: ALICE, credit: BOB, amount: '0' });
    expect(await balances(ledger)).toEqual({});
    expect(await ledger.evaluate('operator', 'account', 'journal', {})).toEqual([]);
  });

  it('says whether an account holds an amount, folded or not', async () => {
    const ledger = await openLedger();
    const holds = (amount: string) =>
      ledger.evaluate('operator', 'money', 'holds', { accountId: ALICE, amount });
    expect(await holds('0')).toBe(true);
    expect(await holds('1')).toBe(false);
    await move(ledger, deposit(ALICE, '5'), deposit(ALICE, '5'));
    expect(await holds('10')).toBe(true);
    expect(await holds('11')).toBe(false);
  });

  it('agrees with plain sums over any sequence of transactions', async () => {
    const account = fc.constantFrom('external', ALICE, BOB, FUND);
    const posting = fc
      .record({ debit: account, credit: account, amount: fc.bigInt({ min: 0n, max: 50n }) })
      .filter(({ debit, credit }) => debit !== credit);
    const transactions = fc.array(fc.array(posting, { minLength: 1, maxLength: 4 }), {
      maxLength: 12,
    });
    await fc.assert(
      fc.asyncProperty(transactions, async (sequence) => {
        const ledger = await openLedger();
        const oracle = new Map<string, bigint>();
        for (const postings of sequence) {
          const moves = postings.map((one) => ({ ...one, amount: String(one.amount) }));
          const accepted = await move(ledger, ...moves).then(
            () => true,
            () => false,
          );
          const next = applied(oracle, postings);
          expect(accepted).toBe(next !== undefined);
          if (next !== undefined) for (const [name, sum] of next) oracle.set(name, sum);
        }
        const found = await balances(ledger);
        for (const [name, sum] of oracle) expect(found[name] ?? '0').toBe(String(sum));
        expect(Object.values(found).reduce((sum, one) => sum + BigInt(one), 0n)).toBe(0n);
      }),
      { numRuns: 40 },
    );
  });
});

/** Balances after a transaction, or undefined when an account did not hold before what leaves it. */
function applied(
  before: ReadonlyMap<string, bigint>,
  postings: readonly { debit: string; credit: string; amount: bigint }[],
): Map<string, bigint> | undefined {
  const after = new Map(before);
  const left = new Map<string, bigint>();
  for (const { debit, credit, amount } of postings) {
    left.set(debit, (left.get(debit) ?? 0n) + amount);
    after.set(debit, (after.get(debit) ?? 0n) - amount);
    after.set(credit, (after.get(credit) ?? 0n) + amount);
  }
  for (const [name, sum] of left) {
    if (name !== 'external' && sum > (before.get(name) ?? 0n)) return undefined;
  }
  return after;
}
