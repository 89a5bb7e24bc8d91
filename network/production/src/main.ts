import { VeilsumError } from '@veilsum/protocol';
import { Command } from 'commander';
import { addFabricCaCommands } from './fabric-ca/fabric-ca-commands.js';
import { addValidationCommand } from './validation-command.js';

const program = new Command('production-network');
addValidationCommand(program);
addFabricCaCommands(program);
try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof VeilsumError)) throw error;
  process.stderr.write(`${error.code}: ${error.message}\n`);
  process.exitCode = 1;
}
