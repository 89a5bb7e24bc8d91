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
} from '@veilsum/protocol';
import { z } from 'zod';
import type { Session } from '../session/session.js';
import type { StateFolder } from '../session/state-folder.js';
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
  const { ledger, identity, state } = operator;
  const initialised = await askLedger(ledger, 'consortium:read', {}, consortiumSchema)
    .then(() => true)
    .catch((error: unknown) => {
      if (error instanceof VeilsumError && isUnfounded(error)) return false;
      throw error;
    });
  if (!initialised) {
    await tellLedger(ledger, 'consortium:initialize', {
      consortium: plan.consortium,
      operator: registrationOf(plan.operator, identity),
    });
    say(`${plan.consortium.name}: founded by ${plan.operator.memberId}.`);
  } else {
    await migrateAtStart(ledger, say);
  }
  await enrolMissing(operator, [plan.gateway, ...plan.keyholders]);
  say(
    `Members enrolled; generated passphrases lie in ${join(state.root, 'passphrases')}, readable by you only.`,
  );
}

const isUnfounded = ({ code }: VeilsumError) =>
  ['NOT_INITIALISED', 'FORBIDDEN', 'UNAUTHENTICATED'].includes(code);

/**
 * Makes the keys of those members that the ledger does not know yet, and registers them.
 * Key stores are opened one after another: each takes 128 MiB while it is open.
 * @returns the identities that were opened for it, by member id
 */
export async function enrolMissing(
  operator: Session,
  members: readonly PlannedMember[],
): Promise<Map<string, MemberIdentity>> {
  const { ledger, state } = operator;
  const known = await askLedger(ledger, 'member:list', {}, z.array(memberSchema));
  const registered = new Set<string>(known.map(({ memberId }) => memberId));
  const identities = new Map<string, MemberIdentity>();
  const authorities = new Map<string, CertificateAuthority>();
  for (const member of members.filter(({ memberId }) => !registered.has(memberId))) {
    const authority = authorities.get(member.mspId) ?? (await openAuthority(state, member.mspId));
    authorities.set(member.mspId, authority);
    const passphrase = await generatePassphrase(state, member.memberId);
    const identity = await openOrCreateIdentity(state, authority, member.memberId, passphrase);
    identities.set(member.memberId, identity);
    await tellLedger(ledger, 'member:register', registrationOf(member, identity));
  }
  return identities;
}

/** Holds the ceremony, unless the ledger has an active committee key. */
export async function ensureCommittee(
  state: StateFolder,
  plan: NetworkPlan,
  { ledger }: Session,
  say: (line: string) => void,
): Promise<void> {
  const keys = await askLedger(ledger, 'committee:list', {}, z.array(committeeKeySchema));
  if (keys.some(({ status }) => status === 'active')) return;
  say(
    `Ceremony: a key of ${plan.modulusBits} bits for ${plan.keyholders.length} keyholders, any ${plan.threshold} of whom open. ` +
      'Finding two safe primes takes 2 to 30 seconds.',
  );
  await runDealer(state, plan, say);
}
