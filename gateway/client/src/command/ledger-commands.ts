import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { encodeCanonicalJson } from '@veilsum/crypto';
import { VeilsumError } from '@veilsum/protocol';
import type { EmbeddedSource, FabricSource } from '../audit/audit-source.js';
import { encodeFabricLine } from '../audit/fabric-ledger-file.js';
import { ledgerSource } from '../audit/ledger-source.js';
import { addCommand, type CommandContext } from './command.js';

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
