import { join } from 'node:path';
import {
  askLedger,
  tellLedger,
  type CertificateAuthority,
  type MemberIdentity,
} from '@veilsum/ledger';
import {
  committeeKeySchema,
  consortiumSchema,
  memberSchema,
  VeilsumError,
  type MemberRegistration,
} from '@veilsum/protocol';
import { z } from 'zod';
import { waitingInWords } from '../proposal/proposed-change.js';
import type { Session } from '../session/session.js';
import type { StateFolder } from '../session/state-folder.js';
import { letIn } from './admission.js';
import { runDealer } from './committee-process.js';
import {
  generatePassphrase,
  openAuthority,
  openOrCreateIdentity,
  registrationOf,
} from './enrolment.js';
import { migrateAtStart } from './migrations.js';
import type { NetworkPlan, PlannedMember } from './network-plan.js';

/**
 * Writes the consortium and its first members to the ledger, where they are not on it yet, and brings the
 * data of an earlier release into the form of this one.
 */
export async function foundConsortium(
  operator: Session,
  plan: NetworkPlan,
  say: (line: string) => void,
): Promise<void> {
  const { ledger, state } = operator;
  const initialised = await askLedger(ledger, 'consortium:read', {}, consortiumSchema)
    .then(() => true)
    .catch((error: unknown) => {
      if (error instanceof VeilsumError && isUnfounded(error)) return false;
      throw error;
    });
  if (initialised) await migrateAtStart(ledger, say);
  else await initialise(operator, plan, say);
  await enrolMissing(operator, [plan.gateway, ...plan.keyholders]);
  say(
    `Members enrolled; generated passphrases lie in ${join(state.root, 'passphrases')}, readable by you only.`,
  );
}

/** The founder names all first members, of whom those of other organisations can change the rules with it. */
async function initialise(
  { ledger, identity, state }: Session,
  plan: NetworkPlan,
  say: (line: string) => void,
): Promise<void> {
  const founders = [plan.gateway, ...plan.keyholders];
  const identities = await makeIdentities(state, founders);
  await tellLedger(ledger, 'consortium:initialize', {
    consortium: plan.consortium,
    operator: registrationOf(plan.operator, identity),
    members: registrationsOf(founders, identities),
  });
  const names = plan.keyholders.map(({ memberId }) => memberId).join(', ');
  say(`${plan.consortium.name}: founded by ${plan.operator.memberId} with ${names}.`);
}

const isUnfounded = ({ code }: VeilsumError) =>
  ['NOT_INITIALISED', 'FORBIDDEN', 'UNAUTHENTICATED'].includes(code);

/**
 * Makes the keys of those members that the ledger does not know yet, and lets them in.
 * @returns the identities that were opened for it, by member id
 * @throws {@link VeilsumError} PROPOSAL_REQUIRED when other organisations have to approve elsewhere
 */
export async function enrolMissing(
  operator: Session,
  members: readonly PlannedMember[],
): Promise<Map<string, MemberIdentity>> {
  const { ledger, state } = operator;
  const known = await askLedger(ledger, 'member:list', {}, z.array(memberSchema));
  const registered = new Set<string>(known.map(({ memberId }) => memberId));
  const missing = members.filter(({ memberId }) => !registered.has(memberId));
  const identities = await makeIdentities(state, missing);
  const waiting = await letIn(operator, registrationsOf(missing, identities));
  if (waiting !== undefined) throw new VeilsumError('PROPOSAL_REQUIRED', waitingInWords(waiting));
  return identities;
}

/** Key stores are opened one after another: each takes 128 MiB while it is open. */
async function makeIdentities(
  state: StateFolder,
  members: readonly PlannedMember[],
): Promise<Map<string, MemberIdentity>> {
  const identities = new Map<string, MemberIdentity>();
  const authorities = new Map<string, CertificateAuthority>();
  for (const { memberId, mspId } of members) {
    const authority = authorities.get(mspId) ?? (await openAuthority(state, mspId));
    authorities.set(mspId, authority);
    const passphrase = await generatePassphrase(state, memberId);
    identities.set(memberId, await openOrCreateIdentity(state, authority, memberId, passphrase));
  }
  return identities;
}

function registrationsOf(
  members: readonly PlannedMember[],
  identities: ReadonlyMap<string, MemberIdentity>,
): MemberRegistration[] {
  return members.map((member) => {
    const identity = identities.get(member.memberId);
    if (identity === undefined) throw new Error('unreachable: a member without keys');
    return registrationOf(member, identity);
  });
}

/**
 * Holds the ceremony, unless the ledger has an active committee key.
 * @throws {@link VeilsumError} INTERNAL when it fails
 */
export async function ensureCommittee(
  state: StateFolder,
  plan: NetworkPlan,
  operator: Session,
  say: (line: string) => void,
): Promise<void> {
  if (await hasActiveKey(operator)) return;
  say(
    `Ceremony: a key of ${plan.modulusBits} bits for ${plan.keyholders.length} keyholders, any ${plan.threshold} of whom open. ` +
      'Finding two safe primes takes 2 to 30 seconds.',
  );
  await runDealer(state, plan, say);
}

async function hasActiveKey({ ledger }: Session): Promise<boolean> {
  const keys = await askLedger(ledger, 'committee:list', {}, z.array(committeeKeySchema));
  return keys.some(({ status }) => status === 'active');
}
