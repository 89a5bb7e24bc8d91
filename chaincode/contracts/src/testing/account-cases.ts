import { accountSchema, journalEntrySchema, transferSchema } from '@veilsum/protocol';
import assert from 'node:assert/strict';
import { deposit, foundNetwork } from './sample-network.js';
import { sampleId } from './sample-objects.js';
import { requireRefusal, type ContractCase, type TestLedger } from './test-ledger.js';

/** Money: two signatures, double entry, never below zero but outside. */
export const accountCases: ContractCase[] = [
  {
    name: 'moves a deposit only with the second signature, and once',
    async run(ledger) {
      await foundNetwork(ledger);
      const transferId = await propose(ledger, 'analyst', 'deposit', '500');
      assert.equal(await balanceOf(ledger, 'member:analyst'), '0');
      await confirm(ledger, 'operator', transferId);
      await confirm(ledger, 'operator', transferId);
      assert.equal(await balanceOf(ledger, 'member:analyst'), '500');
      assert.equal(await balanceOf(ledger, 'external'), '-500');
    },
  },
  {
    name: 'refuses a second signature of the same member or of nobody special',
    async run(ledger) {
      await foundNetwork(ledger);
      const own = await propose(ledger, 'operator', 'deposit', '500');
      await requireRefusal(confirm(ledger, 'operator', own), 'TRANSFER_SAME_SIGNER');
      await confirm(ledger, 'treasurer', own);
      const other = await propose(ledger, 'analyst', 'deposit', '500');
      await requireRefusal(confirm(ledger, 'merchant-1', other), 'FORBIDDEN');
      await requireRefusal(confirm(ledger, 'operator', sampleId('nothing')), 'NOT_FOUND');
    },
  },
  {
    name: 'refuses a transfer of nothing and a taken id',
    async run(ledger) {
      await foundNetwork(ledger);
      await requireRefusal(
        propose(ledger, 'analyst', 'deposit', '0'),
        'INVALID_ARGUMENT',
        /amount/,
      );
      await requireRefusal(
        propose(ledger, 'analyst', 'deposit', '-1'),
        'INVALID_ARGUMENT',
        /amount/,
      );
      await propose(ledger, 'analyst', 'deposit', '5');
      await propose(ledger, 'analyst', 'deposit', '5');
      await requireRefusal(
        ledger.submit(
          'merchant-1',
          'account',
          'proposeTransfer',
          proposal('analyst', 'deposit', '5'),
        ),
        'ALREADY_EXISTS_WITH_DIFFERENT_CONTENT',
      );
    },
  },
  {
    name: 'lets out what an account holds, to the last unit and no further',
    async run(ledger) {
      await foundNetwork(ledger);
      await deposit(ledger, 'analyst', '300');
      await deposit(ledger, 'analyst', '200');
      const tooMuch = await propose(ledger, 'analyst', 'withdrawal', '501');
      await requireRefusal(confirm(ledger, 'operator', tooMuch), 'INSUFFICIENT_FUNDS', /500/);
      await confirm(ledger, 'operator', await propose(ledger, 'analyst', 'withdrawal', '100'));
      assert.equal(await balanceOf(ledger, 'member:analyst'), '400');
      await confirm(ledger, 'operator', await propose(ledger, 'analyst', 'withdrawal', '400'));
      assert.equal(await balanceOf(ledger, 'member:analyst'), '0');
      const one = await propose(ledger, 'analyst', 'withdrawal', '1');
      await requireRefusal(confirm(ledger, 'operator', one), 'INSUFFICIENT_FUNDS');
    },
  },
  {
    name: 'keeps money above 2^53 exact',
    async run(ledger) {
      await foundNetwork(ledger);
      await deposit(ledger, 'analyst', '9007199254740993');
      await deposit(ledger, 'analyst', '9007199254740995');
      assert.equal(await balanceOf(ledger, 'member:analyst'), '18014398509481988');
    },
  },
  {
    name: 'keeps a journal in which debits equal credits',
    async run(ledger) {
      await foundNetwork(ledger);
      await deposit(ledger, 'analyst', '300');
      await deposit(ledger, 'merchant-1', '50');
      await confirm(ledger, 'operator', await propose(ledger, 'analyst', 'withdrawal', '120'));
      const accounts = accountSchema
        .array()
        .parse(await ledger.evaluate('auditor', 'account', 'list', {}));
      assert.deepEqual(
        accounts.map(({ accountId, balance }) => [accountId, balance]),
        [
          ['external', '-230'],
          ['member:analyst', '180'],
          ['member:merchant-1', '50'],
        ],
      );
      const kinds = (await journalOf(ledger, { accountId: 'member:analyst' })).map(
        ({ kind }) => kind,
      );
      assert.deepEqual(kinds.sort(), ['deposit', 'withdrawal']);
      assert.equal((await journalOf(ledger, {})).length, 3);
    },
  },
  {
    name: 'holds back the money of a suspended member',
    async run(ledger) {
      await foundNetwork(ledger);
      await deposit(ledger, 'analyst', '300');
      const transferId = await propose(ledger, 'analyst', 'withdrawal', '120');
      await ledger.submit('operator', 'member', 'setStatus', {
        memberId: 'analyst',
        status: 'suspended',
      });
      await requireRefusal(confirm(ledger, 'operator', transferId), 'MEMBER_NOT_ACTIVE');
      const [transfer] = transferSchema
        .array()
        .parse(await ledger.evaluate('auditor', 'account', 'transfers', {}))
        .filter((candidate) => candidate.transferId === transferId);
      assert.equal(transfer?.status, 'proposed');
    },
  },
  {
    name: 'knows no account of somebody who is no member',
    async run(ledger) {
      await foundNetwork(ledger);
      await requireRefusal(balanceOf(ledger, 'member:nobody'), 'NOT_FOUND');
      await requireRefusal(balanceOf(ledger, 'cash'), 'INVALID_ARGUMENT', /accountId/);
      assert.equal(await balanceOf(ledger, 'fund:subsidy'), '0');
    },
  },
];

function proposal(member: string, kind: 'deposit' | 'withdrawal', amount: string) {
  return {
    format: 'veilsum-transfer/1',
    transferId: sampleId(`${kind} ${member} ${amount}`),
    kind,
    amount,
    reference: 'Statement 1',
  };
}

async function propose(
  ledger: TestLedger,
  member: string,
  kind: 'deposit' | 'withdrawal',
  amount: string,
): Promise<string> {
  const sent = proposal(member, kind, amount);
  await ledger.submit(member, 'account', 'proposeTransfer', sent);
  return sent.transferId;
}

function confirm(ledger: TestLedger, as: string, transferId: string): Promise<unknown> {
  return ledger.submit(as, 'account', 'confirmTransfer', { transferId });
}

async function balanceOf(ledger: TestLedger, accountId: string): Promise<string> {
  const account = await ledger.evaluate('auditor', 'account', 'read', { accountId });
  return accountSchema.parse(account).balance;
}

async function journalOf(ledger: TestLedger, filter: object) {
  const entries = await ledger.evaluate('auditor', 'account', 'journal', filter);
  return journalEntrySchema.array().parse(entries);
}
