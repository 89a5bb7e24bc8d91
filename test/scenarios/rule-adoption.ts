import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { tellLedger } from '@veilsum/ledger';
import {
  proposalSchema,
  rulebookSchema,
  type Proposal,
  type ProposalContent,
  type ProposalKind,
  type Rulebook,
} from '@veilsum/protocol';
import type { TestNetwork } from '../e2e/test-network.js';

/** Speaks for the organisation that may be regulator. */
export const REGULATOR_APPROVER = 'keyholder-3';

/** The operator proposes a change of the rules; nothing has happened by that. */
export async function propose<Kind extends ProposalKind>(
  network: TestNetwork,
  kind: Kind,
  content: ProposalContent<Kind>,
): Promise<Proposal> {
  const submission = {
    format: 'veilsum-proposal/1',
    proposalId: randomBytes(16).toString('hex'),
    kind,
    content,
    reason: 'A scenario needs it.',
    expiresAt: Date.now() + 3_600_000,
  };
  const commit = await tellLedger(network.operator.ledger, 'proposal:submit', submission);
  return proposalSchema.parse(commit.result);
}

/** A member approves for its organisation. */
export async function approve(
  network: TestNetwork,
  memberId: string,
  { proposalId, contentHash }: Proposal,
): Promise<Proposal> {
  const { ledger } = await network.session(memberId);
  const commit = await tellLedger(ledger, 'proposal:approve', { proposalId, contentHash });
  return proposalSchema.parse(commit.result);
}

/** Has a change take effect that the operator and the regulator's organisation adopt together. */
export async function adopt<Kind extends ProposalKind>(
  network: TestNetwork,
  kind: Kind,
  content: ProposalContent<Kind>,
): Promise<void> {
  const proposal = await propose(network, kind, content);
  const { status } = await approve(network, REGULATOR_APPROVER, proposal);
  if (status !== 'adopted') throw new Error(`The ${kind} is ${status}.`);
}

/** The starter rulebook for e-commerce, in force at once, with some fields changed. */
export async function starterRulebook(
  change: Partial<Record<keyof Rulebook, unknown>> = {},
): Promise<Rulebook> {
  const file = new URL('../../examples/rulebook/e-commerce.json', import.meta.url);
  const starter = JSON.parse(await readFile(file, 'utf8')) as object;
  return rulebookSchema.parse({ ...starter, effectiveFrom: Date.now(), ...change });
}
