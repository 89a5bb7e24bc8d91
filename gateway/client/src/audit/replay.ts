import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ReplicaLedger, type LedgerService } from '@veilsum/ledger/embedded';
import type { LedgerBlock, TransactionSigner } from '@veilsum/ledger';
import { VeilsumError } from '@veilsum/protocol';

/** How far a ledger was replayed. */
export interface LedgerHead {
  /** Number of blocks. */
  readonly height: number;
  /** Of the last one; a ledger file that was cut has another than the running ledger. */
  readonly headHash: string;
}

/** A reader of the ledger needs no key. */
const nobody: TransactionSigner = {
  mspId: 'Nobody',
  certificate: new Uint8Array(0),
  sign: () =>
    Promise.reject(new VeilsumError('FORBIDDEN', 'An auditor reads the ledger and signs nothing.')),
};

/**
 * Replays a ledger from its first block in a fresh folder: hashes, certificates, signatures,
 * validation codes, and every valid transaction executed again.
 * @param read - is given the checked blocks
 * @throws {@link VeilsumError} LEDGER_INTEGRITY naming the block where it is not what it should be
 */
export async function withReplayedBlocks<Result>(
  ledger: { readonly service: LedgerService; readonly genesisHash: string },
  read: (blocks: () => AsyncIterable<LedgerBlock>, head: LedgerHead) => Promise<Result>,
): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), 'veilsum-audit-'));
  try {
    const replica = await ReplicaLedger.open({ ...ledger, folder, signer: nobody });
    try {
      const height = await replica.height();
      const blocks = (fromBlock: number) => blocksBetween(replica, fromBlock, height);
      const head = { height, headHash: await lastHash(blocks(height - 1)) };
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
