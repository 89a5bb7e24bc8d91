import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { HttpLedgerService } from '@veilsum/ledger/embedded';
import { encodeCanonicalJson } from '@veilsum/crypto';
import { VeilsumError } from '@veilsum/protocol';
import { readNetwork, requireEmbedded } from '../session/network-file.js';
import { addCommand } from './command.js';

/** Adds `veilsum ledger …`. */
export function addLedgerCommands(program: Command): void {
  const ledger = program.command('ledger').description('the embedded ledger');
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
    run: async ({ state, output }, { out }) => {
      const { ledgerUrl, genesisHash } = requireEmbedded(
        await readNetwork(state),
        'This exports',
        'On Fabric every organisation has the blocks on its peers, and "veilsum audit" reads them there.',
      );
      const service = new HttpLedgerService({ url: ledgerUrl, genesisHash });
      const { height } = await service.status();
      const file = createWriteStream(out, { flags: 'wx', mode: 0o600 });
      await once(file, 'open').catch((error: unknown) => {
        throw new VeilsumError(
          'INVALID_ARGUMENT',
          `${out} cannot be written: ${(error as NodeJS.ErrnoException).code ?? ''}.`,
        );
      });
      for await (const block of service.blocks({ fromBlock: 0 })) {
        if (!file.write(`${encodeCanonicalJson(block)}\n`)) await once(file, 'drain');
        if (block.number === height - 1) break;
      }
      file.end();
      await once(file, 'close');
      await service.close();
      output.result({ file: out, blocks: height, genesisHash });
      output.line(`${height} blocks written to ${out}; genesis ${genesisHash}.`);
    },
  });
}
