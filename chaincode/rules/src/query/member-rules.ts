import type { RuleOutcome } from '@veilsum/protocol';
import { failed, passed } from '../verdict.js';
import type { QueryFacts } from './query-facts.js';

const MEMBERS_ACTIVE = { rule: 'members-active', version: 1 };
const COMMITTEE_KEY = { rule: 'committee-key', version: 1 };

/** Who asks, and enough of those who open, must be active members. */
export function membersActive({
  analyst,
  committeeKey,
  activeKeyholders,
}: Pick<QueryFacts, 'analyst' | 'committeeKey' | 'activeKeyholders'>): RuleOutcome {
  const needed = committeeKey?.record.t ?? 0;
  const inputs = { analyst: analyst.memberId, status: analyst.status, activeKeyholders, needed };
  if (analyst.status !== 'active') {
    const sentence = `The member ${analyst.memberId} is not active; the operator can activate it.`;
    return failed(MEMBERS_ACTIVE, { code: 'MEMBER_NOT_ACTIVE', sentence }, inputs);
  }
  if (activeKeyholders < needed) {
    const sentence = `Only ${activeKeyholders} keyholders are active members, and ${needed} are needed to open a result.`;
    return failed(MEMBERS_ACTIVE, { code: 'MEMBER_NOT_ACTIVE', sentence }, inputs);
  }
  return passed(MEMBERS_ACTIVE, 'The analyst and enough keyholders are active members.', inputs);
}

/** The key of the epoch must exist and not be retired. */
export function committeeKeyActive({
  committeeKey,
}: Pick<QueryFacts, 'committeeKey'>): RuleOutcome {
  if (committeeKey?.status === 'active') {
    return passed(COMMITTEE_KEY, 'The committee key of the epoch is active.', {
      keyId: committeeKey.keyId,
    });
  }
  const sentence =
    committeeKey === undefined
      ? 'No committee key holds contributions of this epoch.'
      : 'The committee key of this epoch has been retired, so its contributions stay closed.';
  return failed(COMMITTEE_KEY, { code: 'KEY_NOT_ACTIVE', sentence });
}
