import {
  agreementSchema,
  legalEntityIdSchema,
  memberIdSchema,
  type Agreement,
  type QueryId,
} from '@veilsum/protocol';
import { sampleHash, sampleId, sampleProduct } from '../../../../test/fakes/query-facts.js';
import { refusalLines } from '../../../../test/fakes/refusal-lines.js';
import { fraction } from '../settlement/fraction.js';
import {
  bonusFor,
  checkAgreementAcceptance,
  checkAgreementCancellation,
  checkAgreementProposal,
  type AgreementFacts,
} from './agreement-rules.js';
import { endAgreement, reservePosting, settleAgreement } from './agreement-settlement.js';

const number = (numerator: number, denominator = 1) => ({
  numerator: String(numerator),
  denominator: String(denominator),
});
const agreement = (change: Partial<Record<keyof Agreement, unknown>> = {}): Agreement =>
  agreementSchema.parse({
    format: 'veilsum-agreement/1',
    agreementId: sampleId(7),
    payerId: 'market',
    payeeId: 'carrier',
    statistic: {
      productId: 'weekly-sales',
      productVersion: 1,
      epoch: '2017-Q1',
      function: 'sum',
      measures: ['sales'],
      group: { region: 'north' },
      release: 'exact',
    },
    baseline: number(9, 10),
    direction: 'at-least',
    bonus: { kind: 'fixed', amount: '100' },
    cap: '300',
    until: 2000,
    proposedBy: 'market',
    proposedAt: 1,
    status: 'proposed',
    ...change,
  });
const member = (memberId: string, legalEntityId = `entity-${memberId}`, status = 'active') => ({
  memberId: memberIdSchema.parse(memberId),
  legalEntityId: legalEntityIdSchema.parse(legalEntityId),
  status: status as 'active',
});
const facts = (change: Partial<AgreementFacts> = {}): AgreementFacts => ({
  now: 1999,
  payer: member('market'),
  payee: member('carrier'),
  product: sampleProduct(),
  signer: memberIdSchema.parse('market'),
  ...change,
});
const codes = (verdict: { trace: { code?: string | undefined }[] }) =>
  verdict.trace.flatMap(({ code }) => (code === undefined ? [] : [code]));

describe('bonusFor', () => {
  const value = (numerator: bigint, denominator: bigint) => fraction(numerator, denominator);

  it.each<
    [string, Partial<Record<keyof Agreement, unknown>>, [bigint, bigint], bigint | undefined]
  >([
    ['the baseline itself', {}, [9n, 10n], 100n],
    ['a hair below it', {}, [899_999n, 1_000_000n], undefined],
    ['below it, where that is the aim', { direction: 'at-most' }, [89n, 100n], 100n],
    ['above it, where below is the aim', { direction: 'at-most' }, [91n, 100n], undefined],
    ['no whole step', steps(), [909n, 1000n], 0n],
    ['one whole step', steps(), [91n, 100n], 40n],
    ['seven steps', steps(), [97n, 100n], 280n],
    ['steps past the cap', steps(), [98n, 100n], 300n],
    ['steps downwards', { ...steps(), direction: 'at-most' }, [88n, 100n], 80n],
    ['a rate, rounded down', rate(), [1009n, 10n], 5n],
    ['a rate up to the cap', rate(), [10_000n, 1n], 300n],
  ])('for %s', (_what, change, [numerator, denominator], expected) => {
    expect(bonusFor(agreement(change), value(numerator, denominator))).toBe(expected);
  });
});

function steps() {
  return { bonus: { kind: 'per-step', step: number(1, 100), amount: '40' } };
}

function rate() {
  return { bonus: { kind: 'rate', rateBps: 500 } };
}

