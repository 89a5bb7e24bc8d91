import {
  budgetForgotten,
  delegationForgotten,
  reviewForgotten,
  escrowSpentTwice,
  expiryForgotten,
  graceForgotten,
  hiddenWithdrawal,
  usesNotCounted,
} from './planted-faults.js';
import { simulate } from './simulation.js';

const FIXED_SEED = 20_260_101;
const SHORT_STEPS = 800;

const givenSeed = process.env['SIMULATION_SEED'];
/** `npm test` is the same every time; `npm run test:simulation` goes where nobody went before. */
const seed = Number(givenSeed ?? FIXED_SEED + 7);
const steps = Number(process.env['SIMULATION_STEPS'] ?? SHORT_STEPS);

describe('random members over the real contracts', () => {
  it('keep every invariant, whatever they do', async () => {
    process.stderr.write(`Simulation: --seed ${seed} --steps ${steps}\n`);
    const report = await simulate({ seed, steps });
    if (steps > SHORT_STEPS) process.stderr.write(`${JSON.stringify(report, undefined, 2)}\n`);
    expect(report.outcomes['committed']).toBeGreaterThan(steps / 4);
  });

  it('do everything that there is to do', async () => {
    const { queries, outcomes, transactions, authorisedPercent } = await simulate({
      seed: FIXED_SEED,
      steps: SHORT_STEPS,
    });
    for (const status of ['settled', 'refused', 'expired', 'failed']) {
      expect(queries[status]).toBeGreaterThan(0);
    }
    expect(authorisedPercent).toBeGreaterThanOrEqual(33);
    expect(outcomes['MVCC_CONFLICT']).toBeGreaterThan(0);
    for (const name of [
      'member:setStatus',
      'member:addCertificate',
      'member:revokeCertificate',
      'proposal:submit',
      'proposal:approve',
      'query:review',
      'incident:escalate',
      'delegation:grant',
      'consent:amend',
      'consent:withdraw',
      'contribution:withdraw',
      'query:refuseShare',
      'query:nextAttempt',
    ]) {
      expect(Object.keys(transactions)).toContain(name);
    }
  });

  it('do the same again for the same seed, to the last byte', async () => {
    const first = await simulate({ seed: FIXED_SEED, steps: 120 });
    const second = await simulate({ seed: FIXED_SEED, steps: 120 });
    expect(second).toEqual(first);
    const other = await simulate({ seed: FIXED_SEED + 1, steps: 120 });
    expect(other.digest).not.toBe(first.digest);
  });
});

describe('a planted fault is found', () => {
  it.each([
    ['a hidden withdrawal', hiddenWithdrawal, 'releasesWithConsent: .* the consent is withdrawn'],
    ['an escrow spent twice', escrowSpentTwice, 'moneyConserved: '],
    ['a use too many', usesNotCounted, 'usesWithinConsent: .* allows'],
    ['a forgotten review', reviewForgotten, 'plansAllowedByRulebook: .* without the review'],
    ['a forgotten expiry', expiryForgotten, 'proposalsKept: '],
    ['a forgotten time of grace', graceForgotten, 'firstDeviationsSpared: '],
    ['a forgotten limit of an agent', delegationForgotten, 'delegationsWithinLimits: '],
    ['a forgotten budget', budgetForgotten, 'spendingWithinBudgets: '],
  ])('%s', async (_, contracts, finding) => {
    const run = simulate({ seed: FIXED_SEED, steps: 3000, contracts });
    await expect(run).rejects.toThrow(new RegExp(`Seed ${FIXED_SEED}, step \\d+[^]*${finding}`));
    await expect(run).rejects.toThrow(/The last operations:/);
  });
});
