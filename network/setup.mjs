/**
 * What `npm start` and `npm test` do first on a fresh machine: check Node, install the locked
 * packages, build. Plain JavaScript without dependencies, because nothing is installed yet.
 */
import { spawn } from 'node:child_process';
import { createHash, randomInt } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = fileURLToPath(new URL('..', import.meta.url));
const lockStamp = join(root, 'node_modules', '.veilsum-lock');
const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';

/** Runs a program with our terminal; Ctrl-C reaches it too, so we only wait for how it ends. */
function run(program, parameters, { quiet = false } = {}) {
  return new Promise((resolve) => {
    const child = spawn(program, parameters, {
      cwd: root,
      stdio: quiet ? ['ignore', 'pipe', 'pipe'] : 'inherit',
    });
    const output = [];
    child.stdout?.on('data', (chunk) => output.push(chunk));
    child.stderr?.on('data', (chunk) => output.push(chunk));
    child.on('error', (error) => resolve({ status: 1, output: error.message }));
    child.on('close', (status) =>
      resolve({ status: status ?? 1, output: Buffer.concat(output).toString() }),
    );
  });
}

function requireNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  fail(`Veilsum needs Node 20.19 or newer; this is ${process.versions.node}.`);
}

function fail(sentence, output = '') {
  if (output !== '') console.error(output);
  console.error(sentence);
  process.exit(1);
}

async function step(title, program, parameters) {
  const started = Date.now();
  process.stderr.write(`${title} … `);
  const { status, output } = await run(program, parameters, { quiet: true });
  process.stderr.write(`${((Date.now() - started) / 1000).toFixed(1)} s\n`);
  if (status !== 0) fail(`${title} failed; see above.`, output);
}

async function install() {
  const lock = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  if (existsSync(lockStamp) && readFileSync(lockStamp, 'utf8') === lock) return;
  await step('Installing the locked packages (once)', npm, ['ci', '--no-audit', '--no-fund']);
  writeFileSync(lockStamp, lock);
}

const build = () =>
  step('Building', process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-b']);

const jest = (parameters) =>
  run(process.execPath, [
    '--experimental-vm-modules',
    '--no-warnings=ExperimentalWarning',
    join(root, 'node_modules/jest/bin/jest.js'),
    '--config',
    join(root, 'test/jest.config.js'),
    ...parameters,
  ]);

/** `npm test` needs nothing but Node; the tests on Fabric need its programs. */
async function sayWhatOfFabric() {
  const { fabricPrograms } = await import('./local/dist/index.js');
  const { missing } = await fabricPrograms();
  console.error(
    missing === undefined
      ? "The tests on Fabric are a run of their own: npm run test:fabric. Fabric's programs are here."
      : `The tests on Fabric were skipped. ${missing}`,
  );
}

const tasks = {
  setup: () => Promise.resolve({ status: 0 }),
  start: (parameters) =>
    run(process.execPath, [
      join(root, 'gateway/client/dist/main.js'),
      'up',
      '--demo',
      ...parameters,
    ]),
  network: (parameters) =>
    run(process.execPath, [join(root, 'network/local/dist/main.js'), ...parameters]),
  fabric: (parameters) => jest([...parameters, '--selectProjects', 'fabric']),
  faults: (parameters) => {
    process.env.FAULT_ROUNDS ??= '20';
    return jest([
      ...parameters,
      '--selectProjects',
      'fabric',
      '--testPathPatterns',
      'test/fabric/faults/',
    ]);
  },
  test: async (parameters) => {
    const result = await jest([
      ...parameters,
      '--selectProjects',
      'unit',
      'vectors',
      'simulation',
      'e2e',
    ]);
    await sayWhatOfFabric();
    return result;
  },
  simulation: (parameters) => {
    const given = parseArgs({
      args: parameters,
      options: { seed: { type: 'string' }, steps: { type: 'string' } },
    }).values;
    process.env.SIMULATION_SEED = given.seed ?? String(randomInt(2 ** 32 - 1));
    process.env.SIMULATION_STEPS = given.steps ?? '5000';
    return jest(['--selectProjects', 'simulation']);
  },
  scenarios: (parameters) => jest([...parameters, '--selectProjects', 'scenarios']),
  mutation: (parameters) =>
    run(process.execPath, [
      join(root, 'node_modules/@stryker-mutator/core/bin/stryker.js'),
      'run',
      join(root, '.ci/mutation/stryker.json'),
      ...parameters,
    ]),
  crash: (parameters) => jest([...parameters, '--selectProjects', 'crash']),
};

process.on('SIGINT', () => undefined);
requireNode();
const [task = 'setup', ...parameters] = process.argv.slice(2);
if (!(task in tasks)) fail(`Unknown task ${task}; known: ${Object.keys(tasks).join(', ')}.`);
await install();
await build();
const { status } = await tasks[task](parameters);
process.exit(status);
