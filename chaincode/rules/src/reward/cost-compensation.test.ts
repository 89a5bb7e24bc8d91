import { legalEntityIdSchema, memberIdSchema, type Cost } from '@veilsum/protocol';
import fc from 'fast-check';
import {
  checkCostConfirmation,
  checkCostProposal,
  outstandingCost,
  repayCosts,
} from './cost-compensation.js';

const id = (name: string) => memberIdSchema.parse(name);

describe('repayCosts', () => {
  it('repays everything that fits, and shares what does not in proportion', () => {
    const costs = [
      { memberId: id('m-a'), outstanding: 90n },
      { memberId: id('m-b'), outstanding: 120n },
    ];
    expect([...repayCosts(210n, costs)]).toEqual([
      ['m-a', 90n],
      ['m-b', 120n],
    ]);
    expect(new Map(repayCosts(70n, costs))).toEqual(
      new Map([
        ['m-a', 30n],
        ['m-b', 40n],
      ]),
    );
    expect([...repayCosts(0n, costs).values()]).toEqual([0n, 0n]);
    expect([...repayCosts(5n, [])]).toEqual([]);
  });

  it('repays nobody more than his cost, and no more than there is', () => {
    const amounts = fc.array(fc.bigInt({ min: 0n, max: 1000n }), { maxLength: 10 });
    fc.assert(
      fc.property(amounts, fc.bigInt({ min: 0n, max: 5000n }), (costs, most) => {
        const repaid = repayCosts(
          most,
          costs.map((outstanding, index) => ({ memberId: id(`m-${index}`), outstanding })),
        );
        const total = costs.reduce((sum, cost) => sum + cost, 0n);
        const paid = [...repaid.values()].reduce((sum, amount) => sum + amount, 0n);
        expect(paid).toBe(total < most ? total : most);
        costs.forEach((cost, index) => {
          expect((repaid.get(id(`m-${index}`)) ?? 0n) <= cost).toBe(true);
        });
      }),
    );
  });
});

describe('outstandingCost', () => {
  const cost = { status: 'confirmed', confirmedAt: 5, amount: '100', repaid: '30' } as const;
  it('counts what is not repaid of a cost that was confirmed by then', () => {
    expect(outstandingCost(cost, 5)).toBe(70n);
    expect(outstandingCost(cost, 4)).toBe(0n);
    expect(outstandingCost({ ...cost, status: 'proposed' }, 5)).toBe(0n);
    expect(outstandingCost(undefined, 5)).toBe(0n);
    const { status, amount, repaid } = cost;
    expect(outstandingCost({ status, amount, repaid }, 5)).toBe(0n);
  });
});

describe('the two signatures', () => {
  const signer = (memberId: string, entity: string) => ({
    memberId: id(memberId),
    legalEntityId: legalEntityIdSchema.parse(entity),
  });
  const cost = { amount: '42', productId: 'sales', epoch: '2026-Q1' } as Cost;
  const confirm = (entity: string, amount: string) =>
    checkCostConfirmation(cost, {
      proposer: signer('shop', 'entity-s'),
      confirmer: signer('operator', entity),
      amount,
    }).trace.map(({ code }) => code);

  it('are of two legal entities and on one amount', () => {
    expect(confirm('entity-o', '42')).toEqual([undefined, undefined]);
    expect(confirm('entity-s', '42')).toEqual(['TRANSFER_SAME_SIGNER', undefined]);
    expect(confirm('entity-o', '41')).toEqual([undefined, 'COST_MISMATCH']);
    const mismatch = checkCostConfirmation(cost, {
      proposer: signer('shop', 'entity-s'),
      confirmer: signer('operator', 'entity-o'),
      amount: '41',
    });
    expect(mismatch.trace[1]?.sentence).toBe(
      'The cost of shop for sales 2026-Q1 is proposed as 42 minor units, not as 41.',
    );
  });

  it('come for something, and a confirmed cost stays', () => {
    const proposal = (amount: string, status?: Cost['status']) =>
      checkCostProposal({ amount }, status && { status }).trace.map(({ code }) => code);
    expect(proposal('1')).toEqual([undefined, undefined]);
    expect(proposal('1', 'proposed')).toEqual([undefined, undefined]);
    expect(proposal('0')).toEqual(['INVALID_ARGUMENT', undefined]);
    expect(proposal('1', 'confirmed')).toEqual([undefined, 'INVALID_STATE']);
  });
});
