import { readFile } from 'node:fs/promises';
import { adoptChange, approveProposal, submitProposal } from '@veilsum/client';
import {
  rulebookSchema,
  type Proposal,
  type ProposalContent,
  type ProposalKind,
  type Rulebook,
} from '@veilsum/protocol';
import type { TestNetwork } from '../e2e/test-network.js';

/** Speaks for the organisation that may be regulator. */
export const REGULATOR_APPROVER = 'keyholder-3';

const reason = 'A scenario needs it.';

/** The operator proposes a change of the rules; nothing has happened by that. */
export function propose<Kind extends ProposalKind>(
  network: TestNetwork,
  kind: Kind,
  content: ProposalContent<Kind>,
): Promise<Proposal> {
  return submitProposal(network.operator.ledger, { kind, content, reason });
}

/** A member approves for its organisation. */
export async function approve(
  network: TestNetwork,
  memberId: string,
  proposal: Proposal,
): Promise<Proposal> {
  return approveProposal((await network.session(memberId)).ledger, proposal);
}

/** Has a change take effect: every organisation that is asked approves, as their keys are all here. */
export async function adopt<Kind extends ProposalKind>(
  network: TestNetwork,
  kind: Kind,
  content: ProposalContent<Kind>,
): Promise<void> {
  await adoptChange(network.operator, { kind, content, reason });
}

/** The starter rulebook for e-commerce, in force at once, with some fields changed. */
export async function starterRulebook(
  change: Partial<Record<keyof Rulebook, unknown>> = {},
): Promise<Rulebook> {
  const file = new URL('../../examples/rulebook/e-commerce.json', import.meta.url);
  const starter = JSON.parse(await readFile(file, 'utf8')) as object;
  return rulebookSchema.parse({ ...starter, effectiveFrom: Date.now(), ...change });
}
