import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { receiveResult, submitQuestion } from '@veilsum/client';
import { common } from '@hyperledger/fabric-protos';
import { askLedger } from '@veilsum/ledger';
import { ruleRevisionSchema, type ProductId } from '@veilsum/protocol';

import { expectAuditPasses, refusal, runVeilsum, veilsum } from '../e2e/command-line.js';
import { TestNetwork, testProduct, testQuestion } from '../e2e/test-network.js';
import { describeOnFabric } from './fabric-network.js';

const MERCHANTS = 2;
const CHANGES_AT_ONCE = 5;
const WAIT = { timeoutMs: 120_000 };

interface Report {
  readonly passed: boolean;
  readonly height: number;
  readonly headHash: string;
  readonly story?: { readonly events: readonly unknown[] };
  readonly checks: readonly {
    readonly check: string;
    readonly passed: boolean;
    readonly findings: readonly { readonly transactionId: string; readonly blockNumber: number }[];
  }[];
}

describeOnFabric('the audit of a Fabric network', () => {
  let network: TestNetwork;
  let folder: string;
  let file: string;
  let certificate: string;
  let genesisHash: string;
  let queryId: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'veilsum-audit-'));
    file = join(folder, 'ledger.ndjson');
    certificate = join(folder, 'certificate.json');
    network = await TestNetwork.start({ merchants: MERCHANTS, ledger: 'fabric' });
    await network.contributeAll(MERCHANTS);
    const analyst = await network.session('analyst');
    ({ queryId } = await submitQuestion(analyst, testQuestion));
    const result = await receiveResult(analyst, queryId, WAIT);
    await writeFile(certificate, JSON.stringify(result.certificate));
  }, 300_000);

  afterAll(async () => {
    await network.close();
    await rm(folder, { recursive: true });
  }, 60_000);

  /** Audits a file in a folder that has neither a network nor a key. */
  async function audit(path: string, ...words: string[]) {
    const named = ['audit', '--ledger', path, '--genesis', genesisHash];
    const { status, answer } = await veilsum(join(folder, 'nobody'), ...named, ...words);
    return { status, answer, report: answer as Report };
  }

  /** A copy of the exported file whose lines were changed. */
  async function altered(change: (lines: string[]) => string[]): Promise<string> {
    const lines = (await readFile(file, 'utf8')).trimEnd().split('\n');
    const copy = join(folder, 'altered.ndjson');
    await writeFile(copy, `${change(lines).join('\n')}\n`);
    return copy;
  }

  /** A copy in which one block is another. */
  const withBlock = (number: number, change: (block: common.Block) => void) =>
    altered((lines) => {
      const line = JSON.parse(lines[number] ?? '') as { block: string };
      const block = common.Block.deserializeBinary(Buffer.from(line.block, 'base64'));
      change(block);
      const bytes = Buffer.from(block.serializeBinary()).toString('base64');
      return lines.with(number, JSON.stringify({ ...line, block: bytes }));
    });

  const failedChecks = ({ checks }: Report) =>
    checks.filter(({ passed }) => !passed).map(({ check }) => check);

  test('changes of the rules that come at once all succeed, each as a revision', async () => {
    const { ledger } = network.operator;
    const revision = async () =>
      (await askLedger(ledger, 'consortium:ruleRevision', {}, ruleRevisionSchema)).revision;
    const before = await revision();
    const names = Array.from({ length: CHANGES_AT_ONCE }, (_unused, index) => `sales-${index}`);
    await Promise.all(
      names.map((productId) =>
        network.publish({ ...testProduct, productId: productId as ProductId }),
      ),
    );
    expect(await revision()).toBe(before + CHANGES_AT_ONCE);
  });

  test('passes over the channel as a peer has it', async () => {
    await expectAuditPasses(network.state.root);
  });

  test('says that on Fabric somebody has to read', async () => {
    expect(await veilsum(network.state.root, 'audit')).toEqual(refusal('INVALID_ARGUMENT'));
  });

  test('passes over the exported channel, with neither key nor network', async () => {
    const words = ['ledger', 'export', '--as', 'auditor', '--out', file];
    const { status, answer } = await veilsum(network.state.root, ...words);
    expect(status).toBe(0);
    const exported = answer as { blocks: number; genesisHash: string };
    ({ genesisHash } = exported);
    const { report, ...audited } = await audit(file, '--founder', 'AssociationMSP');
    expect([audited.status, failedChecks(report)]).toEqual([0, []]);
    expect(report).toMatchObject({ passed: true, height: exported.blocks });
  });

  test('tells the story of a query', async () => {
    const { report } = await audit(file, '--query', queryId);
    expect(report.story?.events.length).toBeGreaterThan(5);
  });

  test('checks a result certificate against the exported channel', async () => {
    const named = ['--certificate', certificate, '--ledger', file, '--genesis', genesisHash];
    const words = ['query', 'verify', queryId, ...named];
    const { status, answer } = await veilsum(join(folder, 'nobody'), ...words);
    expect([status, answer]).toEqual([0, expect.objectContaining({ queryId, valid: true })]);
  });

  test('refuses a channel with one altered byte, and names its block', async () => {
    const copy = await withBlock(5, (block) => {
      const envelopes = block.getData()?.getDataList_asU8() ?? [];
      block
        .getData()
        ?.setDataList(envelopes.map((bytes) => bytes.with(-1, (bytes.at(-1) ?? 0) ^ 1)));
    });
    const { status, answer } = await audit(copy);
    expect({ status, answer }).toEqual(refusal('LEDGER_INTEGRITY'));
    expect(JSON.stringify(answer)).toContain('block 5');
  });

  test('refuses a channel from which a block was taken', async () => {
    const { status, answer } = await audit(await altered((lines) => lines.toSpliced(6, 1)));
    expect({ status, answer }).toEqual(refusal('LEDGER_INTEGRITY'));
    expect(JSON.stringify(answer)).toContain('Block 6');
  });

  test('refuses a block that no orderer signed', async () => {
    const copy = await withBlock(7, (block) => {
      const metadata = block.getMetadata()?.getMetadataList_asU8() ?? [];
      block.getMetadata()?.setMetadataList(metadata.with(0, new Uint8Array(0)));
    });
    const { status, answer } = await audit(copy);
    expect({ status, answer }).toEqual(refusal('LEDGER_INTEGRITY'));
    expect(JSON.stringify(answer)).toContain('Block 7');
  });

  test('refuses another channel than the one that was meant', async () => {
    const named = ['audit', '--ledger', file, '--genesis', '00'.repeat(32)];
    expect(await veilsum(join(folder, 'nobody'), ...named)).toEqual(refusal('LEDGER_INTEGRITY'));
  });

  test('names a transaction whose validation code a peer changed', async () => {
    const { report: sound } = await audit(file);
    const number = sound.height - 1;
    const copy = await withBlock(number, (block) => {
      const metadata = block.getMetadata()?.getMetadataList_asU8() ?? [];
      const codes = metadata[common.BlockMetadataIndex.TRANSACTIONS_FILTER] ?? new Uint8Array(1);
      const refused = codes.map(() => 11);
      const index = common.BlockMetadataIndex.TRANSACTIONS_FILTER;
      block.getMetadata()?.setMetadataList(metadata.with(index, refused));
    });
    const { status, report } = await audit(copy);
    expect([status, failedChecks(report)]).toEqual([1, ['validation codes']]);
    const [finding] = report.checks.flatMap(({ findings }) => findings);
    expect(finding).toMatchObject({ blockNumber: number });
    expect(finding?.transactionId).toMatch(/^[0-9a-f]{64}$/);
  });

  test('names the founding when another organisation than the expected one did it', async () => {
    const { status, report } = await audit(file, '--founder', 'PlatformMSP');
    expect([status, failedChecks(report)]).toEqual([1, ['execution']]);
  });

  test('says to people how far the file goes', async () => {
    const named = ['audit', '--ledger', file, '--genesis', genesisHash];
    const { stdout } = await runVeilsum(join(folder, 'nobody'), ...named);
    expect(stdout).toMatch(/everything holds\. Last block: [0-9a-f]{64}\./);
  });
});
