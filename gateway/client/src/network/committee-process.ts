import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { VeilsumError } from '@veilsum/protocol';
import type { NetworkPlan } from './network-plan.js';
import type { StateFolder } from '../session/state-folder.js';

/**
 * Runs the ceremony in a process of its own, so that the key is gone with the dealer when it exits
 * (docs/protocol.md §2).
 * @param say - shows a line of its progress
 * @throws {@link VeilsumError} INTERNAL when it fails; it has said why
 */
export async function runDealer(
  state: StateFolder,
  plan: NetworkPlan,
  say: (line: string) => void,
): Promise<void> {
  const program = fileURLToPath(new URL('../main.js', import.meta.url));
  const parameters = [
    ...['committee', 'ceremony', '--state', state.root, '--as', plan.operator.memberId],
    ...['--keyholder', plan.keyholders.map(({ memberId }) => memberId).join(',')],
    ...['--threshold', String(plan.threshold), '--bits', String(plan.modulusBits)],
  ];
  const child = spawn(process.execPath, [program, ...parameters], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  child.stderr.on('data', (chunk: Buffer) => {
    for (const line of chunk.toString('utf8').split('\n')) if (line.trim() !== '') say(line);
  });
  const status = await new Promise<number | null>((resolve) => child.once('close', resolve));
  if (status !== 0)
    throw new VeilsumError('INTERNAL', 'The ceremony failed; its last words are above.');
}
