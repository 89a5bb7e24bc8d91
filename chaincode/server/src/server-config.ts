import { readFile } from 'node:fs/promises';
import { VeilsumError } from '@veilsum/protocol';
import { z } from 'zod';
import type { ServerTls } from './chaincode-server.js';

/** What `--config FILE` holds: paths, never a secret itself. */
export const serverConfigSchema = z.strictObject({
  /** The package id that the peer gave the chaincode at installation. */
  chaincodeId: z.string().regex(/^[^:\s]+:[0-9a-f]{64}$/, 'must be label:sha256'),
  /** Where peers reach this server. */
  address: z.string().regex(/^\S+:\d{1,5}$/, 'must be host:port'),
  /** Only an identity of this organisation may found the consortium. */
  founderMspId: z.string().min(1).optional(),
  /** PEM files. With `clientRootsFile`, only peers whose client certificate comes from one of them connect. */
  tls: z
    .strictObject({
      keyFile: z.string().min(1),
      certificateFile: z.string().min(1),
      clientRootsFile: z.string().min(1).optional(),
    })
    .optional(),
  /** Ends the process when its standard input ends, so that it does not outlive its parent. */
  stopWithParent: z.boolean().default(false),
  logLevel: z.enum(['error', 'info', 'debug']).default('info'),
});

export type ServerConfig = z.infer<typeof serverConfigSchema>;

/**
 * Reads the files of a TLS configuration.
 * @returns undefined without TLS; else holds the secret key
 * @throws {@link VeilsumError} INVALID_ARGUMENT naming the file that cannot be read
 */
export async function readTls(config: ServerConfig['tls']): Promise<ServerTls | undefined> {
  if (config === undefined) return undefined;
  const { keyFile, certificateFile, clientRootsFile } = config;
  return {
    key: await readOrThrow(keyFile),
    certificate: await readOrThrow(certificateFile),
    ...(clientRootsFile === undefined ? {} : { clientRoots: await readOrThrow(clientRootsFile) }),
  };
}

async function readOrThrow(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (cause) {
    throw new VeilsumError('INVALID_ARGUMENT', `The file ${path} cannot be read.`, { cause });
  }
}
