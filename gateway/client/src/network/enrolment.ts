import { randomBytes } from 'node:crypto';
import {
  askLedger,
  CertificateAuthority,
  createMemberIdentity,
  makePrivateFolder,
  openMemberIdentity,
  writePrivateFile,
  type AuthorityFolder,
  type MemberIdentity,
} from '@veilsum/ledger';
import {
  consortiumSchema,
  memberRegistrationSchema,
  memberSchema,
  VeilsumError,
  type MemberRegistration,
  type Proposal,
} from '@veilsum/protocol';
import { parseAs } from '../document/document-file.js';
import { findPassphrase } from '../session/passphrase.js';
import type { Session } from '../session/session.js';
import type { StateFolder } from '../session/state-folder.js';
import { letIn } from './admission.js';
import { findFabricAuthority } from './fabric-authority.js';
import type { PlannedMember } from './network-plan.js';

const YEAR_MS = 365 * 24 * 3_600_000;
/** Clocks differ a little; a certificate is valid from shortly before it was made. */
const HEAD_START_MS = 300_000;

const validity = (years: number) => ({
  notBeforeMs: Date.now() - HEAD_START_MS,
  notAfterMs: Date.now() + years * YEAR_MS,
});

/** Makes a passphrase and keeps it in a file that only the owner reads. @returns secret */
export async function generatePassphrase(state: StateFolder, holder: string): Promise<string> {
  const existing = await findPassphrase(state, holder, state.passphraseFile(holder)).catch(
    () => undefined,
  );
  if (existing !== undefined) return existing;
  const passphrase = randomBytes(18).toString('base64url');
  await makePrivateFolder(`${state.root}/passphrases`);
  await writePrivateFile(state.passphraseFile(holder), Buffer.from(`${passphrase}\n`));
  return passphrase;
}

/**
 * Opens an organisation's certificate authority. That of an organisation of the Fabric network on this
 * machine is taken over first, and kept encrypted from then on.
 * @throws {@link VeilsumError} NOT_FOUND when the authority is not on this machine
 */
export async function openAuthority(
  state: StateFolder,
  mspId: string,
): Promise<CertificateAuthority> {
  return openAuthorityOr(state, mspId, async (keep) => {
    const existing = await findFabricAuthority(state, mspId);
    if (existing !== undefined) return CertificateAuthority.adopt(existing, keep);
    throw new VeilsumError(
      'NOT_FOUND',
      `The certificate authority of ${mspId} is not on this machine; enrol there, and register the certificate.`,
    );
  });
}

/** Opens an organisation's certificate authority, or makes it, for a ledger that is being founded. */
export async function openOrCreateAuthority(
  state: StateFolder,
  mspId: string,
): Promise<CertificateAuthority> {
  return openAuthorityOr(state, mspId, ({ folder, passphrase }) =>
    CertificateAuthority.create(folder, { mspId, passphrase, ...validity(10) }),
  );
}

async function openAuthorityOr(
  state: StateFolder,
  mspId: string,
  obtain: (keep: AuthorityFolder) => Promise<CertificateAuthority>,
): Promise<CertificateAuthority> {
  const folder = state.authority(mspId);
  const passphrase = await generatePassphrase(state, `authority-${mspId}`);
  try {
    return await CertificateAuthority.open(folder, passphrase);
  } catch (error) {
    if (!(error instanceof VeilsumError) || error.code !== 'STATE_FOLDER_INVALID') throw error;
    return obtain({ folder, passphrase });
  }
}

/** Opens a member's keys, or makes them and has them certified. */
export async function openOrCreateIdentity(
  state: StateFolder,
  authority: CertificateAuthority,
  memberId: string,
  passphrase: string,
): Promise<MemberIdentity> {
  const folder = state.member(memberId);
  try {
    return await openMemberIdentity(folder, passphrase);
  } catch (error) {
    if (!(error instanceof VeilsumError) || error.code !== 'STATE_FOLDER_INVALID') throw error;
    return createMemberIdentity(folder, {
      memberId,
      mspId: authority.mspId,
      passphrase,
      enrol: (request) => authority.issue({ memberId, request, ...validity(1) }),
    });
  }
}

/** @returns what the ledger is told of a new member */
export function registrationOf(
  member: Omit<PlannedMember, 'roles' | 'size'> & {
    readonly roles: readonly string[];
    readonly size: string;
  },
  identity: MemberIdentity,
): MemberRegistration {
  const { memberId, mspId, legalEntityId, name, roles, size } = member;
  return parseAs(
    memberRegistrationSchema,
    {
      memberId,
      mspId,
      legalEntityId,
      name,
      roles: [...roles],
      size,
      boxPublicKey: identity.boxPublicKey,
      certificateFingerprints: [identity.fingerprint],
    },
    'The member',
  );
}

export type EnrolmentRequest = Omit<PlannedMember, 'roles' | 'size'> & {
  readonly roles: readonly string[];
  readonly size: string;
  /** Asked for only when the member can be enrolled. Secret. */
  readonly passphrase: () => Promise<string>;
};

/**
 * Makes a member's keys, certifies them and lets the member in; the session is the operator's.
 * @returns the proposal that lets it in, where that waits for organisations elsewhere
 */
export async function enrolMember(
  session: Session,
  request: EnrolmentRequest,
): Promise<Proposal | undefined> {
  await requireEnrollable(session, request);
  const authority = await openAuthority(session.state, request.mspId);
  const identity = await openOrCreateIdentity(
    session.state,
    authority,
    request.memberId,
    await request.passphrase(),
  );
  return letIn(session, [registrationOf(request, identity)]);
}

/** Keys are made only for a member that the ledger would take: a slip must not leave any behind. */
async function requireEnrollable({ ledger }: Session, request: EnrolmentRequest): Promise<void> {
  const { memberId, mspId, roles } = request;
  const { mspRoles } = await askLedger(ledger, 'consortium:read', {}, consortiumSchema);
  const allowed = mspRoles[mspId];
  if (allowed === undefined) {
    const known = Object.keys(mspRoles).join(', ');
    throw new VeilsumError(
      'INVALID_ARGUMENT',
      `There is no organisation ${mspId}; known: ${known}.`,
    );
  }
  const refused = roles.find((role) => !allowed.some((known) => known === role));
  if (refused !== undefined) {
    const sentence = `${mspId} does not vouch for the role ${refused}; it does for ${allowed.join(', ')}.`;
    throw new VeilsumError('INVALID_ARGUMENT', sentence);
  }
  const members = await askLedger(ledger, 'member:list', {}, memberSchema.array());
  if (members.some((member) => member.memberId === memberId)) {
    const sentence = `${memberId} is a member already; choose another id.`;
    throw new VeilsumError('ALREADY_EXISTS_WITH_DIFFERENT_CONTENT', sentence);
  }
}
