import {
  consentIdSchema,
  consentTermsSchema,
  memberIdSchema,
  productIdSchema,
  type Consent,
  type ConsentId,
  type ConsentTerms,
} from '@veilsum/protocol';
import {
  checkConsentAmendment,
  checkConsentTerms,
  checkConsentWithdrawal,
  namedRecipients,
  requireAllowed,
} from '@veilsum/rules';
import { z } from 'zod';
import { answerRequest } from './consent-answer.js';
import { LedgerContract, type ContractOptions } from './ledger-contract.js';
import { consentPlaces, consents, members, productKey, products } from './ledger-objects.js';
import { requireAnsweredQuestions } from './question-citation.js';
import { isSentAgain, takenId } from './same-content.js';
import type { TransactionCall } from './transaction-call.js';
import type { TransactionContext } from './transaction-stub.js';
import type { WorldState } from './world-state.js';

const consentReference = z.strictObject({ consentId: consentIdSchema });
const consentFilter = z.strictObject({
  contributorId: memberIdSchema.optional(),
  productId: productIdSchema.optional(),
});

/** `consent`: what contributors allow (docs/ledger.md, Consents). */
export class ConsentContract extends LedgerContract {
  constructor(options: ContractOptions = {}) {
    super('consent', options);
  }

  /** A contributor allows uses of what it will contribute to a product. */
  grant(context: TransactionContext, argument: string): Promise<string> {
    const rule = { access: 'member' as const, schema: consentTermsSchema };
    return this.transact(context, argument, rule, async (call, terms) => {
      const existing = await findConsent(call.state, terms.consentId);
      if (existing !== undefined) {
        if (isGivenAgain(existing, terms, call)) return existing;
        throw takenId('consent', terms.consentId);
      }
      await requireValidTerms(call, terms);
      await answerRequest(call, terms);
      const { memberId } = call.caller;
      await call.state.put(consentPlaces, [terms.consentId], {
        productId: terms.productId,
        contributorId: memberId,
      });
      return writeConsent(call, {
        ...terms,
        contributorId: memberId,
        revision: 1,
        status: 'active',
        givenAt: call.now,
        changedAt: call.now,
      });
    });
  }

  /** A contributor changes the terms; the old ones stay readable. */
  amend(context: TransactionContext, argument: string): Promise<string> {
    const rule = { access: 'member' as const, schema: consentTermsSchema };
    return this.transact(context, argument, rule, async (call, terms) => {
      const current = await requireConsent(call.state, terms.consentId);
      if (isGivenAgain(current, terms, call)) return current;
      requireAllowed(checkConsentAmendment(current, terms, call.caller.memberId));
      await requireValidTerms(call, terms);
      return writeConsent(call, {
        ...terms,
        contributorId: current.contributorId,
        revision: current.revision + 1,
        status: 'active',
        givenAt: current.givenAt,
        changedAt: call.now,
      });
    });
  }

  /** A contributor takes its consent back, for every query that has not been released yet. */
  withdraw(context: TransactionContext, argument: string): Promise<string> {
    const rule = { access: 'member' as const, schema: consentReference };
    return this.transact(context, argument, rule, async (call, { consentId }) => {
      const current = await requireConsent(call.state, consentId);
      requireAllowed(checkConsentWithdrawal(current, call.caller.memberId));
      if (current.status === 'withdrawn') return current;
      return writeConsent(call, { ...current, status: 'withdrawn', changedAt: call.now });
    });
  }

  read(context: TransactionContext, argument: string): Promise<string> {
    const rule = { access: 'member' as const, schema: consentReference };
    return this.transact(context, argument, rule, ({ state }, { consentId }) =>
      requireConsent(state, consentId),
    );
  }

  list(context: TransactionContext, argument: string): Promise<string> {
    const rule = { access: 'member' as const, schema: consentFilter };
    return this.transact(context, argument, rule, async ({ state }, filter) => {
      const found = await state.list(consents, ...prefixOf(filter));
      return found.filter(
        ({ contributorId }) =>
          filter.contributorId === undefined || contributorId === filter.contributorId,
      );
    });
  }

  /** Every version of a consent as it stood on the ledger, the first one first. */
  history(context: TransactionContext, argument: string): Promise<string> {
    const rule = { access: 'member' as const, schema: consentReference };
    return this.transact(context, argument, rule, async ({ state }, { consentId }) => {
      const { productId, contributorId } = await state.require(consentPlaces, consentId);
      const versions = await state.history(consents, productId, contributorId, consentId);
      return versions.sort(byAge);
    });
  }
}

/** @returns the consent, or undefined when the id is not taken */
export async function findConsent(
  state: WorldState,
  consentId: ConsentId,
): Promise<Consent | undefined> {
  const place = await state.get(consentPlaces, consentId);
  if (place === undefined) return undefined;
  return state.require(consents, place.productId, place.contributorId, consentId);
}

async function requireConsent(state: WorldState, consentId: ConsentId): Promise<Consent> {
  const { productId, contributorId } = await state.require(consentPlaces, consentId);
  return state.require(consents, productId, contributorId, consentId);
}

function isGivenAgain(consent: Consent, terms: ConsentTerms, { caller }: TransactionCall): boolean {
  const sent = { ...terms, contributorId: caller.memberId, status: 'active' };
  return isSentAgain(consent, sent, ['revision', 'givenAt', 'changedAt']);
}

async function requireValidTerms(
  { state, caller, now }: TransactionCall,
  terms: ConsentTerms,
): Promise<void> {
  const product = await state.require(
    products,
    ...productKey(terms.productId, terms.productVersion),
  );
  const knownMembers = new Set<string>();
  for (const memberId of new Set(namedRecipients(terms))) {
    if ((await state.get(members, memberId)) !== undefined) knownMembers.add(memberId);
  }
  requireAllowed(checkConsentTerms({ terms, product, contributor: caller, knownMembers, now }));
  await requireAnsweredQuestions(state, terms.questionIds);
}

async function writeConsent({ state, emit }: TransactionCall, consent: Consent): Promise<Consent> {
  const { productId, contributorId, consentId, status } = consent;
  await state.put(consents, [productId, contributorId, consentId], consent);
  emit('consentChanged', { consentId, status });
  return consent;
}

function prefixOf({ productId, contributorId }: z.infer<typeof consentFilter>): string[] {
  if (productId === undefined) return [];
  return contributorId === undefined ? [productId] : [productId, contributorId];
}

/** A withdrawal keeps the revision, so it comes after the version that it ended. */
function byAge(left: Consent, right: Consent): number {
  if (left.revision !== right.revision) return left.revision - right.revision;
  if (left.status === right.status) return 0;
  return left.status === 'active' ? -1 : 1;
}
