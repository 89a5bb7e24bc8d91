import { execFile } from 'node:child_process';
import { env, execPath } from 'node:process';

/** The built program, as it is installed. */
const PROGRAM = 'gateway/client/dist/main.js';
const OUTPUT_BYTES_MAX = 64 * 1024 ** 2;

/** How a command ended, and what it printed. */
export interface CommandOutput {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** How a command ended: its exit status, and the one JSON value that it printed. */
export interface CommandOutcome {
  readonly status: number;
  readonly answer: unknown;
}

/** Runs `veilsum` as a process of its own, with nothing of this one's settings and no terminal. */
export function runVeilsum(stateRoot: string, ...words: readonly string[]): Promise<CommandOutput> {
  const settings = Object.entries(env).filter(([name]) => !name.startsWith('VEILSUM_'));
  const options = { env: Object.fromEntries(settings), maxBuffer: OUTPUT_BYTES_MAX };
  return new Promise((resolve, reject) => {
    const parameters = [PROGRAM, '--state', stateRoot, ...words];
    execFile(execPath, parameters, options, (error, stdout, stderr) => {
      const status = error === null ? 0 : error.code;
      if (typeof status === 'number') resolve({ status, stdout, stderr });
      else reject(new Error(`veilsum ${words.join(' ')} was ended. ${stderr}`));
    });
  });
}

/** Runs `veilsum --json …`. */
export async function veilsum(
  stateRoot: string,
  ...words: readonly string[]
): Promise<CommandOutcome> {
  const { status, stdout, stderr } = await runVeilsum(stateRoot, '--json', ...words);
  if (stdout === '') throw new Error(`veilsum ${words.join(' ')} printed no answer. ${stderr}`);
  return { status, answer: JSON.parse(stdout) as unknown };
}

/** What a refused command prints. */
export const refusal = (code: string) => ({
  status: 1,
  answer: { error: expect.objectContaining({ code }) as unknown },
});

/** Replays the running ledger through the command line and expects every check to pass. */
export async function expectAuditPasses(stateRoot: string): Promise<void> {
  const { status, answer } = await veilsum(stateRoot, 'audit', '--as', 'auditor');
  const { checks } = answer as {
    checks: { check: string; passed: boolean; findings: unknown[] }[];
  };
  expect(checks.filter(({ passed }) => !passed)).toEqual([]);
  expect(checks.length).toBeGreaterThan(1);
  expect([status, answer]).toEqual([0, expect.objectContaining({ passed: true })]);
}
