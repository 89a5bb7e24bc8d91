import { spawn } from 'node:child_process';
import { access } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { readProfile, type FabricProfile } from '@veilsum/ledger';
import { errorCodes, VeilsumError, type ErrorCode } from '@veilsum/protocol';
import { z } from 'zod';
import type { StateFolder } from '../session/state-folder.js';
import type { PlannedFabric } from './network-plan.js';

/** One process of Fabric on this machine. */
export interface FabricProcess {
  readonly name: string;
  readonly pid: number;
}

/** What the program prints on standard output, one a line. */
const stepSchema = z.looseObject({ step: z.string(), ms: z.number() });
/** What it prints on standard error when it fails. */
const failureSchema = z.looseObject({
  code: z.enum(Object.keys(errorCodes) as [ErrorCode, ...ErrorCode[]]),
  message: z.string(),
});

/**
 * Makes sure that Fabric's programs are there.
 * @throws {@link VeilsumError} FABRIC_PROGRAMS_MISSING, naming them and where the installer puts them
 */
export async function requireFabric(): Promise<void> {
  const { requireFabricPrograms } = await import('@veilsum/local-network');
  await requireFabricPrograms();
}

/**
 * Starts the Fabric network of a state folder, or mends it, and waits until its chaincode answers.
 * @param say - shows each step as it is done
 * @throws {@link VeilsumError} what stopped it, with the code that the program gives
 */
export async function startLocalFabric(
  state: StateFolder,
  { consensus, portBase }: PlannedFabric,
  say: (line: string) => void,
): Promise<FabricProfile> {
  const choices = [
    ...(consensus === undefined ? [] : ['--consensus', consensus]),
    ...(portBase === undefined ? [] : ['--port-base', String(portBase)]),
  ];
  await runNetworkCommand(state, ['up', ...choices], say);
  return readProfile(state.fabricProfileFile);
}

/**
 * Puts the contracts as they are built now into service on the Fabric network of a state folder, under the
 * next sequence of the chaincode's definition. The ledger's state stays as it is.
 * @param say - shows each step as it is done
 * @throws {@link VeilsumError} what stopped it, with the code that the program gives
 */
export async function upgradeLocalFabric(
  state: StateFolder,
  say: (line: string) => void,
): Promise<void> {
  await runNetworkCommand(state, ['upgrade'], say);
}

/** Ends the Fabric network of a state folder; what it keeps stays. */
export async function stopLocalFabric({ fabric }: StateFolder): Promise<void> {
  const { StepLog, takeDown } = await import('@veilsum/local-network');
  await takeDown(fabric, new StepLog());
}

/** @returns the running processes of the state folder's Fabric network, if it has one */
export async function localFabricProcesses({ fabric }: StateFolder): Promise<FabricProcess[]> {
  if (!(await hasNetwork(fabric))) return [];
  const { listProcesses } = await import('@veilsum/local-network');
  const processes = await listProcesses(fabric);
  return processes.flatMap(({ name, pid }) => (pid === undefined ? [] : [{ name, pid }]));
}

async function hasNetwork(fabric: string): Promise<boolean> {
  return access(fabric).then(
    async () => {
      const { NetworkFolder } = await import('@veilsum/local-network');
      return (await new NetworkFolder(fabric).findPlan()) !== undefined;
    },
    () => false,
  );
}

/** In a process of its own, whose steps are shown as they end. */
async function runNetworkCommand(
  { fabric }: StateFolder,
  [name, ...choices]: readonly [string, ...string[]],
  say: (line: string) => void,
): Promise<void> {
  const main = new URL('main.js', import.meta.resolve('@veilsum/local-network'));
  const command = [fileURLToPath(main), name, '--json', '--folder', fabric, ...choices];
  const child = spawn(process.execPath, command, { stdio: ['ignore', 'pipe', 'pipe'] });
  const complaints: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => {
    const step = stepSchema.safeParse(parseJson(line));
    if (step.success) say(`${step.data.step} (${(step.data.ms / 1000).toFixed(1)} s)`);
  });
  createInterface({ input: child.stderr }).on('line', (line) => complaints.push(line));
  const status = await new Promise<number | null>((resolve) => child.once('close', resolve));
  if (status !== 0) throw failureOf(complaints);
}

function failureOf(lines: readonly string[]): VeilsumError {
  for (const line of lines) {
    const failure = failureSchema.safeParse(parseJson(line));
    if (failure.success) return new VeilsumError(failure.data.code, failure.data.message);
  }
  return new VeilsumError('INTERNAL', `The local Fabric network failed. ${lines.join(' ')}`);
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
