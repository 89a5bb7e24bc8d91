import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { CertificateAuthority, connectLedger, fingerprintOf, type Ledger } from '@veilsum/ledger';
import { EmbeddedEngine, LedgerServer } from '@veilsum/ledger/embedded';
import { genesisSchema } from '@veilsum/protocol';

import { enrol, founding } from '../fabric/adapter-network.js';

const HOUR_MS = 3_600_000;

/** A member's connection to an embedded ledger over HTTP, with the consortium's contracts. */
export interface EmbeddedSide {
  readonly ledger: Ledger;
  readonly close: () => Promise<void>;
}

/** Founds an embedded ledger in a folder of its own; server and client share this process. */
export async function openEmbeddedSide(): Promise<EmbeddedSide> {
  const folder = await mkdtemp(join(tmpdir(), 'veilsum-bench-'));
  const dates = { notBeforeMs: Date.now() - HOUR_MS, notAfterMs: Date.now() + HOUR_MS };
  const authority = await CertificateAuthority.generate({ ...dates, mspId: 'AssociationMSP' });
  const operator = await enrol(authority, 'operator');
  const rootCertificates = [Buffer.from(authority.certificate).toString('base64')];
  const genesis = genesisSchema.parse({
    format: 'veilsum-genesis/1',
    channel: 'bench',
    createdAt: Date.now(),
    msps: [{ mspId: authority.mspId, rootCertificates }],
    founderFingerprint: fingerprintOf(operator.signer.certificate),
  });
  const engine = await EmbeddedEngine.open({ folder: join(folder, 'ledger'), genesis });
  const server = await LedgerServer.listen(engine, { port: 0 });
  const { genesisHash } = await engine.status();
  const { signer } = operator;
  const ledger = await connectLedger({ kind: 'embedded', url: server.url, genesisHash, signer });
  await ledger.submit(founding(operator));
  return {
    ledger,
    close: async () => {
      await ledger.close();
      await server.close();
      await engine.close();
      await rm(folder, { recursive: true });
    },
  };
}
