import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Finding } from './finding.js';
import { imageFault } from './image-name.js';
import type { Manifest } from './manifest-files.js';

const serviceSchema = z.looseObject({
  image: z.string(),
  user: z.string().optional(),
  read_only: z.boolean().optional(),
  cap_drop: z.array(z.string()).default([]),
  mem_limit: z.string().optional(),
  healthcheck: z.unknown().optional(),
  env_file: z.array(z.string()).default([]),
  volumes: z.array(z.string()).default([]),
  build: z.looseObject({ context: z.string(), dockerfile: z.string() }).optional(),
});
type Service = z.infer<typeof serviceSchema>;

const composeSchema = z.looseObject({ services: z.record(z.string(), serviceSchema) });

/** The compose file's services are hardened like the pods, and the files that they name are there. */
export async function checkCompose(root: string, { file, content }: Manifest): Promise<Finding[]> {
  const parsed = composeSchema.safeParse(content);
  if (!parsed.success) return [{ file, problem: z.prettifyError(parsed.error) }];
  const found = await Promise.all(
    Object.entries(parsed.data.services).map(async ([name, service]) => {
      const problems = [...serviceFaults(service), ...(await fileFaults(root, service))];
      return problems.map((problem) => ({ file, problem: `${name}: ${problem}` }));
    }),
  );
  return found.flat();
}

function serviceFaults(service: Service): string[] {
  const fault = imageFault(service.image);
  const owed: [boolean, string][] = [
    [fault === undefined, fault ?? ''],
    [service.user !== undefined && !service.user.startsWith('0'), 'may run as root.'],
    [service.read_only === true, 'may write its root.'],
    [service.cap_drop.includes('ALL'), 'keeps capabilities.'],
    [service.mem_limit !== undefined, 'has no limit of memory.'],
    [service.healthcheck !== undefined, 'has no health check.'],
  ];
  return owed.filter(([holds]) => !holds).map(([, problem]) => problem);
}

async function fileFaults(root: string, service: Service): Promise<string[]> {
  const named = [...service.env_file, ...service.volumes.flatMap(sourceOf)];
  if (service.build !== undefined) {
    named.push(join(service.build.context, service.build.dockerfile));
  }
  const missing = await Promise.all(
    named.map(async (path) => ((await isThere(join(root, 'compose', path))) ? [] : [path])),
  );
  return missing.flat().map((path) => `names ${path}, which is not there.`);
}

/** Named volumes, and what the operator brings under MATERIAL, are not files of ours. */
function sourceOf(volume: string): string[] {
  const [source = ''] = volume.split(':');
  return source.startsWith('.') ? [source] : [];
}

const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );
