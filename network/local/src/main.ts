import { Command } from 'commander';
import { addNetworkCommands } from './network-commands.js';
import { reportFailure } from './terminal.js';

// Whoever reads us, e.g. head, may have read enough.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? 0 : 1);
});

const program = new Command('network')
  .description('A Hyperledger Fabric network on this machine, without Docker')
  .showHelpAfterError();
addNetworkCommands(program);
await program.parseAsync().catch((error: unknown) => {
  reportFailure(error, process.argv.includes('--json'));
});
