/** The SDK: what the `veilsum` command is made of, for programs. */
export { checkRules, type AuditCheck } from './audit/audit.js';
export { withReplayedBlocks } from './audit/replay.js';
export { readContribution, type Reading } from './bounding/read-contribution.js';
export { consentReceipt } from './consent/receipt.js';
export {
  ContributionFolder,
  type PreparedContribution,
} from './contribution/contribution-folder.js';
export { createContribution } from './contribution/create-contribution.js';
export { submitContribution } from './contribution/submit-contribution.js';
export type { Story } from './audit/story/story.js';
export { readDocument } from './document/document-file.js';
export { readMapping } from './mapping/mapping-file.js';
export { bringUp, type RunningNetwork } from './network/bring-up.js';
export { enrolMissing } from './network/consortium-founding.js';
export { generatePassphrase, openAuthority } from './network/enrolment.js';
export {
  planNetwork,
  type NetworkPlan,
  type PlannedFabric,
  type PlannedMember,
} from './network/network-plan.js';
export {
  gatewayService,
  keyholderService,
  ledgerService,
  watcherService,
} from './network/network-services.js';
export { startService, type RunningService, type Service } from './network/service-process.js';
export {
  approveProposal,
  listProposals,
  readProposal,
  submitProposal,
  type WantedChange,
} from './proposal/proposal-calls.js';
export { adoptChange, proposeChange } from './proposal/proposed-change.js';
export { AskedQuery } from './query/asked-query.js';
export { readAttempts, readPlannedQuery, readQuery } from './query/ledger-view.js';
export { openQuery } from './query/opening.js';
export {
  quoteQuestion,
  receiveResult,
  submitQuestion,
  type QueryResult,
  type Question,
} from './query/query-run.js';
export { verifyResult } from './query/verification.js';
export { GatewayApi } from './session/gateway-api.js';
export {
  isFabric,
  readNetwork,
  requireEmbedded,
  type EmbeddedNetwork,
  type FabricNetwork,
  type Network,
} from './session/network-file.js';
export {
  connectSession,
  contributionTarget,
  openSession,
  type Session,
} from './session/session.js';
export { StateFolder } from './session/state-folder.js';
