import type {
  Agreement,
  AgreementTerms,
  Bonus,
  Member,
  MemberId,
  Product,
  Verdict,
} from '@veilsum/protocol';
import type { Fraction } from '../settlement/fraction.js';
import { outcomeOf, verdictOf, type RuleFailure } from '../verdict.js';
import { floorDivision, readFraction, subtractFractions, wholeSteps } from './exact-fraction.js';
import { statisticFault } from './statistic-rules.js';

/** What decides whether an agreement can be made. */
export interface AgreementFacts {
  readonly now: number;
  readonly payer: Pick<Member, 'memberId' | 'legalEntityId' | 'status'>;
  readonly payee: Pick<Member, 'memberId' | 'legalEntityId' | 'status'>;
  /** The product of the statistic. */
  readonly product: Product;
  /** Who signs. */
  readonly signer: MemberId;
}

/** Whether terms can be proposed: two active parties, of which the signer is one; figures that make sense. */
export function checkAgreementProposal(terms: AgreementTerms, facts: AgreementFacts): Verdict {
  const about = { agreementId: terms.agreementId };
  return verdictOf([
    outcomeOf('agreement-parties', partiesFault(terms, facts), about),
    outcomeOf('agreement-until', untilFault(terms, facts.now), about),
    outcomeOf('agreement-bonus', bonusFault(terms), about),
    outcomeOf('agreement-statistic', statisticFault(terms.statistic, facts.product), about),
  ]);
}

/** Whether the other party may accept: it was proposed to it, and in time. */
export function checkAgreementAcceptance(agreement: Agreement, facts: AgreementFacts): Verdict {
  const { proposedBy, status } = agreement;
  const isOther = facts.signer !== proposedBy;
  return verdictOf([
    outcomeOf('agreement-parties', partiesFault(agreement, facts)),
    outcomeOf(
      'agreement-acceptor',
      isOther
        ? undefined
        : { code: 'FORBIDDEN', sentence: 'An agreement is accepted by who did not propose it.' },
    ),
    outcomeOf('agreement-state', stateFault(status, 'proposed')),
    outcomeOf('agreement-until', untilFault(agreement, facts.now)),
  ]);
}

/** Whether a proposal may be taken back: by who made it, before it is accepted. */
export function checkAgreementCancellation(
  { proposedBy, status }: Pick<Agreement, 'proposedBy' | 'status'>,
  signer: MemberId,
): Verdict {
  return verdictOf([
    outcomeOf(
      'agreement-proposer',
      signer === proposedBy
        ? undefined
        : { code: 'FORBIDDEN', sentence: 'Only who proposed an agreement takes it back.' },
    ),
    outcomeOf('agreement-state', stateFault(status, 'proposed')),
  ]);
}

/**
 * The bonus that a value earns (docs/ledger.md, Settlement).
 * @returns minor units, at most the cap; undefined when the value misses the baseline
 */
export function bonusFor(
  { baseline, direction, bonus, cap }: Pick<Agreement, 'baseline' | 'direction' | 'bonus' | 'cap'>,
  value: Fraction,
): bigint | undefined {
  const base = readFraction(baseline);
  const beyond =
    direction === 'at-least' ? subtractFractions(value, base) : subtractFractions(base, value);
  if (beyond.numerator < 0n) return undefined;
  const earned = earnedBy(bonus, beyond);
  return earned < BigInt(cap) ? earned : BigInt(cap);
}

function earnedBy(bonus: Bonus, beyond: Fraction): bigint {
  switch (bonus.kind) {
    case 'fixed':
      return BigInt(bonus.amount);
    case 'per-step':
      return wholeSteps(beyond, readFraction(bonus.step)) * BigInt(bonus.amount);
    case 'rate':
      return floorDivision(beyond.numerator * BigInt(bonus.rateBps), beyond.denominator * 10_000n);
  }
}

function partiesFault(
  { payerId, payeeId }: Pick<AgreementTerms, 'payerId' | 'payeeId'>,
  { payer, payee, signer }: AgreementFacts,
): RuleFailure | undefined {
  if (![payerId, payeeId].includes(signer)) {
    return { code: 'FORBIDDEN', sentence: 'An agreement is signed by its two parties only.' };
  }
  const inactive = [payer, payee].find(({ status }) => status !== 'active');
  if (inactive !== undefined) {
    return {
      code: 'MEMBER_NOT_ACTIVE',
      sentence: `The member ${inactive.memberId} is not active.`,
    };
  }
  return payer.legalEntityId === payee.legalEntityId
    ? invalid('The fields payerId and payeeId must name two legal entities.')
    : undefined;
}

function untilFault({ until }: Pick<AgreementTerms, 'until'>, now: number) {
  return until > now ? undefined : invalid('The field until is in the past.');
}

function bonusFault({ bonus, cap }: AgreementTerms): RuleFailure | undefined {
  if (cap === '0') return invalid('The field cap must be more than 0.');
  if (bonus.kind === 'rate') {
    return bonus.rateBps > 0 ? undefined : invalid('The field bonus.rateBps must be more than 0.');
  }
  if (bonus.amount === '0') return invalid('The field bonus.amount must be more than 0.');
  if (BigInt(bonus.amount) > BigInt(cap))
    return invalid('The field bonus.amount is above the cap.');
  return bonus.kind === 'per-step' && BigInt(bonus.step.numerator) <= 0n
    ? invalid('The field bonus.step must be more than 0.')
    : undefined;
}

function stateFault(
  status: Agreement['status'],
  needed: Agreement['status'],
): RuleFailure | undefined {
  return status === needed
    ? undefined
    : {
        code: 'INVALID_STATE',
        sentence: `The agreement is ${status}; this takes a ${needed} one.`,
      };
}

function invalid(sentence: string): RuleFailure {
  return { code: 'INVALID_ARGUMENT', sentence };
}
