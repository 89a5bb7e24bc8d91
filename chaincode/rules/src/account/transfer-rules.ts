import type { Member, Transfer, TransferProposal, Verdict } from '@veilsum/protocol';
import { failed, passed, verdictOf } from '../verdict.js';
import { EXTERNAL_ACCOUNT, type Posting } from './postings.js';

type Signer = Pick<Member, 'memberId' | 'legalEntityId'>;

/** Whether a transfer moves anything. */
export function checkTransferProposal({ amount }: Pick<TransferProposal, 'amount'>): Verdict {
  const name = { rule: 'transfer-amount', version: 1 };
  return verdictOf([
    amount === '0'
      ? failed(name, {
          code: 'INVALID_ARGUMENT',
          sentence: 'The field amount must be more than 0.',
        })
      : passed(name, 'The amount is more than 0.', { amount }),
  ]);
}

/** Whether a second signature is really a second one: another member, of another legal entity. */
export function checkTransferConfirmation(proposer: Signer, confirmer: Signer): Verdict {
  const name = { rule: 'two-signatures', version: 1 };
  const inputs = { proposer: proposer.memberId, confirmer: confirmer.memberId };
  const same =
    proposer.memberId === confirmer.memberId || proposer.legalEntityId === confirmer.legalEntityId;
  return verdictOf([
    same
      ? failed(
          name,
          {
            code: 'TRANSFER_SAME_SIGNER',
            sentence:
              'A transfer is confirmed by a member of another legal entity than its proposer.',
          },
          inputs,
        )
      : passed(name, 'Two members of different legal entities signed.', inputs),
  ]);
}

/** What a confirmed transfer moves: a deposit in from outside, a withdrawal out of the member's account. */
export function transferPosting(
  transfer: Pick<Transfer, 'kind' | 'amount' | 'reference' | 'memberId'>,
): Posting {
  const { kind, amount, reference } = transfer;
  const account = `member:${transfer.memberId}`;
  return kind === 'deposit'
    ? { debit: EXTERNAL_ACCOUNT, credit: account, amount, kind, reference }
    : { debit: account, credit: EXTERNAL_ACCOUNT, amount, kind, reference };
}
