import { jest } from '@jest/globals';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { assembleProgram, runProgram } from './program.js';

/** What users find, by noun; a command without a noun is a noun of its own. */
const COMMANDS: Readonly<Record<string, readonly string[]>> = {
  up: [],
  down: [],
  status: [],
  ledger: ['serve', 'export', 'migrate', 'upgrade'],
  member: ['enrol', 'list', 'show', 'admit-organisation', 'register', 'certify', 'revoke', 'set'],
  product: ['validate', 'init', 'publish', 'list', 'show'],
  proposal: ['submit', 'list', 'show', 'approve', 'reject', 'withdraw'],
  committee: ['ceremony', 'show'],
  consent: [
    'templates',
    'init',
    'grant',
    'amend',
    'withdraw',
    'list',
    'show',
    'receipt',
    'verify-receipt',
    'request',
    'requests',
    'decline',
    'close-request',
    'auto-approve',
    'usage',
  ],
  delegation: ['grant', 'revoke', 'list', 'show'],
  contribute: [],
  contribution: ['list', 'show', 'withdraw'],
  quote: [],
  query: ['run', 'result', 'export', 'verify', 'list', 'show', 'review', 'publish', 'published'],
  rulebook: ['show', 'list', 'validate', 'diff'],
  guide: [],
  account: ['show', 'statement', 'deposit', 'withdraw', 'confirm', 'transfers'],
  question: ['ask', 'answer', 'list', 'show'],
  commitment: ['make', 'withdraw', 'list'],
  incident: [
    ...['open', 'rectify', 'escalate', 'penalise', 'lift', 'close', 'release'],
    ...['list', 'show'],
  ],
  opening: ['commit', 'reveal', 'answer', 'check', 'contest', 'list', 'show'],
  settlement: ['show', 'explain', 'scheme', 'simulate'],
  cost: ['propose', 'confirm', 'list'],
  agreement: ['propose', 'accept', 'cancel', 'settle', 'list'],
  goal: ['set', 'list', 'report'],
  audit: [],
  watch: [],
  alerts: ['list', 'follow'],
  doctor: [],
};
/** Verbs that lead to further ones. */
const NESTED: Readonly<Record<string, readonly string[]>> = {
  'query review': ['list', 'approve', 'stop'],
};
const names = Object.entries(COMMANDS)
  .flatMap(([noun, verbs]) =>
    verbs.length === 0 ? [noun] : verbs.map((verb) => `${noun} ${verb}`),
  )
  .flatMap((name) => NESTED[name]?.map((verb) => `${name} ${verb}`) ?? [name]);

/** These start processes, or have nothing to complain about without a network. */
const NOT_REFUSED = ['up', 'down', 'status', 'doctor', 'ledger serve', 'consent templates'];

