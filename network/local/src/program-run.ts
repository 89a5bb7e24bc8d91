import { execFile } from 'node:child_process';
import { basename } from 'node:path';
import { VeilsumError } from '@veilsum/protocol';

/** What a program run needs beside its arguments. */
export interface RunOptions {
  /** Added to {@link plainEnvironment}. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly folder?: string;
  readonly timeoutMs?: number;
}

const TIMEOUT_MS = 60_000;
const OUTPUT_BYTES_MAX = 64 * 1024 * 1024;

/**
 * The environment that Fabric's programs get: where programs are, and nothing of ours. Every
 * CORE_… or ORDERER_… variable of the user's shell would change a setting without our knowing.
 */
export function plainEnvironment(): Record<string, string> {
  const kept = ['PATH', 'HOME', 'TMPDIR', 'LANG'];
  return Object.fromEntries(
    kept.flatMap((name) => {
      const value = process.env[name];
      return value === undefined ? [] : [[name, value] as const];
    }),
  );
}

/**
 * Runs a program to its end.
 * @returns what it printed on stdout and stderr
 * @throws {@link VeilsumError} FABRIC_STEP_FAILED with the end of its output
 */
export function runProgram(
  program: string,
  parameters: readonly string[],
  { environment = {}, folder, timeoutMs = TIMEOUT_MS }: RunOptions = {},
): Promise<{ stdout: string; stderr: string }> {
  return new Promise((resolve, reject) => {
    execFile(
      program,
      [...parameters],
      {
        env: { ...plainEnvironment(), ...environment },
        timeout: timeoutMs,
        maxBuffer: OUTPUT_BYTES_MAX,
        ...(folder === undefined ? {} : { cwd: folder }),
      },
      (error, stdout, stderr) => {
        if (error === null) resolve({ stdout, stderr });
        else reject(failedRun(program, parameters, `${stdout}\n${stderr}`));
      },
    );
  });
}

function failedRun(program: string, parameters: readonly string[], output: string): VeilsumError {
  const command = [basename(program), ...parameters.slice(0, 3)].join(' ');
  // Fabric's programs print usage after some errors and log lines before all.
  const cause = output.slice(Math.max(output.lastIndexOf('Error:'), 0)).trim();
  return new VeilsumError('FABRIC_STEP_FAILED', `\`${command}\` failed: ${cause.slice(0, 600)}`);
}
