import { ledgerConfigSchema } from '@veilsum/ledger';
import { memberIdSchema } from '@veilsum/protocol';
import { z } from 'zod';
import { webhookConfigSchema } from './delivery/webhook-target.js';
import { defaultThresholds, thresholdsSchema } from './thresholds.js';

const second = 1000;
const duration = z.number().int().min(100);

/** What whoever runs a watcher may set; the rest of its configuration follows from the network. */
export const watcherSettingsSchema = z.strictObject({
  thresholds: thresholdsSchema.default(defaultThresholds),
  webhooks: z
    .array(webhookConfigSchema)
    .max(16)
    .refine((all) => new Set(all.map(({ name }) => name)).size === all.length, 'names differ')
    .default([]),
  /** `own`: only what concerns this member or everyone. */
  scope: z.enum(['all', 'own']).default('all'),
  /** Whether the watcher mends by itself what it can. */
  mend: z.boolean().default(true),
  /** Members that may read the alerts, besides the watcher's own. */
  readers: z.array(memberIdSchema).max(64).default([]),
  /** Port on 127.0.0.1 for alerts and metrics; 0 takes any free one. */
  port: z.number().int().min(0).max(65_535).default(0),
  logLevel: z.enum(['silent', 'fatal', 'error', 'warn', 'info', 'debug']).default('info'),
  /** How often deadlines are looked at, besides whenever the ledger moves. */
  lookMs: duration.default(5 * second),
  /** How often the gateway is looked at. */
  probeMs: duration.default(10 * second),
  /** How often the member's own containers are read back from the gateway. */
  containerMs: duration.default(12 * 3600 * second),
  /** How often the same thing is tried to be mended. */
  mendMs: duration.default(60 * second),
  /** An alert that was mended is not raised again for so long. */
  quietMs: z
    .number()
    .int()
    .min(0)
    .default(60 * second),
});

/** The file that `--config` names. It holds paths, never a secret itself. */
export const watcherConfigSchema = watcherSettingsSchema.extend({
  memberId: memberIdSchema,
  /** Folder with certificate.pem and key.json. */
  identityFolder: z.string().min(1),
  /** File whose first line is the passphrase; readable by its owner only. */
  passphraseFile: z.string().min(1),
  ledger: ledgerConfigSchema,
  gatewayUrl: z.url(),
  gatewayId: memberIdSchema,
  /** Where the alerts are kept. */
  folder: z.string().min(1),
  /** The member's own contributions, which the watcher may send again; none when absent. */
  contributionsFolder: z.string().min(1).optional(),
  /** Ends the process when its standard input closes. */
  stopWithParent: z.boolean().default(false),
});
export type WatcherConfig = z.infer<typeof watcherConfigSchema>;
