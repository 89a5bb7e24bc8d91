import { ledgerConfigSchema } from '@veilsum/ledger';
import { memberIdSchema } from '@veilsum/protocol';
import { z } from 'zod';

import { defaultLimits } from './settings.js';

/** The file that `--config` names. It holds paths, never a secret itself. */
export const gatewayConfigSchema = z.strictObject({
  memberId: memberIdSchema,
  /** Folder with certificate.pem and key.json. */
  identityFolder: z.string().min(1),
  /** File whose first line is the passphrase; readable by its owner only. */
  passphraseFile: z.string().min(1),
  ledger: ledgerConfigSchema,
  objectsFolder: z.string().min(1),
  host: z.string().default('127.0.0.1'),
  /** 0 takes any free port. */
  port: z.number().int().min(0).max(65_535),
  /** Ends the process when its standard input closes. */
  stopWithParent: z.boolean().default(false),
  logLevel: z.enum(['silent', 'fatal', 'error', 'warn', 'info', 'debug']).default('info'),
  /** Worker threads for proofs and aggregates; one for each processor when absent. */
  threads: z.number().int().min(1).max(256).optional(),
  containerBytesMax: z.number().int().min(1).default(defaultLimits.containerBytesMax),
  scanMs: z.number().int().min(50).default(defaultLimits.scanMs),
});
export type GatewayConfig = z.infer<typeof gatewayConfigSchema>;
