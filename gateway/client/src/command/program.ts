import { VeilsumError } from '@veilsum/protocol';
import { CommanderError, type Command } from 'commander';
import { createProgram } from './command.js';
import { reportFailure } from './failure.js';
import { processOutput } from './output.js';

/** Commands that are made together, by the first words that lead to them. */
interface ProgramPart {
  readonly nouns: readonly string[];
  readonly load: () => Promise<(program: Command) => void>;
}

/** Loading all of them takes longer than most commands do. */
const parts: readonly ProgramPart[] = [
  {
    nouns: ['up', 'down', 'status'],
    load: async () => (await import('./network-commands.js')).addNetworkCommands,
  },
  { nouns: ['ledger'], load: async () => (await import('./ledger-commands.js')).addLedgerCommands },
  { nouns: ['member'], load: async () => (await import('./member-commands.js')).addMemberCommands },
  {
    nouns: ['product'],
    load: async () => (await import('./product-commands.js')).addProductCommands,
  },
  {
    nouns: ['proposal'],
    load: async () => (await import('./proposal-commands.js')).addProposalCommands,
  },
  {
    nouns: ['committee'],
    load: async () => (await import('./committee-commands.js')).addCommitteeCommands,
  },
  {
    nouns: ['consent'],
    load: async () => (await import('./consent-commands.js')).addConsentCommands,
  },
  {
    nouns: ['delegation'],
    load: async () => (await import('./delegation-commands.js')).addDelegationCommands,
  },
  {
    nouns: ['contribute'],
    load: async () => (await import('./contribute-command.js')).addContributeCommand,
  },
  {
    nouns: ['contribution'],
    load: async () => (await import('./contribution-commands.js')).addContributionCommands,
  },
  {
    nouns: ['quote', 'query'],
    load: async () => (await import('./query-commands.js')).addQueryCommands,
  },
  {
    nouns: ['rulebook'],
    load: async () => (await import('./rulebook-commands.js')).addRulebookCommands,
  },
  { nouns: ['guide'], load: async () => (await import('./guide-command.js')).addGuideCommand },
  {
    nouns: ['account'],
    load: async () => (await import('./account-commands.js')).addAccountCommands,
  },
  {
    nouns: ['settlement'],
    load: async () => (await import('./settlement-commands.js')).addSettlementCommands,
  },
  {
    nouns: ['question'],
    load: async () => (await import('./question-commands.js')).addQuestionCommands,
  },
  {
    nouns: ['commitment'],
    load: async () => (await import('./commitment-commands.js')).addCommitmentCommands,
  },
  {
    nouns: ['incident'],
    load: async () => (await import('./incident-commands.js')).addIncidentCommands,
  },
  {
    nouns: ['opening'],
    load: async () => (await import('./opening-commands.js')).addOpeningCommands,
  },
  { nouns: ['cost'], load: async () => (await import('./cost-commands.js')).addCostCommands },
  {
    nouns: ['agreement'],
    load: async () => (await import('./agreement-commands.js')).addAgreementCommands,
  },
  { nouns: ['goal'], load: async () => (await import('./goal-commands.js')).addGoalCommands },
  { nouns: ['audit'], load: async () => (await import('./audit-commands.js')).addAuditCommands },
  {
    nouns: ['watch', 'alerts'],
    load: async () => (await import('./alert-commands.js')).addAlertCommands,
  },
  { nouns: ['doctor'], load: async () => (await import('./doctor-command.js')).addDoctorCommand },
];

/**
 * @param words - what was typed: of these only the commands that they may mean are made; none: all
 * @returns the `veilsum` command; it throws a CommanderError instead of ending the process
 */
export async function assembleProgram(
  version: string,
  words: readonly string[] = [],
): Promise<Command> {
  const meant = parts.filter(({ nouns }) => nouns.some((noun) => words.includes(noun)));
  const program = createProgram(version).exitOverride();
  for (const { load } of meant.length === 0 ? parts : meant) (await load())(program);
  return program;
}

/**
 * Runs what was typed and sets the exit status.
 * @param words - without the interpreter and the program
 */
export async function runProgram(version: string, words: readonly string[]): Promise<void> {
  const output = processOutput(words.includes('--json'));
  const program = await assembleProgram(version, words);
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