describe('an agreement', () => {
  it('can be proposed by either party and accepted by the other in time', () => {
    expect(checkAgreementProposal(agreement(), facts()).allowed).toBe(true);
    const carrier = memberIdSchema.parse('carrier');
    expect(checkAgreementProposal(agreement(), facts({ signer: carrier })).allowed).toBe(true);
    expect(checkAgreementAcceptance(agreement(), facts({ signer: carrier })).allowed).toBe(true);
    expect(codes(checkAgreementAcceptance(agreement(), facts()))).toEqual(['FORBIDDEN']);
    const late = facts({ signer: carrier, now: 2000 });
    expect(codes(checkAgreementAcceptance(agreement(), late))).toEqual(['INVALID_ARGUMENT']);
    const active = agreement({ status: 'active' });
    const again = checkAgreementAcceptance(active, facts({ signer: carrier }));
    expect(codes(again)).toEqual(['INVALID_STATE']);
  });

  it.each<[string, Partial<Record<keyof Agreement, unknown>>, Partial<AgreementFacts>, string]>([
    ['a stranger', {}, { signer: memberIdSchema.parse('other') }, 'FORBIDDEN'],
    [
      'a suspended payer',
      {},
      { payer: member('market', 'entity-m', 'suspended') },
      'MEMBER_NOT_ACTIVE',
    ],
    [
      'a suspended payee',
      {},
      { payee: member('carrier', 'entity-c', 'left') },
      'MEMBER_NOT_ACTIVE',
    ],
    ['one legal entity', {}, { payee: member('carrier', 'entity-market') }, 'INVALID_ARGUMENT'],
    ['the past', { until: 1999 }, {}, 'INVALID_ARGUMENT'],
    ['no cap', { cap: '0' }, {}, 'INVALID_ARGUMENT'],
    ['no bonus', { bonus: { kind: 'fixed', amount: '0' } }, {}, 'INVALID_ARGUMENT'],
    ['a bonus above the cap', { bonus: { kind: 'fixed', amount: '301' } }, {}, 'INVALID_ARGUMENT'],
    ['no rate', { bonus: { kind: 'rate', rateBps: 0 } }, {}, 'INVALID_ARGUMENT'],
    [
      'no step',
      { bonus: { kind: 'per-step', step: number(0), amount: '1' } },
      {},
      'INVALID_ARGUMENT',
    ],
    [
      'a statistic that cannot be',
      { statistic: { ...agreement().statistic, group: { region: 'west' } } },
      {},
      'STATISTIC_INVALID',
    ],
  ])('cannot be proposed with %s', (_what, change, given, code) => {
    expect(codes(checkAgreementProposal(agreement(change), facts(given)))).toEqual([code]);
  });

  it('may promise exactly its cap', () => {
    const whole = agreement({ bonus: { kind: 'fixed', amount: '300' } });
    expect(checkAgreementProposal(whole, facts()).allowed).toBe(true);
  });

  it('is taken back by its proposer, before it is accepted', () => {
    const market = memberIdSchema.parse('market');
    const cancel = (of: Agreement, by = market) => codes(checkAgreementCancellation(of, by));
    expect(cancel(agreement())).toEqual([]);
    expect(cancel(agreement(), memberIdSchema.parse('carrier'))).toEqual(['FORBIDDEN']);
    expect(cancel(agreement({ status: 'active' }))).toEqual(['INVALID_STATE']);
  });
});

describe('the money of an agreement', () => {
  const queryId = sampleHash('query').slice(0, 32) as QueryId;
  const money = (postings: readonly { debit: string; credit: string; amount: string }[]) =>
    postings.map(({ debit, credit, amount }) => `${debit} > ${credit}: ${amount}`);
  const reserve = `reserve:${sampleId(7)}`;

  it('is set aside whole', () => {
    expect(money([reservePosting(agreement())])).toEqual([`member:market > ${reserve}: 300`]);
  });

  it('goes to the payee as far as it is earned, and back for the rest', () => {
    const met = settleAgreement(agreement(), { queryId, value: fraction(19n, 20n), at: 9 });
    expect(met.agreement).toMatchObject({
      status: 'paid',
      outcome: { queryId, value: number(19, 20), bonus: '100', at: 9 },
    });
    expect(money(met.postings)).toEqual([
      `${reserve} > member:carrier: 100`,
      `${reserve} > member:market: 200`,
    ]);
    const missed = settleAgreement(agreement(), { queryId, value: fraction(1n, 2n), at: 9 });
    expect(missed.agreement).toMatchObject({ status: 'missed', outcome: { bonus: '0' } });
    expect(money(missed.postings)).toEqual([
      `${reserve} > member:carrier: 0`,
      `${reserve} > member:market: 300`,
    ]);
  });

  it('goes back whole when nothing came of it', () => {
    const lapsed = endAgreement(agreement(), 'lapsed');
    expect(lapsed.agreement.status).toBe('lapsed');
    expect(money(lapsed.postings)).toEqual([`${reserve} > member:market: 300`]);
  });
});

