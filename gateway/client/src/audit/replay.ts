import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ReplicaLedger } from '@veilsum/ledger/embedded';
import type { LedgerBlock, TransactionSigner } from '@veilsum/ledger';
import type { AuditCheck, LedgerHead } from './audit.js';
import type { AuditSource, EmbeddedSource } from './audit-source.js';
import { VeilsumError } from '@veilsum/protocol';

const REPLAY: AuditCheck = {
  check: 'replay',
  claim:
    'Hashes, certificates, signatures and validation hold, and every transaction executes to the same result.',
  passed: true,
  findings: [],
};

/** A reader of the ledger needs no key. */
const nobody: TransactionSigner = {
  mspId: 'Nobody',
  certificate: new Uint8Array(0),
  sign: () =>
    Promise.reject(new VeilsumError('FORBIDDEN', 'An auditor reads the ledger and signs nothing.')),
};

/**
 * Replays a ledger from its first block: hashes, certificates, signatures, validation codes, and every
 * valid transaction executed again.
 * @param read - is given the checked blocks
 * @throws {@link VeilsumError} LEDGER_INTEGRITY naming the block where it is not what it should be
 */
export async function withReplayedBlocks<Result>(
  source: AuditSource,
  read: (blocks: () => AsyncIterable<LedgerBlock>, head: LedgerHead) => Promise<Result>,
): Promise<Result> {
  if (source.kind === 'embedded') return withReplica(source, read);
  const { VerifiedChannel } = await import('./verified-channel.js');
  const channel = await VerifiedChannel.read(source);
  return read(() => channel.blocks(), channel.head);
}

async function withReplica<Result>(
  { service, genesisHash }: EmbeddedSource,
  read: (blocks: () => AsyncIterable<LedgerBlock>, head: LedgerHead) => Promise<Result>,
): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), 'veilsum-audit-'));
  try {
    const replica = await ReplicaLedger.open({ service, genesisHash, folder, signer: nobody });
    try {
      const height = await replica.height();
      const blocks = (fromBlock: number) => blocksBetween(replica, fromBlock, height);
      const headHash = await lastHash(blocks(height - 1));
      const head = { height, headHash, checks: [REPLAY] };
      return await read(() => blocks(0), head);
    } finally {
      await replica.close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function lastHash(blocks: AsyncIterable<LedgerBlock>): Promise<string> {
  let hash = '';
  for await (const block of blocks) ({ hash } = block);
  return hash;
}

async function* blocksBetween(
  replica: ReplicaLedger,
  fromBlock: number,
  height: number,
): AsyncGenerator<LedgerBlock> {
  for await (const block of replica.blocks({ fromBlock })) {
    yield block;
    if (block.number === height - 1) return;
  }
}

/** @throws {@link VeilsumError} LEDGER_INTEGRITY when a transaction of the ledger is not in order */
export function requireInOrder({ checks }: LedgerHead): void {
  const [finding] = checks.flatMap(({ findings }) => findings);
  if (finding === undefined) return;
  const { blockNumber, transactionId, sentence } = finding;
  throw new VeilsumError('LEDGER_INTEGRITY', `Block ${blockNumber}: ${sentence}`, {
    transactionId,
  });
}
