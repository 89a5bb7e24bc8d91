import {
  detectLateContributions,
  detectMissingUploads,
  detectStaleMappings,
} from './contribution-detectors.js';
import { detectSmallCohorts, detectSpentBudgets } from './cohort-detectors.js';
import type { LedgerDetector } from './detector.js';
import {
  detectKeyholderMismatches,
  detectMissedAttemptDeadlines,
  detectMissedDisputes,
  detectMissedReviews,
  detectMissedSettlements,
  detectStuckQueries,
} from './query-detectors.js';
import { detectMissedOpenings, detectOpenIncidents } from './oversight-detectors.js';
import { detectRefusalBursts, detectRepeatedQuestions } from './refusal-detectors.js';

/** Everything that is looked for on the ledger. */
export const ledgerDetectors: readonly LedgerDetector[] = [
  detectLateContributions,
  detectMissingUploads,
  detectStaleMappings,
  detectRefusalBursts,
  detectRepeatedQuestions,
  detectSmallCohorts,
  detectSpentBudgets,
  detectKeyholderMismatches,
  detectMissedAttemptDeadlines,
  detectMissedSettlements,
  detectMissedDisputes,
  detectMissedReviews,
  detectStuckQueries,
  detectMissedOpenings,
  detectOpenIncidents,
];
