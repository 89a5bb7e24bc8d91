import { errorCodes, hashSchema, memberIdSchema } from '@veilsum/protocol';
import { z } from 'zod';
import type { GatewayLook } from './gateway-picture.js';

const ANSWER_MS_MAX = 5000;
/** A gateway that answers with more is flooded or wants to flood. */
const ANSWER_BYTES_MAX = 4_000_000;

const infoSchema = z.object({
  gatewayId: memberIdSchema,
  genesisHash: hashSchema,
  height: z.number().int().min(0),
});

const REFUSALS = /^veilsum_gateway_refusals_total\{code="([A-Z_]{1,64})"\} ([0-9]{1,15})$/gm;

/**
 * Looks at what a gateway shows to anyone. Whatever it answers may be a lie: only numbers, ids and known
 * codes are taken, and none of it for what the ledger says.
 * @param url - base address, without `/v1`
 */
export async function lookAtGateway(
  url: string,
  now: number,
  ledgerHeight: number | undefined,
): Promise<GatewayLook> {
  const base = url.replace(/\/+$/, '');
  const [info, ready, metrics] = await Promise.all([
    fetchText(`${base}/v1/info`),
    fetchText(`${base}/v1/health/ready`),
    fetchText(`${base}/metrics`),
  ]);
  const known = infoSchema.safeParse(parsedOrUndefined(info));
  return {
    at: now,
    ...(known.success ? { info: known.data } : {}),
    isReady: known.success && ready !== undefined,
    refusals: refusalCounts(metrics ?? ''),
    ledgerHeight,
  };
}

/** Refusals by code in the text of a gateway's metrics; codes that no release knows are left out. */
export function refusalCounts(metrics: string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const [, code = '', count] of metrics.matchAll(REFUSALS)) {
    if (code in errorCodes) counts[code] = Number(count);
  }
  return counts;
}

async function fetchText(url: string): Promise<string | undefined> {
  try {
    const signal = AbortSignal.timeout(ANSWER_MS_MAX);
    const response = await fetch(url, { redirect: 'error', signal });
    if (response.ok && response.body !== null) return await readBounded(response.body);
    await response.body?.cancel();
  } catch {
    // No answer, or none in time.
  }
  return undefined;
}

async function readBounded(body: ReadableStream<Uint8Array>): Promise<string | undefined> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of body as unknown as AsyncIterable<Uint8Array>) {
    length += piece.byteLength;
    if (length > ANSWER_BYTES_MAX) return undefined;
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
}

function parsedOrUndefined(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}