describe('what a refused agreement is told', () => {
  const proposed = (change: Parameters<typeof agreement>[0], of: Partial<AgreementFacts> = {}) =>
    refusalLines(checkAgreementProposal(agreement(change), facts(of)));
  const bonus = (kind: object) => proposed({ bonus: kind });

  it('of its parties', () => {
    const signer = memberIdSchema.parse('stranger');
    expect(proposed({}, { signer })).toEqual([
      'agreement-parties FORBIDDEN: An agreement is signed by its two parties only.',
    ]);
    expect(proposed({}, { payee: member('carrier', 'entity-carrier', 'suspended') })).toEqual([
      'agreement-parties MEMBER_NOT_ACTIVE: The member carrier is not active.',
    ]);
    expect(proposed({}, { payee: member('carrier', 'entity-market') })).toEqual([
      'agreement-parties INVALID_ARGUMENT: The fields payerId and payeeId must name two legal entities.',
    ]);
  });

  it('of its figures', () => {
    expect(proposed({ cap: '0', bonus: { kind: 'rate', rateBps: 1 } })).toEqual([
      'agreement-bonus INVALID_ARGUMENT: The field cap must be more than 0.',
    ]);
    expect(bonus({ kind: 'rate', rateBps: 1 })).toEqual([]);
    expect(bonus({ kind: 'rate', rateBps: 0 })).toEqual([
      'agreement-bonus INVALID_ARGUMENT: The field bonus.rateBps must be more than 0.',
    ]);
    expect(bonus({ kind: 'fixed', amount: '0' })).toEqual([
      'agreement-bonus INVALID_ARGUMENT: The field bonus.amount must be more than 0.',
    ]);
    expect(bonus({ kind: 'fixed', amount: '300' })).toEqual([]);
    expect(bonus({ kind: 'fixed', amount: '301' })).toEqual([
      'agreement-bonus INVALID_ARGUMENT: The field bonus.amount is above the cap.',
    ]);
    expect(bonus({ kind: 'per-step', amount: '1', step: number(1, 100) })).toEqual([]);
    expect(bonus({ kind: 'per-step', amount: '1', step: number(0) })).toEqual([
      'agreement-bonus INVALID_ARGUMENT: The field bonus.step must be more than 0.',
    ]);
  });

  it('of its time and statistic, with its id', () => {
    expect(proposed({}, { now: 2000 })).toEqual([
      'agreement-until INVALID_ARGUMENT: The field until is in the past.',
    ]);
    const statistic = { ...agreement().statistic, measures: ['weather'] };
    expect(proposed({ statistic })).toEqual([
      expect.stringMatching(/^agreement-statistic STATISTIC_INVALID/),
    ]);
    for (const { inputs } of checkAgreementProposal(agreement(), facts()).trace) {
      expect(inputs).toEqual({ agreementId: sampleId(7) });
    }
  });

  it('when it is accepted or taken back', () => {
    const stranger = memberIdSchema.parse('stranger');
    const late = facts({ now: 2000, signer: stranger });
    expect(refusalLines(checkAgreementAcceptance(agreement({ status: 'active' }), late))).toEqual([
      expect.stringMatching(/^agreement-parties FORBIDDEN/),
      'agreement-state INVALID_STATE: The agreement is active; this takes a proposed one.',
      expect.stringMatching(/^agreement-until INVALID_ARGUMENT/),
    ]);
    expect(refusalLines(checkAgreementAcceptance(agreement(), facts()))).toEqual([
      'agreement-acceptor FORBIDDEN: An agreement is accepted by who did not propose it.',
    ]);
    const taken = checkAgreementCancellation(agreement({ status: 'active' }), stranger);
    expect(refusalLines(taken)).toEqual([
      'agreement-proposer FORBIDDEN: Only who proposed an agreement takes it back.',
      'agreement-state INVALID_STATE: The agreement is active; this takes a proposed one.',
    ]);
  });
});
