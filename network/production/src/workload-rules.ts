import { z } from 'zod';
import type { Finding } from './finding.js';
import { imageFault } from './image-name.js';
import type { Manifest } from './manifest-files.js';

const containerSchema = z.looseObject({
  name: z.string(),
  image: z.string(),
  resources: z
    .looseObject({
      requests: z.record(z.string(), z.unknown()).optional(),
      limits: z.record(z.string(), z.unknown()).optional(),
    })
    .default({}),
  startupProbe: z.unknown().optional(),
  livenessProbe: z.unknown().optional(),
  readinessProbe: z.unknown().optional(),
  securityContext: z
    .looseObject({
      allowPrivilegeEscalation: z.boolean().optional(),
      readOnlyRootFilesystem: z.boolean().optional(),
      capabilities: z.looseObject({ drop: z.array(z.string()).default([]) }).optional(),
    })
    .default({}),
});
type Container = z.infer<typeof containerSchema>;

/** A Deployment or StatefulSet, as far as the rules look at it. */
export const workloadSchema = z.looseObject({
  kind: z.enum(['Deployment', 'StatefulSet', 'DaemonSet', 'Job', 'CronJob']),
  metadata: z.looseObject({ name: z.string() }),
  spec: z.looseObject({
    template: z.looseObject({
      metadata: z.looseObject({ labels: z.record(z.string(), z.string()) }),
      spec: z.looseObject({
        automountServiceAccountToken: z.boolean().optional(),
        securityContext: z
          .looseObject({
            runAsNonRoot: z.boolean().optional(),
            seccompProfile: z.looseObject({ type: z.string() }).optional(),
          })
          .default({}),
        containers: z.array(containerSchema).min(1),
        initContainers: z.array(containerSchema).default([]),
      }),
    }),
  }),
});

/** What every program that runs in the cluster owes: a pinned image, sizes, probes, and no powers. */
export function checkWorkloads(manifests: readonly Manifest[]): Finding[] {
  return manifests.flatMap(({ file, content }) => {
    if (!workloadSchema.shape.kind.safeParse(content['kind']).success) return [];
    const parsed = workloadSchema.safeParse(content);
    if (!parsed.success) return [{ file, problem: z.prettifyError(parsed.error) }];
    const { metadata, spec } = parsed.data;
    const pod = spec.template.spec;
    const problems = [
      ...podFaults(pod),
      ...[...pod.containers, ...pod.initContainers].flatMap(containerFaults),
    ];
    return problems.map((problem) => ({ file, problem: `${metadata.name}: ${problem}` }));
  });
}

type Pod = z.infer<typeof workloadSchema>['spec']['template']['spec'];

function podFaults({ securityContext, automountServiceAccountToken }: Pod): string[] {
  return [
    ...absent(securityContext.runAsNonRoot === true, 'may run as root.'),
    ...absent(securityContext.seccompProfile?.type === 'RuntimeDefault', 'has no seccomp profile.'),
    ...absent(automountServiceAccountToken === false, 'gets a token of the cluster.'),
  ];
}

function containerFaults(container: Container): string[] {
  return [...sizeFaults(container), ...powerFaults(container)].map(
    (fault) => `container ${container.name} ${fault}`,
  );
}

function sizeFaults({ image, resources, ...probes }: Container): string[] {
  const missing = (['startupProbe', 'livenessProbe', 'readinessProbe'] as const).filter(
    (probe) => probes[probe] === undefined,
  );
  const fault = imageFault(image);
  return [
    ...(fault === undefined ? [] : [fault]),
    ...missing.map((probe) => `has no ${probe}.`),
    ...absent(resources.requests?.['cpu'] !== undefined, 'requests no cpu.'),
    ...absent(resources.requests?.['memory'] !== undefined, 'requests no memory.'),
    ...absent(resources.limits?.['memory'] !== undefined, 'has no limit of memory.'),
  ];
}

function powerFaults({ securityContext }: Container): string[] {
  const { allowPrivilegeEscalation, readOnlyRootFilesystem, capabilities } = securityContext;
  return [
    ...absent(allowPrivilegeEscalation === false, 'may gain privileges.'),
    ...absent(readOnlyRootFilesystem === true, 'may write its root.'),
    ...absent(capabilities?.drop.includes('ALL') === true, 'keeps capabilities.'),
  ];
}

const absent = (holds: boolean, fault: string): string[] => (holds ? [] : [fault]);
