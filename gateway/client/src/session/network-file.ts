import { readFile } from 'node:fs/promises';
import { hashSchema, memberIdSchema, mspIdSchema, VeilsumError } from '@veilsum/protocol';
import { z } from 'zod';
import type { StateFolder } from './state-folder.js';

/** What a client must know of the network it belongs to. It holds no secret. */
export const networkSchema = z.strictObject({
  format: z.literal('veilsum-network/1'),
  channel: z.string(),
  genesisHash: hashSchema,
  ledgerUrl: z.url(),
  gatewayUrl: z.url(),
  gatewayId: z.string(),
  /** Root certificates (base64 DER) by MSP. */
  authorities: z.array(
    z.strictObject({ mspId: mspIdSchema, rootCertificates: z.array(z.string()) }),
  ),
  operator: memberIdSchema,
  keyholders: z.array(memberIdSchema),
  testNetwork: z.boolean(),
});
export type Network = z.infer<typeof networkSchema>;

/** @throws {@link VeilsumError} STATE_FOLDER_INVALID when there is no network or its file is not valid */
export async function readNetwork(state: StateFolder): Promise<Network> {
  const text = await readFile(state.networkFile, 'utf8').catch((cause: unknown) => {
    throw new VeilsumError(
      'STATE_FOLDER_INVALID',
      `There is no network in ${state.root}. Run "veilsum up", or name its folder with --state.`,
      { cause },
    );
  });
  try {
    return networkSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new VeilsumError('STATE_FOLDER_INVALID', `${state.networkFile} is not valid.`, { cause });
  }
}
