import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { alertLogLineSchema, VeilsumError, type Alert } from '@veilsum/protocol';
import { z } from 'zod';
import type { StateFolder } from '../session/state-folder.js';

const addressSchema = z.strictObject({ url: z.url() });

/** @returns where a member's watcher on this machine answers, or undefined when it was stopped or never ran */
export async function readWatcherAddress(
  state: StateFolder,
  memberId: string,
): Promise<string | undefined> {
  const file = join(state.watcher(memberId), 'address.json');
  const text = await readFile(file, 'utf8').catch(() => '');
  try {
    return addressSchema.parse(JSON.parse(text)).url;
  } catch {
    return undefined;
  }
}

/**
 * The alerts that a member's watcher has kept on this machine, whether it runs or not.
 * @returns the last revision of each, the latest change last
 * @throws {@link VeilsumError} STATE_FOLDER_INVALID when there are none, or the file is damaged
 */
export async function readAlerts(state: StateFolder, memberId: string): Promise<Alert[]> {
  const file = join(state.watcher(memberId), 'alerts.ndjson');
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    const sentence = `No watcher of ${memberId} has run in ${state.root}. Run "veilsum watch --as ${memberId}".`;
    throw new VeilsumError('STATE_FOLDER_INVALID', sentence, { cause });
  });
  const latest = new Map<string, Alert>();
  // A watcher that runs may be in the middle of the last line.
  for (const line of text.slice(0, text.lastIndexOf('\n') + 1).split('\n')) {
    if (line === '') continue;
    const alert = alertOf(line, file);
    if (alert === undefined) continue;
    latest.delete(alert.alertId);
    latest.set(alert.alertId, alert);
  }
  return [...latest.values()];
}

function alertOf(line: string, file: string): Alert | undefined {
  try {
    const parsed = alertLogLineSchema.parse(JSON.parse(line));
    return parsed.type === 'alert' ? parsed.alert : undefined;
  } catch (cause) {
    throw new VeilsumError('STATE_FOLDER_INVALID', `${file} is damaged.`, { cause });
  }
}
