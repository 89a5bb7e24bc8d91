import { join } from 'node:path';
import {
  bigintToHex,
  canonicalBytes,
  generateKeyCeremony,
  hexToBytes,
  seal,
  type CeremonyProgress,
} from '@veilsum/crypto';
import { askLedger, makePrivateFolder, tellLedger, writePrivateFile } from '@veilsum/ledger';
import {
  memberSchema,
  type CommitteeKey,
  type DealtShare,
  type KeyId,
  type Member,
} from '@veilsum/protocol';
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

/**
 * The dealer's ceremony (docs/protocol.md §2): makes the committee's key, seals each share to its
 * keyholder, registers the public record, and forgets the rest. The process that runs it knows the
 * whole key while it runs.
 */
export async function runCeremony(
  session: Session,
  request: CeremonyRequest,
): Promise<CommitteeKey> {
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
  const commit = await tellLedger(session.ledger, 'committee:registerKey', {
    format: 'veilsum-committee-key/1',
    record: record,
    keyholders: [...keyholders],
  });
  return commit.result as unknown as CommitteeKey;
}

async function readMember({ ledger }: Session, memberId: string): Promise<Member> {
  return await askLedger(ledger, 'member:read', { memberId }, memberSchema);
}
