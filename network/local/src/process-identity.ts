import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

const START_TIME_FIELD = 19;

/**
 * What tells a process from a later one with the same pid: the boot and the tick at which it began.
 * @returns undefined when there is no such process, or only its remains that nobody has collected
 */
export async function processIdentity(pid: number): Promise<string | undefined> {
  if (process.platform !== 'linux') return startTimeByPs(pid);
  const [stat, boot] = await Promise.all([
    readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ''),
    readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => ''),
  ]);
  return identityFromStat(stat, boot.trim());
}

/**
 * @param stat - of /proc/<pid>/stat; the program's name in brackets may itself hold brackets
 * @param boot - identifier of this boot
 */
export function identityFromStat(stat: string, boot: string): string | undefined {
  const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const started = fields[START_TIME_FIELD - 1];
  if (stat === '' || state === 'Z' || state === 'X' || started === undefined) return undefined;
  return `${boot}/${started}`;
}

async function startTimeByPs(pid: number): Promise<string | undefined> {
  const run = promisify(execFile)('ps', ['-o', 'lstart=', '-p', String(pid)]);
  const { stdout } = await run.catch(() => ({ stdout: '' }));
  return stdout.trim() === '' ? undefined : stdout.trim();
}
