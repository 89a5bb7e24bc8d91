import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { common } from '@hyperledger/fabric-protos';
import { submitProposal } from '@veilsum/client';
import { readPeerBlocks } from '@veilsum/ledger/fabric';

import { refusal, veilsum } from '../e2e/command-line.js';
import { testProduct } from '../e2e/test-network.js';
import { describeOnFabric, FabricNetwork } from './fabric-network.js';

describeOnFabric('the audit of a channel whose orderers may lie', () => {
  let network: FabricNetwork;
  let folder: string;
  let genesisHash: string;
  let blocks: Uint8Array[];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'veilsum-audit-'));
    network = await FabricNetwork.start({ consensus: 'bft' });
    const operator = await network.enrol('association', 'operator');
    const ledger = await network.found(operator);
    const change = { kind: 'standard' as const, content: testProduct, reason: 'To have a block.' };
    await submitProposal(ledger, change);
    const profile = await network.profile();
    ({ genesisHash } = profile);
    blocks = [];
    for await (const block of readPeerBlocks({ profile, signer: operator.signer }))
      blocks.push(block);
  }, 300_000);

  afterAll(async () => {
    await network.stop();
    await rm(folder, { recursive: true });
  }, 60_000);

  /** Audits blocks as a file, with neither key nor network. */
  async function audit(chain: readonly Uint8Array[]) {
    const file = join(folder, 'ledger.ndjson');
    const lines = chain.map((block) => {
      const line = { format: 'veilsum-fabric-block/1', chaincode: 'veilsum' };
      return JSON.stringify({ ...line, block: Buffer.from(block).toString('base64') });
    });
    await writeFile(file, `${lines.join('\n')}\n`);
    const named = ['--ledger', file, '--genesis', genesisHash, '--founder', 'AssociationMSP'];
    return veilsum(join(folder, 'nobody'), 'audit', ...named);
  }

  /** The last block as if only some of its orderers had signed it. */
  function signedBy(orderers: number): Uint8Array[] {
    const last = common.Block.deserializeBinary(blocks.at(-1) ?? new Uint8Array(0));
    const metadata = last.getMetadata()?.getMetadataList_asU8() ?? [];
    const signatures = common.Metadata.deserializeBinary(metadata[0] ?? new Uint8Array(0));
    expect(signatures.getSignaturesList().length).toBeGreaterThanOrEqual(3);
    signatures.setSignaturesList(signatures.getSignaturesList().slice(0, orderers));
    last.getMetadata()?.setMetadataList(metadata.with(0, signatures.serializeBinary()));
    return blocks.with(-1, last.serializeBinary());
  }

  test('passes when a quorum of them signed every block', async () => {
    const { status, answer } = await audit(blocks);
    expect([status, answer]).toEqual([
      0,
      expect.objectContaining({ passed: true, height: blocks.length }),
    ]);
  });

  test('refuses a block that fewer than a quorum of them signed', async () => {
    expect((await audit(signedBy(3))).status).toBe(0);
    const { status, answer } = await audit(signedBy(2));
    expect({ status, answer }).toEqual(refusal('LEDGER_INTEGRITY'));
    expect(JSON.stringify(answer)).toContain(`Block ${blocks.length - 1} is not signed`);
  });
});
