import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { surviveCrashes } from '../../../../test/fakes/ledger/crash-rounds.js';
import { LedgerProcess } from '../../../../test/fakes/ledger/ledger-process.js';
import {
  createAuthority,
  createGenesis,
  enrol,
} from '../../../../test/fakes/ledger/test-members.js';

describe('the ledger process', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'veilsum-process-'));
  });

  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  test('loses nothing acknowledged and breaks nothing when it is killed under load', async () => {
    const { acknowledged, rounds } = await surviveCrashes(5);
    expect(acknowledged).toBeGreaterThan(16 * rounds);
  });

  test('says when it is ready, and ends on request or with its parent', async () => {
    const authority = await createAuthority();
    const genesis = createGenesis([authority], await enrol(authority, 'operator'));
    const first = await LedgerProcess.start(folder, genesis, 0);
    expect(first.ready).toMatchObject({ ready: true, height: 1 });
    const health = await fetch(`${first.ready.url}/v1/health`);
    expect(await health.json()).toMatchObject({ status: 'ok', height: 1 });
    expect(await first.stop()).toBe(0);
    const second = await LedgerProcess.start(folder, genesis, 0);
    expect(second.ready.genesisHash).toBe(first.ready.genesisHash);
    expect(await second.abandon()).toBe(0);
  });

  test('does not start over another one', async () => {
    const authority = await createAuthority();
    const genesis = createGenesis([authority], await enrol(authority, 'operator'));
    const first = await LedgerProcess.start(folder, genesis, 0);
    await expect(LedgerProcess.start(folder, genesis, 0)).rejects.toThrow(/status 1/);
    expect(await first.stop()).toBe(0);
  });
});
