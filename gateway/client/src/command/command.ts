import { Command, Option } from 'commander';
import { openSession, type Session } from '../session/session.js';
import { StateFolder } from '../session/state-folder.js';
import { reportFailure } from './failure.js';
import { processOutput, type Output } from './output.js';

/** Options that every command takes. */
export interface GlobalOptions {
  readonly state?: string;
  readonly as?: string;
  readonly json?: true;
  readonly yes?: true;
  readonly passphraseFile?: string;
}

/** What a command works with. The session is opened when first asked for: not every command signs. */
export interface CommandContext {
  readonly output: Output;
  readonly state: StateFolder;
  readonly yes: boolean;
  readonly as: string | undefined;
  readonly passphraseFile: string | undefined;
  /** The caller's member, ledger and gateway. */
  session(): Promise<Session>;
}

/** One command, as it is declared. */
export interface CommandDefinition<Options> {
  /** Name with its arguments, e.g. `show <consent-id>`. */
  readonly usage: string;
  readonly summary: string;
  /** What a user would type, without the program's name. */
  readonly example: string;
  /** commander's flags, with what they mean; a flag marked `required` must be given. */
  readonly options?: readonly CommandOption[];
  readonly run: (
    context: CommandContext,
    options: Options,
    parameters: readonly string[],
  ) => Promise<void>;
}

export interface CommandOption {
  readonly flags: string;
  readonly meaning: string;
  readonly required?: true;
  readonly choices?: readonly string[];
  readonly default?: string;
  /** Turns the text into a value, or collects repeated ones. */
  readonly parse?: (text: string, previous: unknown) => unknown;
}

/** @returns the program with the options that every command takes */
export function createProgram(version: string): Command {
  return new Command('veilsum')
    .description('Joint statistics on data that nobody shows: contribute, ask, audit.')
    .version(version)
    .option('--state <folder>', 'state folder (default: VEILSUM_HOME or .veilsum)')
    .option('--as <member>', 'act as this member (default: VEILSUM_MEMBER)')
    .option('--passphrase-file <file>', "file with the passphrase of the member's keys")
    .option('--json', 'print one JSON value')
    .option('-y, --yes', 'confirm what cannot be undone, for scripts')
    .configureHelp({ showGlobalOptions: true })
    .showHelpAfterError('(add --help for the options)');
}

/** Adds a command under a noun or the program itself. */
export function addCommand<Options>(parent: Command, definition: CommandDefinition<Options>): void {
  const command = parent
    .command(definition.usage)
    .description(definition.summary)
    .addHelpText('after', `\nExample:\n  $ veilsum ${definition.example}`);
  for (const option of definition.options ?? []) command.addOption(optionOf(option));
  command.action(async (...received: unknown[]) => {
    const parameters = received.slice(0, -2).flat() as string[];
    await runCommand(command, definition, parameters);
  });
}

function optionOf(definition: CommandOption): Option {
  const option = new Option(definition.flags, definition.meaning);
  if (definition.required === true) option.makeOptionMandatory();
  if (definition.choices !== undefined) option.choices(definition.choices);
  if (definition.default !== undefined) option.default(definition.default);
  if (definition.parse !== undefined) option.argParser(definition.parse);
  return option;
}

async function runCommand<Options>(
  command: Command,
  definition: CommandDefinition<Options>,
  parameters: readonly string[],
): Promise<void> {
  const options = command.optsWithGlobals<GlobalOptions & Options>();
  const output = processOutput(options.json === true);
  let session: Session | undefined;
  const state = new StateFolder(options.state);
  const as = options.as ?? process.env['VEILSUM_MEMBER'];
  const { passphraseFile } = options;
  const context: CommandContext = {
    output,
    state,
    yes: options.yes === true,
    as,
    passphraseFile,
    session: async () => (session ??= await openSession(state, { as, passphraseFile })),
  };
  try {
    await definition.run(context, options, parameters);
  } catch (error) {
    reportFailure(error, output);
  } finally {
    await session?.close();
  }
}

/** Collects a repeated or comma-separated option. */
export function collectList(text: string, previous: unknown): string[] {
  const earlier = Array.isArray(previous) ? (previous as string[]) : [];
  return [...earlier, ...text.split(',').map((part) => part.trim())].filter((part) => part !== '');
}
