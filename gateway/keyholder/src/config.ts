import { ledgerConfigSchema } from '@veilsum/ledger';
import { memberIdSchema } from '@veilsum/protocol';
import { z } from 'zod';

const seconds = 1000;

/** The file that `--config` names. It holds paths, never a secret itself. */
export const keyholderConfigSchema = z.strictObject({
  memberId: memberIdSchema,
  /** Folder with certificate.pem and key.json. */
  identityFolder: z.string().min(1),
  /** File whose first line is the passphrase; readable by its owner only. */
  passphraseFile: z.string().min(1),
  ledger: ledgerConfigSchema,
  gatewayUrl: z.url(),
  /** Member id of the gateway, for which tokens are made; another gateway refuses them. */
  gatewayId: memberIdSchema,
  storeFolder: z.string().min(1),
  /** What the dealer sealed; needed until it has been taken in once. */
  sealedShareFile: z.string().min(1).optional(),
  /** Where to show that this process works (health-files.ts); it shows it nowhere when absent. */
  healthFolder: z.string().min(1).optional(),
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
