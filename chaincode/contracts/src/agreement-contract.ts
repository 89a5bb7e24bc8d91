import {
  agreementIdSchema,
  agreementTermsSchema,
  VeilsumError,
  type Agreement,
  type AgreementId,
  type AgreementTerms,
} from '@veilsum/protocol';
import {
  checkAgreementAcceptance,
  checkAgreementCancellation,
  checkAgreementProposal,
  endAgreement,
  requireAllowed,
  reservePosting,
  settleAgreement,
  type SettledAgreement,
} from '@veilsum/rules';
import { z } from 'zod';
import { LedgerContract, type ContractOptions } from './ledger-contract.js';
import { members, productKey, products } from './ledger-objects.js';
import { post } from './posting.js';
import { firstPublishedValue } from './published-statistics.js';
import { agreements, goals, waitingAgreements } from './reward-objects.js';
import { isSentAgain, takenId } from './same-content.js';
import { nothingSchema } from './transaction-argument.js';
import type { TransactionCall } from './transaction-call.js';
import type { TransactionContext } from './transaction-stub.js';

const agreementReference = z.strictObject({ agreementId: agreementIdSchema });
const anyMember = 'member' as const;

/** `agreement`: bonuses that follow from a published statistic (docs/ledger.md, Settlement). */
export class AgreementContract extends LedgerContract {
  constructor(options: ContractOptions = {}) {
    super('agreement', options);
  }

  /** One party proposes; if it is the payer, the cap is set aside with it. */
  propose(context: TransactionContext, argument: string): Promise<string> {
    const rule = { access: anyMember, schema: agreementTermsSchema };
    return this.transact(context, argument, rule, proposeAgreement);
  }

  /** The other party signs the same terms; from then on the bonus is certain if the figure comes. */
  accept(context: TransactionContext, argument: string): Promise<string> {
    const rule = { access: anyMember, schema: agreementReference };
    return this.transact(context, argument, rule, (call, { agreementId }) =>
      acceptAgreement(call, agreementId),
    );
  }

  /** Who proposed takes it back before it is accepted. */
  cancel(context: TransactionContext, argument: string): Promise<string> {
    const rule = { access: anyMember, schema: agreementReference };
    return this.transact(context, argument, rule, (call, { agreementId }) =>
      cancelAgreement(call, agreementId),
    );
  }

  /** Decides by what has been published, or ends what nothing was published for in time; for anyone. */
  settle(context: TransactionContext, argument: string): Promise<string> {
    const rule = { access: anyMember, schema: agreementReference };
    return this.transact(context, argument, rule, (call, { agreementId }) =>
      settleByPublished(call, agreementId),
    );
  }

  read(context: TransactionContext, argument: string): Promise<string> {
    const rule = { access: anyMember, schema: agreementReference };
    return this.transact(context, argument, rule, ({ state }, { agreementId }) =>
      state.require(agreements, agreementId),
    );
  }

  list(context: TransactionContext, argument: string): Promise<string> {
    const rule = { access: anyMember, schema: nothingSchema };
    return this.transact(context, argument, rule, ({ state }) => state.list(agreements));
  }
}

async function proposeAgreement(call: TransactionCall, terms: AgreementTerms): Promise<Agreement> {
  const { state, caller, now } = call;
  const existing = await state.get(agreements, terms.agreementId);
  if (existing !== undefined) {
    const sent = { ...terms, proposedBy: caller.memberId };
    if (isSentAgain(existing, sent, ['proposedAt', 'status', 'acceptedAt', 'outcome'])) {
      return existing;
    }
    throw takenId('agreement', terms.agreementId);
  }
  if (terms.goalId !== undefined) await state.require(goals, terms.goalId);
  requireAllowed(checkAgreementProposal(terms, await readFacts(call, terms)));
  const agreement: Agreement = {
    ...terms,
    proposedBy: caller.memberId,
    proposedAt: now,
    status: 'proposed',
  };
  if (caller.memberId === terms.payerId) await post(call, [reservePosting(agreement)]);
  return writeAgreement(call, agreement);
}

async function acceptAgreement(
  call: TransactionCall,
  agreementId: AgreementId,
): Promise<Agreement> {
  const { state, caller, now } = call;
  const agreement = await state.require(agreements, agreementId);
  const { payerId, payeeId, proposedBy, statistic } = agreement;
  const isParty = [payerId, payeeId].includes(caller.memberId);
  if (agreement.status === 'active' && isParty && caller.memberId !== proposedBy) return agreement;
  requireAllowed(checkAgreementAcceptance(agreement, await readFacts(call, agreement)));
  if (caller.memberId === payerId) await post(call, [reservePosting(agreement)]);
  const { productId, epoch } = statistic;
  await state.put(waitingAgreements, [productId, epoch, agreementId], { agreementId });
  return writeAgreement(call, { ...agreement, status: 'active', acceptedAt: now });
}

async function cancelAgreement(
  call: TransactionCall,
  agreementId: AgreementId,
): Promise<Agreement> {
  const agreement = await call.state.require(agreements, agreementId);
  const { proposedBy, payerId, status } = agreement;
  if (status === 'cancelled' && call.caller.memberId === proposedBy) return agreement;
  requireAllowed(checkAgreementCancellation(agreement, call.caller.memberId));
  const ended = endAgreement(agreement, 'cancelled');
  if (proposedBy === payerId) await post(call, ended.postings);
  return writeAgreement(call, ended.agreement);
}

async function settleByPublished(
  call: TransactionCall,
  agreementId: AgreementId,
): Promise<Agreement> {
  const { state } = call;
  const agreement = await state.require(agreements, agreementId);
  if (agreement.status !== 'active') return agreement;
  const { agreement: settled, postings } = await decide(call, agreement);
  await post(call, postings);
  const { productId, epoch } = agreement.statistic;
  await state.delete(waitingAgreements, productId, epoch, agreementId);
  return writeAgreement(call, settled);
}

/** @throws {@link VeilsumError} DEADLINE_NOT_REACHED while the statistic may still be published */
async function decide(
  { state, now }: TransactionCall,
  agreement: Agreement,
): Promise<SettledAgreement> {
  const { statistic, until } = agreement;
  const found = await firstPublishedValue(state, statistic, until);
  if (found !== undefined) return settleAgreement(agreement, { ...found, at: now });
  if (now > until) return endAgreement(agreement, 'lapsed');
  throw new VeilsumError(
    'DEADLINE_NOT_REACHED',
    'The statistic of the agreement is not published yet, and there is time for it.',
  );
}

async function readFacts(
  { state, caller, now }: TransactionCall,
  { payerId, payeeId, statistic }: AgreementTerms,
) {
  const { productId, productVersion } = statistic;
  return {
    now,
    payer: await state.require(members, payerId),
    payee: await state.require(members, payeeId),
    product: await state.require(products, ...productKey(productId, productVersion)),
    signer: caller.memberId,
  };
}

async function writeAgreement(
  { state, emit }: TransactionCall,
  agreement: Agreement,
): Promise<Agreement> {
  const { agreementId, status } = agreement;
  await state.put(agreements, [agreementId], agreement);
  emit('agreementChanged', { agreementId, status });
  return agreement;
}
