import { access } from 'node:fs/promises';
import { askLedger, openMemberIdentity } from '@veilsum/ledger';
import { memberSchema, type Member, type Proposal } from '@veilsum/protocol';
import { hasRulePower, missingApprovals } from '@veilsum/rules';
import { findPassphrase } from '../session/passphrase.js';
import { connectSession, type Session } from '../session/session.js';
import type { StateFolder } from '../session/state-folder.js';
import { approveProposal } from './proposal-calls.js';

/**
 * Has those organisations approve whose representatives' keys lie open in this state folder: on a network of
 * one machine, that `veilsum up` made for trying things out, one person speaks for all of them.
 * @returns the proposal as it stands then; adopted only where all the keys were here
 */
export async function approveOnThisMachine(
  session: Session,
  proposal: Proposal,
): Promise<Proposal> {
  let standing = proposal;
  for (;;) {
    const approver = await findApprover(session, standing);
    if (approver === undefined) return standing;
    standing = await approveAs(session, approver, standing);
  }
}

/** A member whose approval is missing, and whose keys are here. */
async function findApprover(
  { state, ledger }: Session,
  { status, needs, approvals }: Proposal,
): Promise<Member | undefined> {
  if (status !== 'open') return undefined;
  const { all, some } = missingApprovals(
    needs,
    approvals.map(({ mspId }) => mspId),
  );
  const asked = [...all, ...some.of];
  if (asked.length === 0) return undefined;
  const members = await askLedger(ledger, 'member:list', {}, memberSchema.array());
  for (const member of members) {
    const speaks = member.status === 'active' && hasRulePower(member);
    if (speaks && asked.includes(member.mspId) && (await areKeysHere(state, member))) return member;
  }
  return undefined;
}

/** Keys whose owner chose the passphrase are not for others to use, so their file is not there. */
async function areKeysHere(state: StateFolder, { memberId }: Member): Promise<boolean> {
  const files = [state.member(memberId), state.passphraseFile(memberId)];
  const found = await Promise.all(
    files.map((file) =>
      access(file).then(
        () => true,
        () => false,
      ),
    ),
  );
  return found.every(Boolean);
}

async function approveAs(
  { state, network, identity }: Session,
  { memberId }: Member,
  proposal: Proposal,
): Promise<Proposal> {
  const passphrase = await findPassphrase(state, memberId, state.passphraseFile(memberId));
  const approver =
    memberId === identity.memberId
      ? identity
      : await openMemberIdentity(state.member(memberId), passphrase);
  const session = await connectSession(state, network, approver);
  try {
    return await approveProposal(session.ledger, proposal);
  } finally {
    await session.close();
  }
}
