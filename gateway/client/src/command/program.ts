import { VeilsumError } from '@veilsum/protocol';
import { CommanderError, type Command } from 'commander';
import { addAccountCommands } from './account-commands.js';
import { addAuditCommands } from './audit-commands.js';
import { createProgram } from './command.js';
import { addCommitteeCommands } from './committee-commands.js';
import { addConsentCommands } from './consent-commands.js';
import { addContributeCommand } from './contribute-command.js';
import { addContributionCommands } from './contribution-commands.js';
import { addDoctorCommand } from './doctor-command.js';
import { reportFailure } from './failure.js';
import { addLedgerCommands } from './ledger-commands.js';
import { addMemberCommands } from './member-commands.js';
import { addNetworkCommands } from './network-commands.js';
import { processOutput } from './output.js';
import { addProductCommands } from './product-commands.js';
import { addQueryCommands } from './query-commands.js';
import { addSettlementCommands } from './settlement-commands.js';

/** @returns the whole `veilsum` command; it throws a CommanderError instead of ending the process */
export function assembleProgram(version: string): Command {
  const program = createProgram(version).exitOverride();
  for (const add of [
    addNetworkCommands,
    addLedgerCommands,
    addMemberCommands,
    addProductCommands,
    addCommitteeCommands,
    addConsentCommands,
    addContributeCommand,
    addContributionCommands,
    addQueryCommands,
    addAccountCommands,
    addSettlementCommands,
    addAuditCommands,
    addDoctorCommand,
  ]) {
    add(program);
  }
  return program;
}

/**
 * Runs what was typed and sets the exit status.
 * @param words - without the interpreter and the program
 */
export async function runProgram(version: string, words: readonly string[]): Promise<void> {
  const output = processOutput(words.includes('--json'));
  const program = assembleProgram(version);
  if (output.json) silenceUsage(program);
  try {
    await program.parseAsync(words, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) reportFailure(error, output);
    else if (error.exitCode !== 0 && output.json) reportFailure(usageFailure(error), output);
    // Without --json, commander has said what is wrong.
    else process.exitCode = error.exitCode;
  }
}

/** A program that reads JSON gets the mistake as JSON and nothing else. */
function silenceUsage(command: Command): void {
  command.configureOutput({ writeErr: () => undefined });
  for (const part of command.commands) silenceUsage(part);
}

function usageFailure({ code, message }: CommanderError): VeilsumError {
  const sentence =
    code === 'commander.help'
      ? 'A command is missing.'
      : `${message.replace(/^error: /, '').replaceAll('\n', ' ')}.`;
  return new VeilsumError('INVALID_ARGUMENT', sentence);
}
