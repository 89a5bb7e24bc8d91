import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { VeilsumError } from '@veilsum/protocol';
import { callHeaders, problemOf } from '../session/gateway-api.js';

/** The gateway that stores containers. */
export interface UploadGateway {
  /** Base address, without `/v1`. */
  readonly url: string;
  /** A fresh bearer token. Secret. */
  readonly token: () => Promise<string>;
  /** How many blocks the caller has seen; the registration is in one of them. */
  readonly ledgerHeight?: () => Promise<number>;
}

export interface UploadOptions {
  /** Tries in all, the first included. */
  readonly attempts?: number;
  /** Before the second try; doubled before each further one. */
  readonly delayMs?: number;
}

/** 1 GB at 1 MB/s takes less. */
const UPLOAD_TIMEOUT_MS = 30 * 60_000;

/**
 * Sends a container to the gateway, which checks and stores it; a repeat sends the same bytes and
 * succeeds. The file is streamed. What may pass is tried again, a refusal is not.
 * @throws {@link VeilsumError} with the gateway's code, or GATEWAY_UNAVAILABLE
 */
export async function uploadContainer(
  gateway: UploadGateway,
  container: { readonly contributionId: string; readonly containerPath: string },
  { attempts = 5, delayMs = 200 }: UploadOptions = {},
): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await put(gateway, container);
      return;
    } catch (error) {
      const mayPass = error instanceof VeilsumError && error.transient;
      if (!mayPass || attempt >= attempts) throw error;
      await sleep(delayMs * 2 ** (attempt - 1));
    }
  }
}

async function put(
  gateway: UploadGateway,
  { contributionId, containerPath }: { contributionId: string; containerPath: string },
): Promise<void> {
  const base = gateway.url.replace(/\/+$/, '');
  const { size } = await stat(containerPath);
  const file = createReadStream(containerPath);
  try {
    const response = await fetch(`${base}/v1/contributions/${contributionId}/container`, {
      method: 'PUT',
      headers: {
        ...(await callHeaders(gateway)),
        'content-length': String(size),
        'content-type': 'application/vnd.apache.arrow.file',
      },
      body: Readable.toWeb(file) as ReadableStream<Uint8Array>,
      duplex: 'half',
      redirect: 'error',
      signal: AbortSignal.timeout(UPLOAD_TIMEOUT_MS),
    });
    if (!response.ok) throw await problemOf(response);
    await response.body?.cancel();
  } catch (error) {
    if (error instanceof VeilsumError) throw error;
    const sentence = `The gateway at ${base} did not take the whole container.`;
    throw new VeilsumError('GATEWAY_UNAVAILABLE', sentence, { cause: error });
  } finally {
    file.destroy();
  }
}