describe('the program', () => {
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'veilsum-program-'));
  });
  afterAll(async () => {
    await rm(folder, { recursive: true });
  });
  afterEach(() => {
    process.exitCode = undefined;
  });

  /** Runs a command in a folder without a network. @returns what it printed, and its exit status */
  async function run(...words: string[]) {
    const printed = { stdout: '', stderr: '' };
    const spies = (['stdout', 'stderr'] as const).map((stream) =>
      jest.spyOn(process[stream], 'write').mockImplementation((text) => {
        printed[stream] += String(text);
        return true;
      }),
    );
    try {
      await runProgram('1.2.3', ['--state', join(folder, 'state'), ...words]);
    } finally {
      for (const spy of spies) spy.mockRestore();
    }
    return { ...printed, status: process.exitCode ?? 0 };
  }

  async function commandOf(name: string): Promise<Command> {
    let found = await assembleProgram('1.2.3');
    for (const word of name.split(' ')) {
      const next = found.commands.find((command) => command.name() === word);
      if (next === undefined) throw new Error(`There is no command ${name}.`);
      found = next;
    }
    return found;
  }

  function helpOf(command: Command): string {
    let text = '';
    command.configureOutput({ writeOut: (part) => (text += part), getOutHelpWidth: () => 400 });
    command.outputHelp();
    return text;
  }

  /** Everything that a command asks for, filled in with something. */
  async function filledIn(name: string): Promise<string[]> {
    const { registeredArguments, options } = await commandOf(name);
    const parameters = registeredArguments.filter(({ required }) => required).map(() => 'x');
    const given = options
      .filter(({ mandatory }) => mandatory)
      .flatMap(({ long, argChoices }) => [long ?? '', argChoices?.[0] ?? 'x']);
    return [...name.split(' '), ...parameters, ...given];
  }

  it('has these commands and no others', async () => {
    const { commands } = await assembleProgram('1.2.3');
    const found = commands.map((noun): [string, string[]] => [
      noun.name(),
      noun.commands.map((verb) => verb.name()),
    ]);
    expect(Object.fromEntries(found)).toEqual(COMMANDS);
  });

  it.each(names)('explains "%s", with an example of it', async (name) => {
    const command = await commandOf(name);
    const help = helpOf(command);
    const example = /Example:\n {2}\$ veilsum (.*)\n/.exec(help)?.[1] ?? '';
    expect(`${example} `.startsWith(`${name} `)).toBe(true);
    expect(help).toMatch(/--json +\S/);
    expect(command.description()).toMatch(/^[a-z]/);
    for (const { description, mandatory, long } of command.options) {
      expect(description).not.toBe('');
      if (mandatory) expect(example).toContain(String(long));
    }
  });

  it.each(names.filter((name) => !NOT_REFUSED.includes(name)))(
    'says as JSON why "%s" cannot be done',
    async (name) => {
      const { stdout, stderr, status } = await run(
        '--json',
        '--as',
        'nobody',
        ...(await filledIn(name)),
      );
      expect([status, stderr]).toEqual([1, '']);
      expect(JSON.parse(stdout)).toEqual({
        error: {
          code: expect.stringMatching(/^[A-Z][A-Z_]+$/) as unknown,
          message: expect.stringMatching(/^.+\.$/) as unknown,
          wayOut: expect.any(String) as unknown,
          retryable: false,
        },
      });
      expect(JSON.parse(stdout)).not.toMatchObject({ error: { code: 'INTERNAL' } });
      expect(await readdir(folder)).toEqual([]);
    },
  );

  it.each<[string, string[], RegExp]>([
    ['an unknown command', ['qurey'], /^unknown command 'qurey' \(Did you mean query\?\)\.$/],
    ['a noun without a verb', ['query'], /^A command is missing\.$/],
    ['nothing at all', [], /^A command is missing\.$/],
    ['an unknown option', ['status', '--all'], /^unknown option '--all'\.$/],
    ['an option without its value', ['query', 'show', 'x', '--as'], /^option '--as <member>' arg/],
    [
      'a missing option',
      ['ledger', 'serve'],
      /^required option '--config <file>' not specified\.$/,
    ],
    ['a missing argument', ['query', 'show'], /^missing required argument 'query'\.$/],
    ['a value that is not a choice', ['member', 'set', 'x', '--status', 'dead'], /Allowed choices/],
    ['a filter that is none', ['quote', '--where', 'food'], /^--where is written dimension=value/],
  ])('says as JSON what is wrong with %s', async (_what, words, message) => {
    const { stdout, stderr, status } = await run('--json', ...words);
    expect([status, stderr]).toEqual([1, '']);
    expect(JSON.parse(stdout)).toMatchObject({
      error: { code: 'INVALID_ARGUMENT', message: expect.stringMatching(message) as unknown },
    });
  });

  it('takes a member with the name of a command for a member', async () => {
    const { stdout } = await run('--json', '--as', 'query', 'audit');
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'STATE_FOLDER_INVALID' } });
  });

  it('says to people what is wrong, once', async () => {
    const missing = await run('query', 'show');
    expect(missing).toMatchObject({ status: 1, stdout: '' });
    expect(missing.stderr.match(/missing required argument 'query'/g)).toHaveLength(1);
    const filter = await run('quote', '--where', 'food');
    expect(filter.stderr).toMatch(/^INVALID_ARGUMENT: --where is written/);
    expect(filter).toMatchObject({ status: 1, stdout: '' });
  });

  it('shows its version and its help without complaint', async () => {
    expect(await run('--version')).toEqual({ stdout: '1.2.3\n', stderr: '', status: 0 });
    const help = await run('query', 'run', '--help');
    expect(help).toMatchObject({ stderr: '', status: 0 });
    expect(help.stdout).toContain('Example:');
  });
});
