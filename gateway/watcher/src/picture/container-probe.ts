import { createSha256, bytesToHex } from '@veilsum/crypto';
import type { Contribution } from '@veilsum/protocol';

const SILENCE_MS_MAX = 30_000;

/** What the gateway gives back of a container. `unknown`: it gave no answer. */
export type ContainerState = 'intact' | 'missing' | 'other bytes' | 'unknown';

export interface ContainerProbeOptions {
  readonly gatewayUrl: string;
  /** Headers of a call of the contributor to the gateway. Secret: the token is in them. */
  readonly headers: () => Promise<Record<string, string>>;
}

/** Reads a container back from the gateway and compares it with what is registered; keeps nothing of it. */
export async function lookAtContainer(
  { gatewayUrl, headers }: ContainerProbeOptions,
  { contributionId, contentHash, byteLength }: Contribution,
): Promise<ContainerState> {
  const base = gatewayUrl.replace(/\/+$/, '');
  try {
    const signal = AbortSignal.timeout(SILENCE_MS_MAX + Math.ceil(byteLength / 1000));
    const url = `${base}/v1/contributions/${contributionId}/container`;
    const response = await fetch(url, { headers: await headers(), redirect: 'error', signal });
    if (response.ok && response.body !== null)
      return (await hashOf(response.body, byteLength)) === contentHash ? 'intact' : 'other bytes';
    await response.body?.cancel();
    return response.status === 404 ? 'missing' : 'unknown';
  } catch {
    return 'unknown';
  }
}

/** @returns SHA-256 in hex, or undefined when there are more bytes than there should be */
async function hashOf(
  body: ReadableStream<Uint8Array>,
  bytesMax: number,
): Promise<string | undefined> {
  const hash = createSha256();
  let length = 0;
  for await (const piece of body as unknown as AsyncIterable<Uint8Array>) {
    length += piece.byteLength;
    if (length > bytesMax) return undefined;
    hash.update(piece);
  }
  return bytesToHex(hash.digest());
}
