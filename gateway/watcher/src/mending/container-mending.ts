import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { decodeCanonicalJson } from '@veilsum/crypto';
import {
  contributionIdSchema,
  contributionRegistrationSchema,
  errorCodes,
  problemSchema,
  VeilsumError,
  type ErrorCode,
} from '@veilsum/protocol';
import { subjectId, type Mender } from './mender.js';

/** 1 GB at 1 MB/s takes less. */
const UPLOAD_MS_MAX = 30 * 60_000;

export interface ContainerMendingOptions {
  readonly memberId: string;
  /** The member's own contributions, as the client keeps them; there is nothing to mend without. */
  readonly contributionsFolder: string | undefined;
  readonly gatewayUrl: string;
  /** Headers of a call to the gateway. Secret: the token is in them. */
  readonly headers: () => Promise<Record<string, string>>;
}

/**
 * Sends the container of an own contribution again, after it was compared with what is registered: bytes
 * that would be refused again are not sent.
 */
export function containerMender(options: ContainerMendingOptions): Mender {
  return async (alert) => {
    const contributionId = contributionIdSchema.safeParse(subjectId(alert, 'contribution')).data;
    const { memberId, contributionsFolder } = options;
    if (contributionId === undefined || contributionsFolder === undefined) return undefined;
    if (subjectId(alert, 'member') !== memberId) return undefined;
    const folder = join(contributionsFolder, contributionId);
    const registration = await readRegistration(folder);
    // Made on another machine: only that one has the bytes.
    if (registration === undefined) return undefined;
    const path = join(folder, 'container.arrow');
    await requireRegistered(path, registration);
    await upload(options, contributionId, path);
    return `Sent the container of contribution ${contributionId} again, and the gateway stored it.`;
  };
}

type Registered = ReturnType<typeof contributionRegistrationSchema.parse>;

async function readRegistration(folder: string): Promise<Registered | undefined> {
  const bytes = await readFile(join(folder, 'registration.json')).catch(() => undefined);
  if (bytes === undefined) return undefined;
  return contributionRegistrationSchema.parse(decodeCanonicalJson(bytes));
}

async function requireRegistered(path: string, registered: Registered): Promise<void> {
  const hash = createHash('sha256');
  for await (const piece of createReadStream(path)) hash.update(piece as Uint8Array);
  if (hash.digest('hex') === registered.contentHash) return;
  const sentence = `The container file of contribution ${registered.contributionId} on this machine is not the registered one; contribute anew, superseding it.`;
  throw new VeilsumError('CONTAINER_HASH', sentence);
}

async function upload(
  { gatewayUrl, headers }: ContainerMendingOptions,
  contributionId: string,
  path: string,
): Promise<void> {
  const base = gatewayUrl.replace(/\/+$/, '');
  const { size } = await stat(path);
  const file = createReadStream(path);
  try {
    const response = await fetch(`${base}/v1/contributions/${contributionId}/container`, {
      method: 'PUT',
      headers: {
        ...(await headers()),
        'content-length': String(size),
        'content-type': 'application/vnd.apache.arrow.file',
      },
      body: Readable.toWeb(file) as ReadableStream<Uint8Array>,
      duplex: 'half',
      redirect: 'error',
      signal: AbortSignal.timeout(UPLOAD_MS_MAX),
    });
    if (!response.ok) throw await problemOf(response);
    await response.body?.cancel();
  } catch (cause) {
    if (cause instanceof VeilsumError) throw cause;
    const sentence = 'The gateway did not take the whole container.';
    throw new VeilsumError('GATEWAY_UNAVAILABLE', sentence, { cause });
  } finally {
    file.destroy();
  }
}

/** The gateway's own words stay out of alerts; its code is enough. */
async function problemOf(response: Response): Promise<VeilsumError> {
  const problem = problemSchema.safeParse(await response.json().catch(() => undefined));
  const code = problem.success && problem.data.code in errorCodes ? problem.data.code : 'INTERNAL';
  const sentence = `The gateway refused the container with ${code}.`;
  return new VeilsumError(code as ErrorCode, sentence);
}
