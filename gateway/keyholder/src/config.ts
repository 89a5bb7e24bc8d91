import { readFile } from 'node:fs/promises';
import { VeilsumError, hashSchema, memberIdSchema } from '@veilsum/protocol';
import { z } from 'zod';

const seconds = 1000;

/** The file that `--config` names. It holds paths, never a secret itself. */
export const keyholderConfigSchema = z.strictObject({
  memberId: memberIdSchema,
  /** Folder with certificate.pem and key.json. */
  identityFolder: z.string().min(1),
  /** File whose first line is the passphrase; readable by its owner only. */
  passphraseFile: z.string().min(1),
  ledgerUrl: z.url(),
  genesisHash: hashSchema,
  gatewayUrl: z.url(),
  /** Member id of the gateway, for which tokens are made; another gateway refuses them. */
  gatewayId: memberIdSchema,
  storeFolder: z.string().min(1),
  /** What the dealer sealed; needed until it has been taken in once. */
  sealedShareFile: z.string().min(1).optional(),
  /** Ends the process when its standard input closes. */
  stopWithParent: z.boolean().default(false),
  logLevel: z.enum(['silent', 'fatal', 'error', 'warn', 'info', 'debug']).default('info'),
  /** How often everything open is looked at again, besides whenever the ledger moves. */
  scanMs: z
    .number()
    .int()
    .min(100)
    .default(5 * seconds),
  /** Longest silence of the gateway that is borne. */
  gatewaySilenceMs: z
    .number()
    .int()
    .min(100)
    .default(30 * seconds),
});
export type KeyholderConfig = z.infer<typeof keyholderConfigSchema>;

/** @throws {@link VeilsumError} INVALID_ARGUMENT naming the file and the field at fault */
export async function readConfig(path: string): Promise<KeyholderConfig> {
  const text = await readOrThrow(path);
  const parsed = keyholderConfigSchema.safeParse(parseOrThrow(path, text));
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const field = issue === undefined ? '' : `${issue.path.join('.')}: ${issue.message}`;
  throw new VeilsumError('INVALID_ARGUMENT', `The configuration ${path} is not valid. ${field}`);
}

/**
 * The first line of a passphrase file.
 *
 * @returns the passphrase, secret
 * @throws {@link VeilsumError} INVALID_ARGUMENT when the file cannot be read or is empty
 */
export async function readPassphrase(path: string): Promise<string> {
  const [passphrase = ''] = (await readOrThrow(path)).split(/\r?\n/, 1);
  if (passphrase !== '') return passphrase;
  throw new VeilsumError('INVALID_ARGUMENT', `The passphrase file ${path} is empty.`);
}

async function readOrThrow(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new VeilsumError('INVALID_ARGUMENT', `The file ${path} cannot be read.`, { cause });
  }
}

function parseOrThrow(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new VeilsumError('INVALID_ARGUMENT', `The file ${path} is not JSON.`, { cause });
  }
}
