import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { encodeCanonicalJson } from '@veilsum/crypto';
import { askLedger } from '@veilsum/ledger';
import { memberSchema, VeilsumError } from '@veilsum/protocol';
import type { EmbeddedSource, FabricSource } from '../audit/audit-source.js';
import { encodeFabricLine } from '../audit/fabric-ledger-file.js';
import { ledgerSource } from '../audit/ledger-source.js';
import { requireFabric, upgradeLocalFabric } from '../network/local-fabric.js';
import { runMigrations, type MigrationRun } from '../network/migrations.js';
import { isFabric, readNetwork } from '../session/network-file.js';
import type { Session } from '../session/session.js';
import { addCommand, type CommandContext } from './command.js';
import type { Output } from './output.js';

/** Adds `veilsum ledger …`. */
export function addLedgerCommands(program: Command): void {
  const ledger = program
    .command('ledger')
    .description('the ledger as a file, and the embedded ledger');
  addCommand<{ config: string }>(ledger, {
    usage: 'serve',
    summary: 'run the ledger process in the foreground',
    example: 'ledger serve --config .veilsum/processes/ledger.json',
    options: [{ flags: '--config <file>', meaning: 'its configuration', required: true }],
    run: async (_context, { config }) => {
      const main = fileURLToPath(
        new URL('main.js', import.meta.resolve('@veilsum/ledger/embedded')),
      );
      const child = spawn(process.execPath, [main, '--config', config], { stdio: 'inherit' });
      for (const signal of ['SIGINT', 'SIGTERM'] as const)
        process.on(signal, () => child.kill(signal));
      const [status] = (await once(child, 'close')) as [number | null];
      process.exitCode = status ?? 1;
    },
  });
  addExport(ledger);
  addContractChanges(ledger);
}

function addExport(ledger: Command): void {
  addCommand<{ out: string }>(ledger, {
    usage: 'export',
    summary: 'write every block to a file, one a line; "audit --ledger FILE" checks it anywhere',
    example: 'ledger export --out ledger.ndjson',
    options: [
      { flags: '--out <file>', meaning: 'file to write; it must not exist', required: true },
    ],
    run: async (context, { out }) => {
      const { lines, genesisHash } = await exportOf(context);
      const file = createWriteStream(out, { flags: 'wx', mode: 0o600 });
      await once(file, 'open').catch((error: unknown) => {
        throw new VeilsumError(
          'INVALID_ARGUMENT',
          `${out} cannot be written: ${(error as NodeJS.ErrnoException).code ?? ''}.`,
        );
      });
      let height = 0;
      for await (const line of lines) {
        height += 1;
        if (!file.write(line)) await once(file, 'drain');
      }
      file.end();
      await once(file, 'close');
      const { output } = context;
      output.result({ file: out, blocks: height, genesisHash });
      output.line(`${height} blocks written to ${out}; genesis ${genesisHash}.`);
    },
  });
}

function addContractChanges(ledger: Command): void {
  addCommand(ledger, {
    usage: 'migrate',
    summary: 'bring data of an earlier release into the form of this one, as the operator',
    example: 'ledger migrate --as operator',
    run: async (context) => {
      const session = await context.session();
      showMigrations(context.output, await runMigrations(session.ledger));
    },
  });
  addCommand(ledger, {
    usage: 'upgrade',
    summary: 'put the contracts as built now into service on the Fabric network here, then migrate',
    example: 'ledger upgrade --as operator',
    run: async (context) => {
      const { output, state } = context;
      if (!isFabric(await readNetwork(state))) throw upgradesItself();
      await requireFabric();
      // Whoever cannot migrate should not begin.
      const session = await context.session();
      await requireOperator(session);
      await upgradeLocalFabric(state, (line) => {
        output.note(line);
      });
      showMigrations(output, await runMigrations(session.ledger));
    },
  });
}

function showMigrations(output: Output, migrations: readonly MigrationRun[]): void {
  output.result({ migrations });
  if (migrations.length === 0) output.line('Nothing was pending.');
  for (const { migrationId, title, steps } of migrations)
    output.line(
      `${migrationId}: ${title} (${steps} ${steps === 1 ? 'transaction' : 'transactions'})`,
    );
}

async function requireOperator({ ledger, identity: { memberId } }: Session): Promise<void> {
  const { roles } = await askLedger(ledger, 'member:read', { memberId }, memberSchema);
  if (roles.includes('operator')) return;
  throw new VeilsumError('FORBIDDEN', `${memberId} is no operator; add --as with one who is.`);
}

const upgradesItself = () =>
  new VeilsumError(
    'INVALID_STATE',
    'An embedded ledger runs the contracts that it is started with: "veilsum down", then "veilsum up".',
  );

interface LedgerExport {
  readonly genesisHash: string;
  /** One block each. */
  readonly lines: AsyncIterable<string>;
}

async function exportOf(context: CommandContext): Promise<LedgerExport> {
  const source = await ledgerSource(context, {});
  const { genesisHash } = source;
  return {
    genesisHash,
    lines: source.kind === 'fabric' ? fabricLines(source) : embeddedLines(source),
  };
}

async function* fabricLines({ blocks, chaincode }: FabricSource): AsyncGenerator<string> {
  for await (const block of blocks()) yield encodeFabricLine(block, chaincode);
}

async function* embeddedLines({ service }: EmbeddedSource): AsyncGenerator<string> {
  try {
    const { height } = await service.status();
    for await (const block of service.blocks({ fromBlock: 0 })) {
      yield `${encodeCanonicalJson(block)}\n`;
      if (block.number === height - 1) return;
    }
  } finally {
    await service.close();
  }
}
