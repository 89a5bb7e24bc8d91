import { tellLedger } from '@veilsum/ledger';
import type { MemberRegistration, Proposal } from '@veilsum/protocol';
import { checkLoneGrant } from '@veilsum/rules';
import { proposeChange } from '../proposal/proposed-change.js';
import type { Session } from '../session/session.js';

/** How many members one proposal lets in. */
const AT_ONCE = 50;

/**
 * Lets members in: the operator alone where it may, the others by proposals that other organisations approve.
 * @returns the first proposal that waits for organisations elsewhere; undefined when all are members
 */
export async function letIn(
  session: Session,
  registrations: readonly MemberRegistration[],
): Promise<Proposal | undefined> {
  const isLone = (registration: MemberRegistration) => checkLoneGrant(registration).allowed;
  for (const registration of registrations.filter(isLone)) {
    await tellLedger(session.ledger, 'member:register', registration);
  }
  const proposed = registrations.filter((registration) => !isLone(registration));
  let waiting: Proposal | undefined;
  for (let first = 0; first < proposed.length; first += AT_ONCE) {
    const proposal = await proposeMembers(session, proposed.slice(first, first + AT_ONCE));
    if (proposal.status !== 'adopted') waiting ??= proposal;
  }
  return waiting;
}

/** Proposes to let members in, all or none. */
function proposeMembers(session: Session, registrations: MemberRegistration[]): Promise<Proposal> {
  const names = registrations.map(({ memberId }) => memberId);
  const shown = names.length > 3 ? `${names.slice(0, 3).join(', ')} and others` : names.join(', ');
  return proposeChange(session, {
    kind: 'member',
    content: { registrations },
    reason: `To let in ${shown}.`,
  });
}
