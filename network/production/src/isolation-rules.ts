import { z } from 'zod';
import type { Finding } from './finding.js';
import type { Manifest } from './manifest-files.js';
import { workloadSchema } from './workload-rules.js';

const policySchema = z.looseObject({
  kind: z.literal('NetworkPolicy'),
  spec: z.looseObject({
    podSelector: z.looseObject({ matchLabels: z.record(z.string(), z.string()).default({}) }),
    policyTypes: z.array(z.string()),
    ingress: z.array(z.unknown()).optional(),
  }),
});
type Policy = z.infer<typeof policySchema>;

const secretSchema = z.looseObject({
  kind: z.literal('Secret'),
  data: z.unknown().optional(),
  stringData: z.unknown().optional(),
});

/** Who may talk to whom is said for every program, nobody reaches a keyholder, and no secret is in a file. */
export function checkIsolation(manifests: readonly Manifest[]): Finding[] {
  const policies = manifests.flatMap(({ content }) => {
    const parsed = policySchema.safeParse(content);
    return parsed.success ? [parsed.data] : [];
  });
  return [
    ...manifests.flatMap((manifest) => workloadFindings(manifest, policies)),
    ...manifests.flatMap(secretFindings),
    ...defaultFindings(policies),
  ];
}

function workloadFindings({ file, content }: Manifest, policies: readonly Policy[]): Finding[] {
  const parsed = workloadSchema.safeParse(content);
  if (!parsed.success) return [];
  const { labels } = parsed.data.spec.template.metadata;
  const own = policies.filter(({ spec }) => selects(spec.podSelector.matchLabels, labels));
  const { name } = parsed.data.metadata;
  if (own.length === 0) return [{ file, problem: `${name}: no NetworkPolicy selects its pods.` }];
  const isReached = own.some(({ spec }) => (spec.ingress ?? []).length > 0);
  if (labels['app.kubernetes.io/component'] !== 'keyholder' || !isReached) return [];
  return [{ file, problem: `${name}: something may reach a keyholder.` }];
}

function selects(
  selector: Readonly<Record<string, string>>,
  labels: Readonly<Record<string, string>>,
): boolean {
  const wanted = Object.entries(selector);
  return wanted.length > 0 && wanted.every(([label, value]) => labels[label] === value);
}

function secretFindings({ file, content }: Manifest): Finding[] {
  const parsed = secretSchema.safeParse(content);
  if (!parsed.success) return [];
  return [{ file, problem: 'A Secret stands in a file; it has to be made out of band.' }];
}

function defaultFindings(policies: readonly Policy[]): Finding[] {
  const denies = policies.some(
    ({ spec }) =>
      Object.keys(spec.podSelector.matchLabels).length === 0 &&
      spec.policyTypes.includes('Ingress') &&
      spec.policyTypes.includes('Egress') &&
      spec.ingress === undefined,
  );
  return denies ? [] : [{ file: 'kubernetes', problem: 'No policy denies by default.' }];
}
