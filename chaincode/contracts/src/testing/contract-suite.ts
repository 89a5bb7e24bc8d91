import { accountCases } from './account-cases.js';
import { committeeCases } from './committee-cases.js';
import { consentRequestCases } from './consent-request-cases.js';
import { consentCases } from './consent-cases.js';
import { consortiumCases } from './consortium-cases.js';
import { delegationCases } from './delegation-cases.js';
import { contributionCases } from './contribution-cases.js';
import { memberCases } from './member-cases.js';
import { oversightCases } from './oversight-cases.js';
import { productCases } from './product-cases.js';
import { proposalCases } from './proposal-cases.js';
import { queryCases } from './query-cases.js';
import { rewardCases } from './reward-cases.js';
import { ruleChangeCases } from './rule-change-cases.js';
import { rulebookCases } from './rulebook-cases.js';
import { settlementCases } from './settlement-cases.js';
import type { ContractCase, TestLedger } from './test-ledger.js';

const groups: Readonly<Record<string, readonly ContractCase[]>> = {
  consortium: consortiumCases,
  'rule change': ruleChangeCases,
  member: memberCases,
  proposal: proposalCases,
  product: productCases,
  consent: consentCases,
  'consent request': consentRequestCases,
  delegation: delegationCases,
  committee: committeeCases,
  contribution: contributionCases,
  account: accountCases,
  query: queryCases,
  settlement: settlementCases,
  reward: rewardCases,
  oversight: oversightCases,
  rulebook: rulebookCases,
};

/** A case that can be handed to a test runner. */
export interface SuiteCase {
  readonly name: string;
  readonly run: () => Promise<void>;
}

/**
 * What the contracts do on any ledger, as cases for whichever test runner.
 * @param makeLedger gives an empty ledger, for each case a new one
 */
export function contractSuite(makeLedger: () => Promise<TestLedger>): SuiteCase[] {
  return Object.entries(groups).flatMap(([contract, cases]) =>
    cases.map((contractCase) => ({
      name: `${contract}: ${contractCase.name}`,
      run: async () => {
        const ledger = await makeLedger();
        try {
          await contractCase.run(ledger);
        } finally {
          await ledger.close();
        }
      },
    })),
  );
}
