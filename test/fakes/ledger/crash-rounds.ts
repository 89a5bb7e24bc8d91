import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { bytesToHex, randomBytes } from '@veilsum/crypto';
import { HttpLedgerService, ReplicaLedger, SignedLedger } from '@veilsum/ledger/embedded';
import { fingerprintOf, type FileSigner } from '@veilsum/ledger';
import type { Transfer } from '@veilsum/protocol';

import {
  sampleConsortium,
  sampleRegistration,
} from '../../../chaincode/contracts/src/testing/sample-objects.js';
import { LedgerProcess } from './ledger-process.js';
import { createAuthority, createGenesis, enrol } from './test-members.js';

const WRITERS = 16;
const PATIENCE_MS = 60_000;

/** How many transactions were acknowledged, and how often the ledger was killed. */
export interface CrashReport {
  readonly rounds: number;
  readonly acknowledged: number;
  readonly height: number;
}

/**
 * Kills the ledger process again and again under load. Afterwards every acknowledged transaction must
 * be there once and nothing else, and a replica that followed all along must have accepted every block.
 */
export async function surviveCrashes(rounds: number): Promise<CrashReport> {
  const folder = await mkdtemp(join(tmpdir(), 'veilsum-crash-'));
  try {
    return await runRounds(folder, rounds);
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function runRounds(folder: string, rounds: number): Promise<CrashReport> {
  const authority = await createAuthority('AssociationMSP');
  const operator = await enrol(authority, 'operator');
  const genesis = createGenesis([authority], operator);
  let ledgerProcess = await LedgerProcess.start(folder, genesis, 0);
  const { url, genesisHash } = ledgerProcess.ready;
  const connect = () => new HttpLedgerService({ url, genesisHash, patienceMs: PATIENCE_MS });
  const ledger = new SignedLedger({
    service: connect(),
    signer: operator,
    channel: genesis.channel,
  });
  await foundConsortium(ledger, operator);
  const replica = await ReplicaLedger.open({
    service: connect(),
    genesisHash,
    folder: join(folder, 'replica'),
    signer: operator,
    patienceMs: PATIENCE_MS,
  });
  const load = startLoad(ledger);
  for (let round = 0; round < rounds; round += 1) {
    // Well into the load, so that blocks are being written whenever the process dies.
    await load.progress(WRITERS);
    await delay(Math.random() * 200);
    await ledgerProcess.kill();
    ledgerProcess = await LedgerProcess.start(folder, genesis, Number(new URL(url).port));
  }
  const acknowledged = await load.stop();
  const height = await requireAll(replica, acknowledged);
  await replica.close();
  await ledger.close();
  assert.equal(await ledgerProcess.stop(), 0);
  return { rounds, acknowledged: acknowledged.size, height };
}

async function foundConsortium(ledger: SignedLedger, operator: FileSigner): Promise<void> {
  const identity = {
    mspId: operator.mspId,
    fingerprint: fingerprintOf(operator.certificate),
  };
  // Nobody signs with it; the consortium only needs a second organisation that could.
  const other = { mspId: 'RegulatorMSP', fingerprint: bytesToHex(randomBytes(32)) };
  await ledger.submit({
    contract: 'consortium',
    transaction: 'initialize',
    argument: {
      consortium: sampleConsortium(),
      operator: sampleRegistration('operator', ['operator'], identity),
      members: [sampleRegistration('keyholder-1', ['keyholder'], other)],
    },
  });
}

/** Writers that never give up a transaction before its outcome is known. */
function startLoad(ledger: SignedLedger) {
  const acknowledged = new Map<string, number>();
  let isStopping = false;
  const write = async () => {
    while (!isStopping) {
      const transferId = bytesToHex(randomBytes(16));
      const { blockNumber } = await ledger.submit({
        contract: 'account',
        transaction: 'proposeTransfer',
        argument: {
          format: 'veilsum-transfer/1',
          transferId,
          kind: 'deposit',
          amount: '1',
          reference: 'crash test',
        },
      });
      acknowledged.set(transferId, blockNumber);
    }
  };
  const writers = Array.from({ length: WRITERS }, write);
  return {
    /** Waits until so many more transactions are acknowledged. */
    async progress(count: number): Promise<void> {
      const target = acknowledged.size + count;
      while (acknowledged.size < target) await delay(5);
    },
    async stop(): Promise<ReadonlyMap<string, number>> {
      isStopping = true;
      await Promise.all(writers);
      return acknowledged;
    },
  };
}

async function requireAll(
  replica: ReplicaLedger,
  acknowledged: ReadonlyMap<string, number>,
): Promise<number> {
  const height = await replica.height();
  const transfers = (await replica.evaluate({
    contract: 'account',
    transaction: 'transfers',
    argument: {},
  })) as unknown as Transfer[];
  assert.deepEqual(
    transfers.map(({ transferId }) => transferId as string).sort(),
    [...acknowledged.keys()].sort(),
  );
  assert.ok([...acknowledged.values()].every((blockNumber) => blockNumber < height));
  return height;
}
