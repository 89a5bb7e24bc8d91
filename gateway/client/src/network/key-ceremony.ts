import { join } from 'node:path';
import {
  bigintToHex,
  canonicalBytes,
  generateKeyCeremony,
  hexToBytes,
  seal,
  type CeremonyProgress,
} from '@veilsum/crypto';
import { askLedger, makePrivateFolder, writePrivateFile } from '@veilsum/ledger';
import {
  committeeKeyRegistrationSchema,
  memberSchema,
  type DealtShare,
  type KeyId,
  type Member,
  type Proposal,
} from '@veilsum/protocol';
import { proposeChange } from '../proposal/proposed-change.js';
import type { Session } from '../session/session.js';

export interface CeremonyRequest {
  /** Member ids, index 1 first. */
  readonly keyholders: readonly string[];
  readonly threshold: number;
  readonly modulusBits: number;
  /** Where to put the sealed share of each keyholder. */
  readonly shareFile: (memberId: string) => string;
  readonly onProgress?: (progress: CeremonyProgress) => void;
}

export interface CeremonyResult {
  readonly keyId: string;
  /** By which the key comes into use. */
  readonly proposal: Proposal;
}

/**
 * The dealer's ceremony (docs/protocol.md §2): makes the committee's key, seals each share to its
 * keyholder, proposes the public record, and forgets the rest. The process that runs it knows the
 * whole key while it runs.
 */
export async function runCeremony(
  session: Session,
  request: CeremonyRequest,
): Promise<CeremonyResult> {
  const { keyholders, threshold, modulusBits, shareFile, onProgress } = request;
  const recipients = await Promise.all(keyholders.map((memberId) => readMember(session, memberId)));
  const { record, shares } = await generateKeyCeremony({
    modulusBits,
    l: keyholders.length,
    t: threshold,
    ...(modulusBits < 2048 ? { insecureTestKey: true as const } : {}),
    ...(onProgress === undefined ? {} : { onProgress }),
  });
  for (const { index, value } of shares) {
    const recipient = recipients[index - 1];
    if (recipient === undefined) throw new Error('unreachable: a share without a keyholder');
    const dealt: DealtShare = {
      format: 'veilsum-dealt-share/1',
      index,
      keyId: record.keyId as KeyId,
      value: bigintToHex(value),
    };
    const file = shareFile(recipient.memberId);
    await makePrivateFolder(join(file, '..'));
    await writePrivateFile(file, seal(canonicalBytes(dealt), hexToBytes(recipient.boxPublicKey)));
  }
  const registration = { format: 'veilsum-committee-key/1', record, keyholders };
  const proposal = await proposeChange(session, {
    kind: 'committeeKey',
    content: committeeKeyRegistrationSchema.parse(registration),
    reason: `The ceremony for ${keyholders.join(', ')} is done.`,
  });
  return { keyId: record.keyId, proposal };
}

async function readMember({ ledger }: Session, memberId: string): Promise<Member> {
  return await askLedger(ledger, 'member:read', { memberId }, memberSchema);
}
