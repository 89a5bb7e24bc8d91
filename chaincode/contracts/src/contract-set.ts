import { AccountContract } from './account-contract.js';
import { CommitmentContract } from './commitment-contract.js';
import { AgreementContract } from './agreement-contract.js';
import { CommitteeContract } from './committee-contract.js';
import { ConsentRequestContract } from './consent-request-contract.js';
import { ConsentContract } from './consent-contract.js';
import { ConsortiumContract } from './consortium-contract.js';
import { ContributionContract } from './contribution-contract.js';
import { IncidentContract } from './incident-contract.js';
import { DelegationContract } from './delegation-contract.js';
import type { ContractOptions, LedgerContract } from './ledger-contract.js';
import { GoalContract } from './goal-contract.js';
import { MemberContract } from './member-contract.js';
import { OpeningContract } from './opening-contract.js';
import { ProductContract } from './product-contract.js';
import { ProposalContract } from './proposal-contract.js';
import { QueryContract } from './query-contract.js';
import { RulebookContract } from './rulebook-contract.js';
import { QuestionContract } from './question-contract.js';
import { SettlementContract } from './settlement-contract.js';

/** One instance of every contract of the ledger. */
export function createContracts(options: ContractOptions = {}): LedgerContract[] {
  return [
    new ConsortiumContract(options),
    new MemberContract(options),
    new ProposalContract(options),
    new ProductContract(options),
    new ConsentContract(options),
    new ConsentRequestContract(options),
    new DelegationContract(options),
    new CommitteeContract(options),
    new ContributionContract(options),
    new QueryContract(options),
    new AccountContract(options),
    new SettlementContract(options),
    new AgreementContract(options),
    new GoalContract(options),
    new RulebookContract(options),
    new QuestionContract(options),
    new CommitmentContract(options),
    new IncidentContract(options),
    new OpeningContract(options),
  ];
}
