import { readFile, stat } from 'node:fs/promises';
import { isIPv4 } from 'node:net';
import { VeilsumError } from '@veilsum/protocol';
import { z } from 'zod';

const SECRET = /^whsec_([A-Za-z0-9+/]+={0,2})$/;
const KEY_BYTES_MIN = 24;
const KEY_BYTES_MAX = 64;

/** Where alerts are sent. */
export const webhookConfigSchema = z.strictObject({
  /** What logs and metrics call it; deliveries are remembered by it. */
  name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/),
  url: z.url(),
  /** File with `whsec_` and base64 of 24 to 64 random bytes; readable by its owner only. */
  secretFile: z.string().min(1),
  /** How long one revision is tried again. */
  retryForMs: z
    .number()
    .int()
    .min(0)
    .default(24 * 3_600_000),
});
export type WebhookConfig = z.infer<typeof webhookConfigSchema>;

/** A webhook that is safe to use. */
export interface WebhookTarget extends WebhookConfig {
  /** Secret. */
  readonly key: Uint8Array;
}

/**
 * Checks where alerts go and reads the secret with which they are signed.
 * @throws {@link VeilsumError} WEBHOOK_UNSAFE
 */
export async function openWebhook(config: WebhookConfig): Promise<WebhookTarget> {
  requireSafeUrl(config);
  return { ...config, key: await readKey(config) };
}

/** Alerts say who contributes what and asks what: they leave the machine encrypted or not at all. */
function requireSafeUrl({ name, url }: WebhookConfig): void {
  const { protocol, hostname, username, password } = new URL(url);
  const isSafe = protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname));
  if (!isSafe) {
    throw unsafe(name, 'has to begin with https://, or http:// to this machine itself');
  }
  if (username !== '' || password !== '') throw unsafe(name, 'must not hold a user or a password');
}

function isLoopback(hostname: string): boolean {
  const isV4 = isIPv4(hostname) && hostname.startsWith('127.');
  return isV4 || hostname === '[::1]' || hostname === 'localhost';
}

async function readKey({ name, secretFile }: WebhookConfig): Promise<Uint8Array> {
  const found = await stat(secretFile).catch(() => undefined);
  if (found?.isFile() !== true) {
    throw new VeilsumError('WEBHOOK_UNSAFE', `The secret file of webhook ${name} is not there.`);
  }
  if ((found.mode & 0o077) !== 0) {
    const sentence = `Others can read the secret file of webhook ${name}; chmod 600 ${secretFile}, and change the secret.`;
    throw new VeilsumError('WEBHOOK_UNSAFE', sentence);
  }
  const text = (await readFile(secretFile, 'utf8')).trim();
  const key = Buffer.from(SECRET.exec(text)?.[1] ?? '', 'base64');
  if (key.length >= KEY_BYTES_MIN && key.length <= KEY_BYTES_MAX) return key;
  const form = `whsec_ and base64 of ${KEY_BYTES_MIN} to ${KEY_BYTES_MAX} random bytes`;
  throw new VeilsumError(
    'WEBHOOK_UNSAFE',
    `The secret file of webhook ${name} has to hold ${form}.`,
  );
}

function unsafe(name: string, what: string): VeilsumError {
  return new VeilsumError('WEBHOOK_UNSAFE', `The address of webhook ${name} ${what}.`);
}
