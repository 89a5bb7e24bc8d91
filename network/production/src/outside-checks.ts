import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const OUTPUT_BYTES_MAX = 16 * 1024 ** 2;
const OVERLAYS = ['association', 'member-organisation', 'orderer-organisation'];

/** What a program of somebody else said. */
export interface OutsideCheck {
  readonly program: string;
  /** `absent`: the program is not on this machine, so nothing was checked. */
  readonly outcome: 'passed' | 'failed' | 'absent';
  readonly words: string;
}

/**
 * Runs the validators that are on this machine.
 *
 * @param root - the folder network/production
 */
export async function runOutsideChecks(root: string): Promise<OutsideCheck[]> {
  const folder = await mkdtemp(join(tmpdir(), 'veilsum-manifests-'));
  try {
    const checks: OutsideCheck[] = [];
    for (const overlay of OVERLAYS) checks.push(...(await checkOverlay(root, overlay, folder)));
    const compose = join(root, 'compose/compose.yaml');
    const profiles = ['core', 'observability', 'scale-out'].flatMap((name) => ['--profile', name]);
    checks.push(await composeCheck(['--file', compose, ...profiles, 'config', '--quiet']));
    const prometheus = join(root, 'kubernetes/base/prometheus');
    checks.push(
      await outcomeOf('promtool', ['check', 'config', join(prometheus, 'prometheus.yaml')]),
    );
    return checks;
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Compose is a plug-in of docker, which docker alone does not have. */
async function composeCheck(parameters: readonly string[]): Promise<OutsideCheck> {
  const program = 'docker compose';
  const { outcome } = await outcomeOf('docker', ['compose', 'version']);
  if (outcome !== 'passed') return { program, outcome: 'absent', words: '' };
  return { ...(await outcomeOf('docker', ['compose', ...parameters])), program };
}

async function checkOverlay(
  root: string,
  overlay: string,
  folder: string,
): Promise<OutsideCheck[]> {
  const built = await outcomeOf('kubectl', [
    'kustomize',
    join(root, 'kubernetes/overlays', overlay),
  ]);
  if (built.outcome !== 'passed') return [built];
  const file = join(folder, `${overlay}.yaml`);
  await writeFile(file, built.words);
  return [built, await outcomeOf('kubectl-validate', ['--version', '1.30', file])];
}

async function outcomeOf(program: string, parameters: readonly string[]): Promise<OutsideCheck> {
  try {
    const { stdout } = await run(program, parameters, { maxBuffer: OUTPUT_BYTES_MAX });
    return { program, outcome: 'passed', words: stdout };
  } catch (error) {
    const { code, stderr, message } = error as NodeJS.ErrnoException & { stderr?: string };
    if (code === 'ENOENT') return { program, outcome: 'absent', words: '' };
    return { program, outcome: 'failed', words: stderr === '' ? message : (stderr ?? message) };
  }
}
