import { memberIdSchema, legalEntityIdSchema } from '@veilsum/protocol';
import { refusalLines } from '../../../../test/fakes/refusal-lines.js';
import {
  creditRows,
  debitTotals,
  journalEntries,
  requireConservation,
  type Posting,
} from './postings.js';
import {
  checkTransferConfirmation,
  checkTransferProposal,
  transferPosting,
} from './transfer-rules.js';

const origin = { at: 5, transactionId: 'tx' };
const posting = (debit: string, credit: string, amount: string): Posting => ({
  debit,
  credit,
  amount,
  kind: 'escrow',
});

describe('journalEntries', () => {
  it('number what moves and leave out what does not', () => {
    const entries = journalEntries(
      [
        posting('member:a1', 'external', '3'),
        posting('member:a1', 'fund:subsidy', '0'),
        posting('external', 'member:a1', '4'),
      ],
      origin,
    );
    expect(entries.map(({ entryId, amount, at }) => [entryId, amount, at])).toEqual([
      ['tx~0', '3', 5],
      ['tx~1', '4', 5],
    ]);
  });

  it('refuse to move money within one account', () => {
    expect(() => journalEntries([posting('external', 'external', '1')], origin)).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT' }) as Error,
    );
  });
});

describe('debitTotals and creditRows', () => {
  it('balance, with the outside as a negative row', () => {
    const entries = journalEntries(
      [
        posting('member:a1', 'member:b1', '3'),
        posting('member:a1', 'external', '4'),
        posting('external', 'member:a1', '9'),
      ],
      origin,
    );
    expect([...debitTotals(entries)]).toEqual([['member:a1', 7n]]);
    expect(creditRows(entries)).toEqual([
      { accountId: 'member:b1', amount: 3n },
      { accountId: 'external', amount: 4n },
      { accountId: 'member:a1', amount: 9n },
      { accountId: 'external', amount: -9n },
    ]);
    const changes = [-7n, ...creditRows(entries).map(({ amount }) => amount)];
    expect(() => {
      requireConservation(changes);
    }).not.toThrow();
    expect(() => {
      requireConservation([...changes, 1n]);
    }).toThrow(/differ/);
  });
});

describe('transfers', () => {
  const signer = (memberId: string, legalEntityId: string) => ({
    memberId: memberIdSchema.parse(memberId),
    legalEntityId: legalEntityIdSchema.parse(legalEntityId),
  });

  it('move something', () => {
    expect(checkTransferProposal({ amount: '1' }).allowed).toBe(true);
    expect(checkTransferProposal({ amount: '0' }).allowed).toBe(false);
  });

  it('take the signatures of two legal entities', () => {
    const acme = signer('acme', 'entity-a');
    const allowed = (confirmer: typeof acme) => checkTransferConfirmation(acme, confirmer).allowed;
    expect(allowed(signer('operator', 'entity-o'))).toBe(true);
    expect(allowed(acme)).toBe(false);
    expect(allowed(signer('acme', 'entity-o'))).toBe(false);
    expect(allowed(signer('shell', 'entity-a'))).toBe(false);
  });

  it('go in from outside, or out to it', () => {
    const transfer = { amount: '5', reference: 'r', memberId: memberIdSchema.parse('acme') };
    expect(transferPosting({ ...transfer, kind: 'deposit' })).toMatchObject({
      debit: 'external',
      credit: 'member:acme',
      amount: '5',
      kind: 'deposit',
    });
    expect(transferPosting({ ...transfer, kind: 'withdrawal' })).toMatchObject({
      debit: 'member:acme',
      credit: 'external',
      kind: 'withdrawal',
    });
  });
});

describe('what the rules of transfers say', () => {
  const signer = (memberId: string, legalEntityId: string) => ({
    memberId: memberIdSchema.parse(memberId),
    legalEntityId: legalEntityIdSchema.parse(legalEntityId),
  });

  it('names the amount', () => {
    expect(refusalLines(checkTransferProposal({ amount: '0' }))).toEqual([
      'transfer-amount INVALID_ARGUMENT: The field amount must be more than 0.',
    ]);
    expect(checkTransferProposal({ amount: '1' }).trace).toEqual([
      {
        rule: 'transfer-amount',
        version: 1,
        passed: true,
        sentence: 'The amount is more than 0.',
        inputs: { amount: '1' },
      },
    ]);
  });

  it('names both signers', () => {
    const proposer = signer('acme', 'acme-group');
    const same = checkTransferConfirmation(proposer, signer('treasurer', 'acme-group'));
    expect(refusalLines(same)).toEqual([
      expect.stringMatching(/^two-signatures TRANSFER_SAME_SIGNER: .*another legal entity/),
    ]);
    const other = checkTransferConfirmation(proposer, signer('treasurer', 'association'));
    expect(other.trace[0]).toMatchObject({
      rule: 'two-signatures',
      version: 1,
      sentence: expect.stringContaining('different legal entities') as string,
      inputs: { proposer: 'acme', confirmer: 'treasurer' },
    });
  });

  it('says that money cannot stay where it is', () => {
    expect(() => journalEntries([posting('external', 'external', '1')], origin)).toThrow(
      /within one account/,
    );
  });
});
