import { createHmac, timingSafeEqual } from 'node:crypto';

/** How far the receiver's clock may be off, and how old a replay can be: as Standard Webhooks advises. */
const TOLERANCE_SECONDS = 300;

/** What is signed: id, time and the exact bytes of the body (Standard Webhooks 1.0.0). */
export interface SignedMessage {
  readonly id: string;
  /** Seconds since 1970. */
  readonly timestamp: number;
  readonly body: string;
}

/**
 * The headers of a delivery.
 * @param key - HMAC-SHA256 key, secret
 */
export function webhookHeaders(message: SignedMessage, key: Uint8Array): Record<string, string> {
  return {
    'content-type': 'application/json',
    'webhook-id': message.id,
    'webhook-timestamp': String(message.timestamp),
    'webhook-signature': `v1,${signatureOf(message, key).toString('base64')}`,
  };
}

/**
 * What a receiver does with a delivery before it believes it.
 * @param headers - by lower-case name
 * @param now - the receiver's clock, milliseconds since 1970
 * @returns whether the sender knows the key and the delivery is recent
 */
export function verifyWebhook(
  headers: Readonly<Record<string, string | undefined>>,
  body: string,
  { key, now }: { readonly key: Uint8Array; readonly now: number },
): boolean {
  const id = headers['webhook-id'];
  const timestamp = Number(headers['webhook-timestamp']);
  if (id === undefined || !Number.isInteger(timestamp)) return false;
  if (Math.abs(Math.floor(now / 1000) - timestamp) > TOLERANCE_SECONDS) return false;
  const expected = signatureOf({ id, timestamp, body }, key);
  // A sender that changes its secret signs with both for a while.
  return (headers['webhook-signature'] ?? '').split(' ').some((entry) => {
    if (!entry.startsWith('v1,')) return false;
    const shown = Buffer.from(entry.slice(3), 'base64');
    return shown.length === expected.length && timingSafeEqual(shown, expected);
  });
}

function signatureOf({ id, timestamp, body }: SignedMessage, key: Uint8Array): Buffer {
  return createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest();
}
