import { rm } from 'node:fs/promises';
import {
  bytesToHex,
  canonicalBytes,
  decodeCanonicalJson,
  open,
  randomBytes,
  sha256Hex,
  type JsonValue,
} from '@veilsum/crypto';
import { tellLedger } from '@veilsum/ledger';
import {
  VeilsumError,
  openingContentSchema,
  type OpeningContent,
  type OpeningTask,
  type OpeningTaskReference,
} from '@veilsum/protocol';
import type { Session } from '../session/session.js';
import { checkOpenedBlocks } from './block-check.js';
import type { OpeningFault } from './opening-fault.js';
import { readRows } from './opened-blocks.js';
import { answerPath, readOpeningFacts, type OpeningFacts } from './opening-facts.js';
import { OpeningFolder } from './opening-folder.js';

/** What an auditor found about one contribution; its hash is the evidence. It holds no value. */
export interface OpeningReport {
  readonly format: 'veilsum-opening-check/1';
  readonly openingId: string;
  readonly contributionId: string;
  readonly answerHash: string;
  readonly contentHash: string;
  readonly outcome: 'agreed' | 'mismatch';
  readonly rows: readonly number[];
  readonly faults: readonly OpeningFault[];
}

/** A report with where it lies and its hash. */
export interface CheckedOpening {
  readonly report: OpeningReport;
  readonly evidenceHash: string;
  readonly file: string;
}

/** Fixes fresh randomness for an opening; it is on this machine before its hash is on the ledger. */
export async function commitOpening(
  session: Session,
  of: { readonly productId: string; readonly epoch: string },
): Promise<JsonValue> {
  const openingId = bytesToHex(randomBytes(16));
  const randomness = randomBytes(32);
  await folderOf(session).writeRandomness(session.identity, openingId, randomness);
  const commitment = { openingId, ...of, randomnessHash: sha256Hex(randomness) };
  return (await tellLedger(session.ledger, 'opening:commit', commitment)).result;
}

/** Reveals what this machine fixed. @throws {@link VeilsumError} STATE_FOLDER_INVALID when it did not */
export async function revealOpening(session: Session, openingId: string): Promise<JsonValue> {
  const randomness = await folderOf(session).readRandomness(session.identity, openingId);
  const reveal = { openingId, randomness: bytesToHex(randomness) };
  return (await tellLedger(session.ledger, 'opening:reveal', reveal)).result;
}

/**
 * Checks an answer: opens it, encrypts it again, compares that with the container whose hash the ledger has,
 * and holds the values against the standard. The report is kept on this machine.
 * @throws {@link VeilsumError} NOT_FOUND while there is no answer, CONTAINER_HASH when the gateway has another
 * container than the ledger
 */
export async function checkOpening(
  session: Session,
  reference: OpeningTaskReference,
): Promise<CheckedOpening> {
  const facts = await readOpeningFacts(session.ledger, reference);
  const sealed = await session.gateway.getBytes(answerPath(reference));
  const answerHash = sha256Hex(sealed);
  if (answerHash !== facts.task.answerHash) {
    const sentence = 'The gateway gave out other bytes than the contributor named.';
    throw new VeilsumError('OPENING_ANSWER_HASH', sentence);
  }
  const ciphertexts = await readContainer(session, facts);
  const content = openAnswer(session, sealed);
  const faults =
    content === undefined
      ? [unreadable(facts.task)]
      : checkOpenedBlocks({
          ...facts,
          content,
          ciphertexts,
          coverage: facts.contribution.coverage,
        });
  const report: OpeningReport = {
    format: 'veilsum-opening-check/1',
    openingId: reference.openingId,
    contributionId: reference.contributionId,
    answerHash,
    contentHash: facts.contribution.contentHash,
    outcome: faults.length === 0 ? 'agreed' : 'mismatch',
    rows: facts.task.rows,
    faults,
  };
  const bytes = canonicalBytes(report);
  const file = await folderOf(session).writeCheck(reference, bytes);
  return { report, evidenceHash: sha256Hex(bytes), file };
}

/** Says on the ledger what a check found. */
export async function concludeOpening(
  session: Session,
  { report, evidenceHash }: CheckedOpening,
): Promise<JsonValue> {
  const { openingId, contributionId, outcome } = report;
  const conclusion = { openingId, contributionId, outcome, evidenceHash };
  return (await tellLedger(session.ledger, 'opening:conclude', conclusion)).result;
}

async function readContainer(session: Session, facts: OpeningFacts): Promise<Uint8Array[]> {
  const { contributionId, contentHash } = facts.contribution;
  const path = await folderOf(session).containerPath(facts.task);
  try {
    const hash = await session.gateway.download(
      `/v1/contributions/${contributionId}/container`,
      path,
    );
    if (hash !== contentHash) {
      const sentence = 'The container of the gateway is not the one that was registered.';
      throw new VeilsumError('CONTAINER_HASH', sentence);
    }
    return await readRows(path, facts, facts.task.rows);
  } finally {
    await rm(path, { force: true });
  }
}

/** @returns undefined for what is not sealed to this auditor, or is no answer: the contributor's fault */
function openAnswer({ identity }: Session, sealed: Uint8Array): OpeningContent | undefined {
  try {
    return openingContentSchema.parse(decodeCanonicalJson(open(sealed, identity.boxSecretKey)));
  } catch {
    return undefined;
  }
}

function unreadable({ rows }: OpeningTask): OpeningFault {
  const sentence = 'The answer is not sealed to its auditor, or is not in the required form.';
  return { fault: 'answer', row: rows[0] ?? 0, sentence };
}

function folderOf({ state, identity }: Session): OpeningFolder {
  return new OpeningFolder(state.openings(identity.memberId));
}
