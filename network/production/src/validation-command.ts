import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { runOutsideChecks } from './outside-checks.js';
import { validateManifests } from './validation.js';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Adds `validate`: holds the manifests to our own rules, and to the validators of this machine. */
export function addValidationCommand(program: Command): void {
  program
    .command('validate')
    .description('check the manifests, the compose file and the Dockerfiles')
    .action(validate);
}

async function validate(): Promise<void> {
  const findings = await validateManifests(root);
  for (const { file, problem } of findings) write(`${file}: ${problem}`);
  write(findings.length === 0 ? 'own rules: passed' : `own rules: ${findings.length} findings`);
  const checks = await runOutsideChecks(root);
  for (const { program, outcome, words } of checks) {
    const said = outcome === 'failed' ? `\n${words.trim()}` : '';
    write(
      `${program}: ${outcome === 'absent' ? 'not on this machine, so not run' : outcome}${said}`,
    );
  }
  const failed = checks.some(({ outcome }) => outcome === 'failed');
  process.exitCode = findings.length > 0 || failed ? 1 : 0;
}

function write(line: string): void {
  process.stdout.write(`${line}\n`);
}
