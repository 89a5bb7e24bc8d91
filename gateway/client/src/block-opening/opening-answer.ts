import { canonicalBytes, hexToBytes, seal, sha256Hex } from '@veilsum/crypto';
import { tellLedger } from '@veilsum/ledger';
import {
  VeilsumError,
  type OpeningContent,
  type OpeningTask,
  type OpeningTaskReference,
} from '@veilsum/protocol';
import { ContributionFolder } from '../contribution/contribution-folder.js';
import type { Session } from '../session/session.js';
import { openOwnBlocks } from './opened-blocks.js';
import { answerPath, readOpeningFacts, type OpeningFacts } from './opening-facts.js';
import { OpeningFolder } from './opening-folder.js';

/**
 * Answers an opening from this machine's seed and container: seals the named blocks to the auditor, names
 * their hash on the ledger, delivers them through the gateway. May be called again after a failure.
 * @returns whether something was sent; false when the answer had been delivered
 * @throws {@link VeilsumError} STATE_FOLDER_INVALID when seed or container are not on this machine
 */
export async function answerOpening(
  session: Session,
  reference: OpeningTaskReference,
): Promise<boolean> {
  const facts = await readOpeningFacts(session.ledger, reference);
  const { status, answerHash } = facts.task;
  if (status === 'answered' || status === 'agreed' || status === 'mismatch') return false;
  const kept = status === 'named' && answerHash !== undefined ? answerHash : undefined;
  const sealed = (await readKept(session, facts.task, kept)) ?? (await sealAnswer(session, facts));
  await deliverAnswer(session, facts.task, sealed);
  return true;
}

/** Seals what is shown to whom the task names. @returns bytes that only the auditor can open */
export function sealContent(content: OpeningContent, { judge }: Pick<OpeningFacts, 'judge'>) {
  return seal(canonicalBytes(content), hexToBytes(judge.boxPublicKey));
}

/** Keeps a sealed answer, names it on the ledger and hands it to the gateway. */
export async function deliverAnswer(
  session: Session,
  { openingId, contributionId }: OpeningTaskReference,
  sealed: Uint8Array,
): Promise<void> {
  const reference = { openingId, contributionId };
  const answerHash = sha256Hex(sealed);
  await folderOf(session).writeAnswer(reference, answerHash, sealed);
  await tellLedger(session.ledger, 'opening:answer', { ...reference, answerHash });
  await session.gateway.putBytes(answerPath(reference), sealed);
}

async function sealAnswer(session: Session, facts: OpeningFacts): Promise<Uint8Array> {
  const { identity, state } = session;
  const { task, product, key } = facts;
  const folder = new ContributionFolder(state.contributions(identity.memberId));
  const { containerPath } = await folder.read(task.contributionId);
  const seed = await folder.readSeed(identity, task.contributionId);
  const content = await openOwnBlocks({ task, product, key, containerPath, seed });
  return sealContent(content, facts);
}

/** An answer that was named and made on this machine is sent again as it is. */
async function readKept(
  session: Session,
  task: OpeningTask,
  answerHash: string | undefined,
): Promise<Uint8Array | undefined> {
  if (answerHash === undefined) return undefined;
  try {
    return await folderOf(session).readAnswer(task, answerHash);
  } catch (error) {
    if (error instanceof VeilsumError && error.code === 'STATE_FOLDER_INVALID') return undefined;
    throw error;
  }
}

function folderOf({ state, identity }: Session): OpeningFolder {
  return new OpeningFolder(state.openings(identity.memberId));
}
